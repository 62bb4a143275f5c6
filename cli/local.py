"""Starting and stopping the embedded AWS, and noticing that it was restarted."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psutil

from cli.errors import CommandError
from cli.progress import Progress
from embedded import state
from embedded.code_version import code_version
from embedded.private_folders import FILE_MODE, make_private
from stacks.settings import ROOT, Settings

_START_TIMEOUT_SECONDS: Final = 30.0
_STOP_TIMEOUT_SECONDS: Final = 45.0


def with_running_ports(settings: Settings, environ: dict[str, str]) -> Settings:
    """Settings with the ports of the embedded AWS that already runs, where the caller chose none."""
    running = state.read(settings.state_dir) if settings.is_local else None
    if running is None:
        return settings
    ports = {
        name: getattr(running, name)
        for name in ("alb_port", "aws_port", "site_port")
        if not environ.get(name.upper(), "").strip()
    }
    return dataclasses.replace(settings, **ports)


def ensure_running(settings: Settings, progress: Progress) -> state.DaemonState:
    """The embedded AWS of this checkout, started when it does not run or runs code from before an update.

    Raises:
        CommandError: it runs with other ports, or does not start (a port is taken, for one).
    """
    running = state.read(settings.state_dir)
    if running is not None:
        _require_same_ports(settings, running)
        if running.code_version == code_version(ROOT):
            return running
        progress.say("This checkout was updated since the embedded AWS started; restarting it with the new code")
        stop(settings, progress)
    with progress.step("Starting the embedded AWS"):
        return _start(settings)


def _require_same_ports(settings: Settings, running: state.DaemonState) -> None:
    wanted = {name: getattr(settings, name) for name in ("alb_port", "aws_port", "site_port")}
    actual = {name: getattr(running, name) for name in wanted}
    if wanted != actual:
        text = ", ".join(f"{name.upper()}={port}" for name, port in actual.items())
        raise CommandError(
            f"The embedded AWS already runs with {text}; run make down first to change ports.", exit_code=2
        )


def _start(settings: Settings) -> state.DaemonState:
    make_private(settings.state_dir)
    log_path = settings.state_dir / "daemon.log"
    environ = {
        **os.environ,
        "TARGET": "local",
        "ENV": settings.env,
        "REGION": settings.region,
        "ALB_PORT": str(settings.alb_port),
        "AWS_PORT": str(settings.aws_port),
        "SITE_PORT": str(settings.site_port),
        "STATE_DIR": str(settings.state_dir),
        state.MARKER: str(settings.state_dir),
    }
    log_path.touch(mode=FILE_MODE)
    with log_path.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        running = state.read(settings.state_dir)
        if running is not None:
            process.returncode = 0  # it outlives this command by intent, so Popen must not call that a leak
            return running
        if process.poll() is not None:
            raise CommandError(_tail(log_path))
        time.sleep(0.05)
    process.kill()
    raise CommandError(f"The embedded AWS was not ready after {_START_TIMEOUT_SECONDS:.0f} s; its log is {log_path}.")


def _tail(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8").strip().splitlines()
    return "\n".join(lines[-5:]) or f"The embedded AWS ended at once; its log {log_path} is empty."


def stop(settings: Settings, progress: Progress) -> None:
    """Stop the embedded AWS and everything it runs; the table's items stay on disk."""
    running = state.read(settings.state_dir)
    if running is None:
        state.kill_processes(settings.state_dir)
        progress.say("The embedded AWS does not run")
        return
    with progress.step("Stopping the embedded AWS"):
        process = psutil.Process(running.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=_STOP_TIMEOUT_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
        state.kill_processes(settings.state_dir)
        state.remove(settings.state_dir)


def drop_stale_state(settings: Settings, running: state.DaemonState, progress: Progress) -> None:
    """Remove the Terraform state of a control plane that is gone: the embedded AWS forgets it when it stops."""
    marker = settings.terraform_state.with_suffix(".boot")
    fresh = marker.is_file() and marker.read_text(encoding="utf-8") == running.boot_id
    if not fresh:
        stale = [path for path in settings.terraform_state.parent.glob(f"{settings.env}.*") if path != marker]
        if stale:
            progress.say(
                "The embedded AWS was restarted since the last deploy; deploying afresh (the table's items are kept)"
            )
        for path in stale:
            path.unlink()
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(running.boot_id, encoding="utf-8")
