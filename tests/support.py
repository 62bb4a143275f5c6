"""What tests of several tiers share: free ports, waiting on conditions, an embedded AWS of their own."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from cli import aws, local
from cli.progress import Progress
from embedded import state
from embedded.control_client import ask
from settings.settings import DESCRIPTIONS, Settings

T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], *, what: str, timeout_seconds: float = 30.0) -> T:
    """The first truthy value of ``condition``; fails with the last one when the time is over.

    What takes longer is asked for less often: each question takes processor time from what it waits for.
    """
    began = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > timeout_seconds:
            raise AssertionError(f"not within {timeout_seconds:.0f} s: {what} (last: {value!r})")
        time.sleep(min(max(0.05, 0.1 * waited), 0.5))


def quiet_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 to be used later: below those that the system gives to clients, which may come first."""
    found: set[int] = set()
    while len(found) < count:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = random.randint(15_000, 32_000)  # noqa: S311 - no secret
            probe.bind(("127.0.0.1", port))
            found.add(port)
    return sorted(found)


def quiet_port() -> int:
    """One of ``quiet_ports``."""
    return quiet_ports(1)[0]


def local_settings(state_dir: Path, *, stage: str = "split", env: str = "test", system: str = "") -> Settings:
    """Settings of an embedded AWS with a folder and three ports of its own; ``system`` is a folder, or the default."""
    ports = quiet_ports(3)
    names = ("ALB_PORT", "AWS_PORT", "SITE_PORT")
    environ = {name: str(port) for name, port in zip(names, ports, strict=True)}
    folders = {"STATE_DIR": str(state_dir), "CDKTF_OUTDIR": str(state_dir / "cdktf.out")}
    # Most tests walk without visitors or count what a walk costs them; those of the canary name their steps.
    plain = {"CANARY": "off", "COMPARE": "off"}
    return Settings.from_environ({**environ, **folders, **plain, "STAGE": stage, "ENV": env, "SYSTEM": system})


def environ_without_settings() -> dict[str, str]:
    """This process's environment without the settings that a person may have exported."""
    return {name: value for name, value in os.environ.items() if name not in DESCRIPTIONS}


def environment_of(settings: Settings) -> dict[str, str]:
    """The process's environment with the variables that lead to ``settings``."""
    return {
        **{name: value for name, value in environ_without_settings().items() if not name.startswith(("AWS_", "MAKE"))},
        "TARGET": settings.target,
        "SYSTEM": settings.system_folder,
        "ENV": settings.env,
        "STAGE": settings.stage,
        "REGION": settings.region,
        "ALB_PORT": str(settings.alb_port),
        "AWS_PORT": str(settings.aws_port),
        "SITE_PORT": str(settings.site_port),
        "INTERNAL_PORT": str(settings.internal_port),
        "FACADE": "" if settings.facade is None else settings.facade.name.lower(),
        "MAX_TASKS": str(settings.max_tasks or ""),
        "SCALING_SPEED": str(settings.scaling_speed),
        "STATE_DIR": str(settings.state_dir),
        "CDKTF_OUTDIR": str(settings.out_dir),
        "CANARY": ",".join(map(str, settings.canary.steps)) or "off",
        "SHADOW": str(settings.shadow_percent),
        "ALARMS": "",
        "COMPARE": "on" if settings.compare.on else "off",
    }


def say_it_runs(state_dir: Path, *, aws_port: int, started_at: float | None = None, region: str = "") -> None:
    """Write that the embedded AWS of the folder is this process, or with ``started_at`` one that has ended since."""
    me = psutil.Process()
    began = me.create_time() if started_at is None else started_at
    mine = state.DaemonState(
        pid=me.pid,
        control_plane_id="x",
        started_at=began,
        booted_at=psutil.boot_time(),
        aws_port=aws_port,
        region=region,
    )
    state.write(state_dir, mine)


@dataclass(frozen=True, kw_only=True)
class EmbeddedAws:
    """A running embedded AWS."""

    settings: Settings

    def client(self, service: str) -> Any:
        """A boto3 client of it."""
        return aws.client(self.settings, service)

    def control(self, method: str, route: str, document: object = None) -> Any:
        """What its control socket answers."""
        return ask(state.control_socket(self.settings.state_dir), method, route, document)


def kill_embedded_aws(settings: Settings) -> None:
    """SIGKILL the daemon, and wait until nothing of it is left."""
    daemon = state.read(settings.state_dir)
    assert daemon is not None
    process = psutil.Process(daemon.pid)
    process.kill()
    process.wait(timeout=10)  # one that is just dying looks alive, and has no environment any more to be found by
    wait_for(lambda: not state.processes(settings.state_dir), what="nothing of the daemon is left")


@contextlib.contextmanager
def running_embedded_aws(settings: Settings) -> Iterator[EmbeddedAws]:
    """Start it, stop it whatever happens, and see that no process of it is left."""
    progress = Progress()
    try:
        local.ensure_running(settings, progress)
        yield EmbeddedAws(settings=settings)
    finally:
        local.stop(settings, progress)
        left = state.processes(settings.state_dir)
        assert not left, f"processes left behind: {left}"
