"""Fixtures of several tiers."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cli import aws
from embedded import state
from settings.settings import Settings
from systems.checkout import ROOT
from tests.support import environment_of, local_settings


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A live deployment of its own, made by ``make deploy STAGE=split`` in an empty state folder.

    Attributes:
        first_report: what that command printed on stdout.
    """

    settings: Settings
    first_report: str

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.settings.alb_port}"

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.settings.site_port}"

    @property
    def aws_endpoint_url(self) -> str:
        return str(self.settings.aws_endpoint_url)

    @property
    def table(self) -> str:
        return self.settings.name("mysfits")

    def client(self, service: str) -> Any:
        """A boto3 client of its embedded AWS."""
        return aws.client(self.settings, service)

    def make(self, goal: str, *, stage: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``make goal`` against it."""
        return run_make(replace(self.settings, stage=stage or self.settings.stage), goal, check=check)


def run_make(settings: Settings, goal: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run ``make goal`` as a person would, with these settings in the environment."""
    answer = subprocess.run(
        ["make", "-s", goal], cwd=ROOT, env=environment_of(settings), capture_output=True, text=True, check=False
    )
    assert not check or answer.returncode == 0, (
        f"make {goal} failed:\n{answer.stdout}\n{answer.stderr}\nIts embedded AWS logged last:\n{_log(settings)}"
    )
    return answer


def _log(settings: Settings) -> str:
    """The end of the daemon's log without ECS's routine."""
    path = settings.state_dir / "daemon.log"
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else ["(there is none)"]
    return "\n".join([line for line in lines if "INFO embedded.ecs" not in line][-60:])


@pytest.fixture(scope="session", autouse=True)
def signals_of_a_terminal() -> None:
    """A shell that runs the tests in the background ignores Ctrl-C, and whatever they start would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The system in stage split; tests that walk elsewhere come back to it."""
    settings = local_settings(tmp_path_factory.mktemp("deployment"))
    try:
        report = run_make(settings, "deploy").stdout
        yield Deployed(settings=settings, first_report=report)
        # Every test comes back to split, so this is the one destroy that begins above the placeholder.
        destroyed = run_make(settings, "destroy").stdout
        assert re.search(r"^Objects +0$", destroyed, re.MULTILINE), destroyed
    finally:
        run_make(settings, "down", check=False)
        left = state.processes(settings.state_dir)
        assert not left, f"processes left behind: {left}"
