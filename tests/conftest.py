"""Fixtures of several tiers."""

from __future__ import annotations

import gc
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import hypothesis
import pytest

from cli import aws
from embedded import state
from settings.settings import Settings
from systems.checkout import ROOT
from tests import parts
from tests.ahead import Ahead
from tests.deploy_role import require_allowed
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
        ["make", "-s", goal],
        cwd=ROOT,
        env={**environment_of(settings), "AWS_SDK_UA_APP_ID": goal},
        capture_output=True,
        text=True,
        check=False,
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


pytest_plugins = ("tests.interrupts",)

# Quick tiers first: long deploys, begun with the session, are under way meanwhile. Then the browser's, which takes a
# deployment as it is.
_TIERS: Final = ("unit", "terraform", "browser", "local")
_ahead = pytest.StashKey[Ahead]()


# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# For each of thousands of mutants, and every time the same; nobody reads the examples that fail, so none is made small.
hypothesis.settings.register_profile(
    "mutate",
    hypothesis.settings.get_profile("suite"),
    max_examples=20,
    derandomize=True,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


def pytest_configure(config: pytest.Config) -> None:
    means = "a long wait of this test that begins when the unit tests are over"
    config.addinivalue_line("markers", f"ahead(work=function): {means}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How tests are divided when there are several processes."""
    return parts.scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    parts.require_no_further_deployment(items)


def pytest_collection_finish() -> None:
    """Whatever was loaded for the tests stays: the collector need not look through it again with every test."""
    gc.collect()
    gc.freeze()


def _place(item: pytest.Item) -> tuple[int, int]:
    """Tier by tier; in each, what needs the deployment first, and last of that what a deploy beside it is made for."""
    needs = 2 if parts.sleeps(item) else 3
    if parts.needs_deployment(item):
        needs = 1 if item.get_closest_marker("ahead") else 0
    return _TIERS.index(parts.tier(item.path)), needs


@pytest.fixture(scope="session", autouse=True)
def ahead(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Ahead]:
    """The long waits of the tests that were selected."""
    work = pytestconfig.stash[_ahead] = Ahead(tmp_path_factory)
    try:
        yield work
    finally:
        work.end()


@pytest.fixture(autouse=True)
def _begin_what_waits(request: pytest.FixtureRequest, ahead: Ahead) -> None:
    """The first deploy begins with the first test of its part, other waits of a part when its unit tests are over.

    Unit tests replace functions of ``time``, ``subprocess`` and ``cli`` for the whole process, its threads included.
    The first deploy is the exception: it is one command, started before the first of them.
    """
    part, tier = parts.of(request.node.path), parts.tier(request.node.path)
    if not ahead.is_new(part, tier):
        return
    items = [item for item in request.session.items if parts.of(item.path) == part]
    if any(parts.needs_deployment(item) for item in items):
        ahead.begin(first_deploy)
    if tier != "unit":
        for mark in (mark for item in items for mark in item.iter_markers("ahead")):
            ahead.begin(mark.kwargs["work"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """The shared deployment is destroyed while other tests run, when the last one is over that needs it."""
    yield
    if parts.needs_deployment(item):
        together = parts.of(item.path) if hasattr(item.config, "workerinput") else None
        if item is next(one for one in reversed(item.session.items) if parts.shares_deployment(one, together)):
            item.config.stash[_ahead].begin(last_destroy)


def first_deploy(ahead: Ahead) -> Deployed:
    """The deployment that tests share."""
    settings = local_settings(ahead.state_dir("deployment"))
    return Deployed(settings=settings, first_report=run_make(settings, "deploy").stdout)


def last_destroy(ahead: Ahead) -> str:
    """What destroying it prints. Every test comes back to split: the one destroy that begins above the placeholder."""
    return ahead.result(first_deploy).make("destroy").stdout


@pytest.fixture(scope="session")
def deployment(ahead: Ahead) -> Iterator[Deployed]:
    """The system in stage split; tests that walk elsewhere come back to it."""
    deployed = ahead.result(first_deploy)
    try:
        yield deployed
        destroyed = ahead.result(last_destroy)
        assert re.search(r"^Objects +0$", destroyed, re.MULTILINE), destroyed
        require_allowed(deployed.settings.state_dir)
    finally:
        deployed.make("down", check=False)
        left = state.processes(deployed.settings.state_dir)
        assert not left, f"processes left behind: {left}"
