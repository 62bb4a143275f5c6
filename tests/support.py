"""What tests of several tiers share: free ports, waiting on conditions, an embedded AWS of their own."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cli import aws, local
from cli.progress import Progress
from embedded import state
from embedded.control_client import ask
from embedded.network import free_port
from stacks.settings import Settings

T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], *, what: str, timeout_seconds: float = 30.0) -> T:
    """The first truthy value of ``condition``; fails with the last one when the time is over."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_seconds:.0f} s: {what} (last: {value!r})")
        time.sleep(0.05)


def local_settings(state_dir: Path, *, stage: str = "split", env: str = "test") -> Settings:
    """Settings of an embedded AWS with a folder and three ports of its own."""
    ports: list[int] = []
    for _ in range(3):
        ports.append(free_port(avoid=set(ports)))
    names = ("ALB_PORT", "AWS_PORT", "SITE_PORT")
    environ = {name: str(port) for name, port in zip(names, ports, strict=True)}
    folders = {"STATE_DIR": str(state_dir), "CDKTF_OUTDIR": str(state_dir / "cdktf.out")}
    return Settings.from_environ({**environ, **folders, "STAGE": stage, "ENV": env})


def environment_of(settings: Settings) -> dict[str, str]:
    """The process's environment with the variables that lead to ``settings``."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))},
        "TARGET": settings.target,
        "ENV": settings.env,
        "STAGE": settings.stage,
        "REGION": settings.region,
        "ALB_PORT": str(settings.alb_port),
        "AWS_PORT": str(settings.aws_port),
        "SITE_PORT": str(settings.site_port),
        "STATE_DIR": str(settings.state_dir),
        "CDKTF_OUTDIR": str(settings.out_dir),
    }


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


@contextlib.contextmanager
def running_embedded_aws(settings: Settings) -> Iterator[EmbeddedAws]:
    """Start it, stop it whatever happens, and see that no process of it is left."""
    progress = Progress()
    local.ensure_running(settings, progress)
    try:
        yield EmbeddedAws(settings=settings)
    finally:
        local.stop(settings, progress)
        left = state.processes(settings.state_dir)
        assert not left, f"processes left behind: {left}"
