"""Starting and stopping the embedded AWS, and noticing that it was restarted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import psutil

from cli import audit, daemon_health, shared_daemon
from cli.errors import REFUSED, CommandError, complain
from cli.history import History
from cli.progress import Progress
from embedded import port_claims, state
from embedded.code_version import code_version
from embedded.control_client import ControlError, RefusedError, ask
from embedded.port_claims import Environment
from embedded.private_folders import FILE_MODE, make_private
from embedded.settings import ACCOUNT_ID, EmbeddedSettings
from settings.settings import Settings, SettingsError, environment_name_of, setting, state_dir_of
from systems.checkout import ROOT
from systems.facade_way import FacadeWay

_START_TIMEOUT_SECONDS: Final = 120.0
"""A start takes 5 s, and as often that as others share the processors; one that ends is noticed at once."""
_STOP_TIMEOUT_SECONDS: Final = 45.0


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Read the settings of a command. On the local target, ports and region in use replace those that are not set.

    Raises:
        SettingsError: with one line for each problem; also when the embedded AWS is in another region than REGION.
    """
    if setting(environ, "TARGET") != "local":
        return Settings.from_environ(environ)
    unset = {name: value for name, value in _remembered(environ).items() if not environ.get(name, "").strip()}
    settings = Settings.from_environ({**environ, **unset})
    if problem := _region_problem(settings):
        raise SettingsError([problem])
    return settings


def _region_problem(settings: Settings) -> str | None:
    running = state.read(settings.state_dir)
    if running is not None and running.region not in ("", settings.region):
        return (
            f"The embedded AWS runs in REGION={running.region} and has no other region; leave REGION={settings.region} "
            "out, or set another STATE_DIR and other ports for an embedded AWS of its own."
        )
    return port_claims.region_problem(settings.state_dir, settings.region)


def _remembered(environ: Mapping[str, str]) -> dict[str, str]:
    state_dir = state_dir_of(environ)
    if port_claims.is_damaged(state_dir):
        complain(f"{state_dir / port_claims.FILE} is damaged; ports that environments had are forgotten.", 0)
    claims, running = port_claims.read(state_dir), state.read(state_dir)
    environment = claims.of(name) if (name := environment_name_of(environ)) else None
    found = environment.by_variable() if environment is not None else {}
    aws_port = running.aws_port if running is not None else claims.aws_port
    if aws_port is not None:
        found["AWS_PORT"] = aws_port
    region = (running.region if running is not None else "") or (claims.region if claims.environments else "")
    return {name: str(port) for name, port in found.items()} | ({"REGION": region} if region else {})


def ensure_running(settings: Settings, progress: Progress, *, restarts: bool = True) -> state.DaemonState:
    """Start the embedded AWS of this checkout when it does not run, or runs code from before an update.

    Args:
        settings: of the command.
        progress: where it is said.
        restarts: whether the command may interrupt what is served; otherwise the old code goes on, with a warning.

    Raises:
        CommandError: it runs with another AWS_PORT, or does not start (that port is taken, for one).
    """
    make_private(settings.state_dir)
    with shared_daemon.gate(settings):
        running = state.read(settings.state_dir)
        if running is not None:
            _require_same_port(settings, running)
            if running.code_version == code_version(ROOT):
                return running
            others = shared_daemon.others_at_work(settings)
            if others or not restarts:
                progress.say(f"{daemon_health.LABEL}: {daemon_health.OUTDATED}" + (f" ({others})" if others else ""))
                return running
            progress.say("This checkout was updated since the embedded AWS started; restarting it with the new code")
            stop(settings, progress)
        with progress.step("Starting the embedded AWS"):
            return _start(settings)


def _require_same_port(settings: Settings, running: state.DaemonState) -> None:
    if settings.aws_port != running.aws_port:
        raise CommandError(
            f"The embedded AWS already runs with AWS_PORT={running.aws_port}; run make down first to change that.",
            exit_code=REFUSED,
        )


def require_ports_of_its_own(settings: Settings) -> None:
    """See that no other environment has the ports of this one, before anything is started.

    Raises:
        CommandError: one has; names it, and the variables with which this one moves. Exit code 2.
    """
    if problem := port_claims.read(settings.state_dir).problem(settings.name(), _environment(settings)):
        raise CommandError(problem, exit_code=REFUSED)


def claim_ports(settings: Settings, running: state.DaemonState) -> None:
    """Register this environment, before anything is applied that needs its ports: ALB_PORT and SITE_PORT are its own.

    Raises:
        CommandError: another process or environment has one of them, which the text names. Exit code 2.
    """
    document = {"name": settings.name(), "environment": asdict(_environment(settings))}
    try:
        ask(Path(running.control_socket), "PUT", "/environments", document)
    except RefusedError as refusal:
        raise CommandError(refusal.problem, exit_code=REFUSED) from refusal
    except ControlError as problem:
        raise CommandError(str(problem)) from problem


def _environment(settings: Settings) -> Environment:
    known = port_claims.read(settings.state_dir).of(settings.name())
    had_internal = known is not None and known.internal_port > 0
    has_internal = had_internal or settings.facade_way > FacadeWay.PUBLIC
    return Environment(
        alb_port=settings.alb_port,
        site_port=settings.site_port,
        load_balancer=settings.name(),
        site_bucket=settings.site_bucket_name(ACCOUNT_ID) if settings.system.site else "",
        tables=settings.table_names,
        # A port that it has is its own also while the internal load balancer is about to go.
        internal_port=settings.internal_port if has_internal else 0,
        internal_load_balancer=settings.internal_balancer_name if has_internal else "",
    )


def forget(settings: Settings) -> None:
    """Give back the ports of a destroyed environment, and drop what the embedded AWS still keeps for it.

    Raises:
        CommandError: the embedded AWS does not do it.
    """
    try:
        ask(state.control_socket(settings.state_dir), "DELETE", "/environments", {"name": settings.name()})
    except ControlError as problem:
        raise CommandError(str(problem)) from problem


def _start(settings: Settings) -> state.DaemonState:
    log_path = settings.state_dir / "daemon.log"
    own = EmbeddedSettings(
        state_dir=settings.state_dir,
        aws_port=settings.aws_port,
        region=settings.region,
        max_tasks=settings.max_tasks,
        scaling_speed=settings.scaling_speed,
    )
    log_path.touch(mode=FILE_MODE)
    with log_path.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", *own.arguments()],
            cwd=ROOT,
            env={**os.environ, state.MARKER: str(settings.state_dir)},
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
            raise CommandError(_tail(log_path), exit_code=REFUSED if process.returncode == REFUSED else 1)
        time.sleep(0.05)
    process.kill()
    raise CommandError(
        f"The embedded AWS was not ready after {_START_TIMEOUT_SECONDS:.0f} s. Its log {log_path} may say why; run the "
        "same command again when this machine has less to do."
    )


def _tail(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8").strip().splitlines()
    return "\n".join(lines[-5:]) or f"The embedded AWS ended at once; its log {log_path} is empty."


def stop(settings: Settings, progress: Progress) -> None:
    """Stop the embedded AWS and everything it runs. Its records and items stay on disk."""
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


def stop_unless_used(settings: Settings, progress: Progress) -> None:
    """Stop the embedded AWS for ``make down``.

    Raises:
        CommandError: a command of another environment is at work with it. Exit code 2.
    """
    with shared_daemon.gate(settings):
        if others := shared_daemon.others_at_work(settings):
            raise CommandError(
                f"{others} is at work with the same embedded AWS; wait for its end. Nothing was stopped.",
                exit_code=REFUSED,
            )
        stop(settings, progress)


@contextlib.contextmanager
def left_as_it_was(settings: Settings, progress: Progress) -> Iterator[None]:
    """Stop the embedded AWS when the block ends, however it does, if it did not run before and nobody else came."""
    began, starts = time.time(), settings.is_local and state.read(settings.state_dir) is None
    try:
        yield
    finally:
        if starts:
            stop_again(settings, progress, since=began)


def stop_again(settings: Settings, progress: Progress, *, since: float) -> None:
    """Stop the embedded AWS that this command started ``since``, in seconds since 1970, unless others used it then."""
    with shared_daemon.gate(settings):
        is_used = shared_daemon.others_at_work(settings) or shared_daemon.last_use_by_others(settings) >= since
        if state.read(settings.state_dir) is not None and not is_used:
            stop(settings, progress)


def kept(settings: Settings) -> str:
    """Describe what stays when the embedded AWS is stopped.

    Returns:
        One line.
    """
    environments = sorted(port_claims.read(settings.state_dir).environments)
    if not environments:
        return f"Nothing is deployed, so nothing is kept in {settings.state_dir}"
    names = " and ".join(environments)
    return (
        f"Kept in {settings.state_dir}: {names}, with their items. make deploy serves them again; "
        "make destroy removes an environment for good"
    )


def drop_stale_state(settings: Settings, running: state.DaemonState, progress: Progress) -> None:
    """Remove the Terraform state of a control plane that is gone, as when its file was damaged or removed."""
    marker = settings.terraform_state.with_suffix(".control-plane")
    if marker.is_file() and marker.read_bytes() == running.control_plane_id.encode():
        return
    stale = [path for path in settings.terraform_state.parent.glob(f"{settings.name()}.*") if path != marker]
    if stale:
        why = running.afresh_because or "The embedded AWS has nothing of the last deploy any more"
        progress.say(f"{why}; deploying afresh (the table's items are kept)")
    for path in stale:
        path.unlink()
    if any(audit.leftovers(settings)):
        progress.say("The Terraform state is gone, but what it described still exists; taking that over")
        History(settings).begin()
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(running.control_plane_id, encoding="utf-8")
