"""The scheduler's loop: the trouble of one service is not that of the others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.ecs.logs import AwsLogs
from embedded.ecs.scheduler import Scheduler
from embedded.ecs.task import Surroundings
from embedded.network import Addresses


def record(name: str, **differs: Any) -> SimpleNamespace:
    """A service of the API that wants no task."""
    values = {
        "name": name,
        "status": "ACTIVE",
        "desired_count": 0,
        "task_definition": f"arn:aws:ecs:us-east-1:123456789012:task-definition/{name}:1",
        "load_balancers": [],
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "network_configuration": {},
        "deployment_configuration": {},
        "deployments": [],
        "events": [],
    }
    return SimpleNamespace(**{**values, **differs})


@pytest.fixture
def services() -> dict[str, SimpleNamespace]:
    return {name: record(name) for name in ("first", "second", "third")}


@pytest.fixture
def scheduler(services: dict[str, SimpleNamespace], tmp_path: Path) -> Scheduler:
    unused: Any = None
    around = Surroundings(
        state_dir=tmp_path,
        region="us-east-1",
        base_environment={},
        addresses=Addresses(),
        targets=unused,
        secrets=unused,
        logs=AwsLogs(backend=SimpleNamespace(groups={})),
        registry_has=unused,
        release_interface=unused,
    )
    return Scheduler(SimpleNamespace(services=services, tasks={}), around)


def test_a_service_whose_step_fails_does_not_stop_the_others(
    scheduler: Scheduler, services: dict[str, SimpleNamespace]
) -> None:
    services["first"].desired_count = "several"
    scheduler.tick()
    assert [len(service.deployments) for service in services.values()] == [0, 1, 1]
    assert scheduler.warnings() == ("ECS service first: ValueError: invalid literal for int() with base 10: 'several'",)


def test_the_warning_goes_when_the_service_is_well_again(
    scheduler: Scheduler, services: dict[str, SimpleNamespace], caplog: pytest.LogCaptureFixture
) -> None:
    services["first"].desired_count = "several"
    scheduler.tick()
    scheduler.tick()
    assert len(caplog.records) == 1, "the same trouble is logged once"
    services["first"].desired_count = 0
    scheduler.tick()
    assert scheduler.warnings() == ()
    assert len(services["first"].deployments) == 1
