"""A cloud that applies change at once, and a Terraform that may be killed under one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.deploy import Deployment
from cli.phases import Apply, Live
from cli.progress import Progress
from settings.settings import Settings
from systems.checkout import ROOT
from systems.facade_way import FacadeWay
from tests.unit.cli.partial_applies import World, goal_of, lost_requests, moments

OUTPUTS = {"table_name": "t", "site_bucket_name": "b", "site_api_url": "a", "site_distribution_id": "", "services": {}}
REPORTED = {"api_url": "http://api", "site_url": "http://site", "cluster_name": "c"}


class Killed(BaseException):
    """SIGKILL, as far as a test can feel it."""


class Cloud:
    """What is deployed, and when its deployer dies: in the apply ``dies_in`` (from 0), when ``pick`` chooses."""

    def __init__(self, world: World | None) -> None:
        self.world = world
        self.dies_in: int | None = None
        self.pick: Callable[[list[World]], World] = lambda found: found[-1]
        self.applies: list[Apply] = []
        self.said_of_import: list[str] = []
        self.published: list[tuple[str, str]] = []
        self.running: dict[str, str] = {}
        self.facade_ways: list[FacadeWay | None] = []

    def apply(self, stage: str, variables: Mapping[str, str]) -> None:
        phase = apply_of(stage, variables)
        goal = goal_of(phase)
        if self.world is not None:
            assert not lost_requests(self.world, goal), phase
            if self.dies_in == len(self.applies):
                self.world = self.pick(list(moments(self.world, goal)))
                raise Killed
        self.applies.append(phase)
        self.world = goal


def apply_of(stage: str, variables: Mapping[str, str]) -> Apply:
    """The phase that leads to these Terraform variables."""
    weights = {
        name.removesuffix("_weight"): int(text)
        for name, text in variables.items()
        if name.endswith("_weight") and not name.endswith("_canary_weight")
    }
    routes = variables.get("monolith_routes")
    given = None if routes is None else tuple(name for name in routes.split(",") if name)
    return Apply(stage=stage, weights=weights, routes=given, why="")


class FakeTerraform:
    """Terraform on ``cloud``."""

    cloud: Cloud

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self._stage = settings.stage
        assert callable(say)

    def keep_provider(self) -> None:
        """Nothing to keep."""

    def init(self) -> None:
        """Nothing to install."""

    def synthesise(self, stage: str, *, facade_way: FacadeWay | None = None) -> None:
        self._stage = stage
        self.cloud.facade_ways.append(facade_way)

    def outputs(self) -> dict[str, Any]:
        world = self.cloud.world
        return {} if world is None else {"stage": world.stage, **OUTPUTS, **REPORTED}

    def apply(self, variables: Mapping[str, str], *, refresh: bool) -> None:
        assert refresh is (not self.cloud.applies)
        self.cloud.apply(self._stage, variables)

    def plan_is_empty(self, variables: Mapping[str, str]) -> bool:
        return self.cloud.world == goal_of(apply_of(self._stage, variables))

    def tainted(self) -> list[tuple[str, str]]:
        return []

    def planned_creations(self, variables: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
        assert variables["monolith_image_tag"]
        self.cloud.said_of_import.append(self._stage)
        return []


def require(*pairs: Any, answer: Any = None) -> Any:
    """``answer``, if each thing in ``pairs`` is of the type that follows it."""
    for thing, kind in zip(pairs[::2], pairs[1::2], strict=True):
        assert isinstance(thing, kind)
    return answer


def play(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Put a cloud with nothing in it in the place of AWS and Terraform."""
    found = Cloud(None)

    class Terraform(FakeTerraform):
        cloud = found

    def read(settings: Settings, stage: str | None) -> Any:
        require(settings, Settings)
        assert stage == (found.world.stage if found.world else None)
        return replace(found.world.live(), image_tags=found.running) if found.world else Live(stage=None)

    def publish(settings: Settings, service: str, tag: str, *, say: Any) -> bool:
        require(settings, Settings, say, Callable)
        found.published.append((service, tag))
        return True

    running = object()

    def ensure_running(settings: Settings, progress: Progress, *, restarts: bool) -> object:
        require(settings, Settings, progress, Progress)
        assert restarts, "a deploy is worth the outage of a restart with new code"
        return running

    def claim_ports(settings: Settings, daemon: object) -> None:
        require(settings, Settings)
        assert daemon is running

    def drop_stale_state(settings: Settings, daemon: object, progress: Progress) -> None:
        require(settings, Settings, progress, Progress)
        assert daemon is running

    def publish_site(settings: Settings, folder: Path, *, bucket: str, api_url: str, distribution_id: str) -> int:
        require(settings, Settings)
        assert folder == ROOT / "website"
        assert (bucket, api_url, distribution_id) == ("b", "a", "")
        return 0

    for target, replacement in {
        "deploy.Terraform": Terraform,
        "local.ensure_running": ensure_running,
        "local.claim_ports": claim_ports,
        "local.drop_stale_state": drop_stale_state,
        "aws.restore_keys": lambda settings: require(settings, Settings),
        "aws.require_account": lambda settings: require(settings, Settings, answer="1"),
        "regions.require_known": lambda settings: require(settings, Settings),
        "images.image_tag": lambda image: f"sources-of-{image.arguments['SERVICE']}",
        "live.read": read,
        "images.publish": publish,
        "seed.seed": lambda settings, outputs: require(settings, Settings, outputs, dict, answer={}),
        "site.publish": publish_site,
        "rollouts.wait_for_rollouts": lambda settings, *, say: require(settings, Settings, say, Callable),
        "rollouts.require_asked_revisions": lambda settings, outputs: require(settings, Settings, outputs, dict),
        "drift.find": lambda settings: require(settings, Settings, answer=[]),
        "status.daemon_health.warning_rows": lambda folder: require(folder, Path, answer=[]),
        "status._services": lambda settings, *_: require(settings, Settings, answer=[]),
    }.items():
        monkeypatch.setattr(f"cli.{target}", replacement)
    return found


def settings(folder: Path, stage: str, **variables: str) -> Settings:
    return Settings.from_environ(
        {"STATE_DIR": str(folder), "CDKTF_OUTDIR": str(folder / "out"), "STAGE": stage, "CANARY": "off", **variables}
    )


def deploy(folder: Path, cloud: Cloud, stage: str, **variables: str) -> None:
    cloud.applies.clear()
    Deployment(settings(folder, stage, **variables), Progress()).deploy()
