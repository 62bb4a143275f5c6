"""make scale: another number of tasks, kept by later deploys, and what a hand may not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import aws, drift, scale, task_counts
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from cli.task_counts import Bounds
from settings.settings import Settings

NAME = "mysfits-dev-monolith"


class Cloud:
    """One service; each look at it is a second later, and its tasks come one a second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.grows = True
        self.service: dict[str, Any] = {
            "serviceName": NAME,
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": 2,
            "events": [],
        }

    def update_service(self, *, cluster: str, service: str, desiredCount: int) -> None:
        assert (cluster, service) == ("mysfits-dev", NAME)
        self.service["desiredCount"] = desiredCount

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.grows:
            wanted, running = self.service["desiredCount"], self.service["runningCount"]
            self.service["runningCount"] += (wanted > running) - (wanted < running)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    found = Cloud()
    monkeypatch.setattr(aws, "client", lambda *_: found)
    monkeypatch.setattr("cli.scale.live.active_services", lambda _: [found.service])
    monkeypatch.setattr("cli.scale.task_counts.scaled", lambda _: {})
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    found.terraform_state.parent.mkdir(parents=True)
    return found


def run(settings: Settings, cloud: Cloud, count: str, service: str = "monolith") -> None:
    scale.scale(
        settings,
        service=service,
        count=count,
        progress=Progress(),
        clock=lambda: cloud.now,
        sleep=cloud.sleep,
    )


def test_it_waits_for_the_tasks_and_later_deploys_keep_them(
    cloud: Cloud, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, cloud, "4")
    assert cloud.service["runningCount"] == 4
    assert task_counts.by_hand(settings) == {"monolith": 4}
    assert "monolith has 4 tasks, and keeps them in later deploys; COUNT=2 is the declared" in capsys.readouterr().err


def test_the_declared_number_ends_it(cloud: Cloud, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run(settings, cloud, "4")
    run(settings, cloud, "2")
    assert task_counts.by_hand(settings) == {}
    assert not list(settings.terraform_state.parent.glob("*.tasks"))
    assert "monolith has 2 tasks, as declared" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["", "0", "-1", "2.5", "many", "5001", "٣"])
def test_what_is_no_number_of_tasks_is_refused(cloud: Cloud, settings: Settings, count: str) -> None:
    with pytest.raises(CommandError, match=r"use a whole number from 1 to 5000") as refused:
        run(settings, cloud, count)
    assert refused.value.exit_code == REFUSED
    assert cloud.service["desiredCount"] == 2


@pytest.mark.parametrize("service", ["", "orders", "like"])
def test_a_service_that_does_not_run_is_refused_with_those_that_do(
    cloud: Cloud, settings: Settings, service: str
) -> None:
    with pytest.raises(CommandError, match="in mysfits-dev; it has monolith") as refused:
        run(settings, cloud, "3", service)
    assert refused.value.exit_code == REFUSED


def test_a_service_that_scales_by_itself_is_refused(
    cloud: Cloud, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.scale.task_counts.scaled", lambda _: {NAME: Bounds(least=2, most=8)})
    with pytest.raises(CommandError, match="monolith scales by itself, from 2 to 8 tasks") as refused:
        run(settings, cloud, "3")
    assert refused.value.exit_code == REFUSED
    assert (cloud.service["desiredCount"], task_counts.by_hand(settings)) == (2, {})


def test_a_machine_without_room_is_told(cloud: Cloud, settings: Settings) -> None:
    cloud.grows = False
    cloud.service["events"] = [
        {"message": "x was unable to place a task. Reason: Capacity is unavailable at this time"}
    ]
    with pytest.raises(CommandError, match="There is no room for 9 tasks"):
        run(settings, cloud, "9")


def test_tasks_that_do_not_come_and_somebody_elses_number_are_told(cloud: Cloud, settings: Settings) -> None:
    cloud.grows = False
    with pytest.raises(CommandError, match="has 2 of 3 tasks after 300 s"):
        run(settings, cloud, "3")
    cloud.update_service = lambda **_: cloud.service.update(desiredCount=7)  # type: ignore[method-assign]
    with pytest.raises(CommandError, match="Somebody else gave mysfits-dev-monolith 7 tasks"):
        run(settings, cloud, "3")


def test_the_next_deploy_is_not_surprised(cloud: Cloud, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = [("aws_ecs_service", {"name": NAME, "desired_count": 2, "task_definition": "m:1"})]
    monkeypatch.setattr("cli.drift.state_file.read", lambda _: {})
    monkeypatch.setattr("cli.drift.state_file.resources", lambda _: resources)
    cloud.service["taskDefinition"] = "m:1"
    monkeypatch.setattr(Cloud, "describe_services", lambda self, **_: {"services": [self.service]}, raising=False)
    run(settings, cloud, "4")
    assert drift.find(settings) == []
    cloud.service["desiredCount"] = 5
    (told,) = drift.find(settings)
    assert str(told) == "desired count of mysfits-dev-monolith: the last deploy left 4, live is 5"
    resources.append(("aws_appautoscaling_target", {"resource_id": f"service/mysfits-dev/{NAME}"}))
    assert drift.find(settings) == [], "one that scales has the number that it needs"


def test_services_that_scale_are_read_from_aws(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [
        {"ResourceId": "service/mysfits-dev/mysfits-dev-like", "MinCapacity": 2, "MaxCapacity": 8},
        {"ResourceId": "service/other/web", "MinCapacity": 1, "MaxCapacity": 2},
    ]
    monkeypatch.setattr(aws, "client", lambda *_: None)
    monkeypatch.setattr("cli.task_counts.inventory.every", lambda *_, **__: targets)
    assert task_counts.scaled(settings) == {"mysfits-dev-like": Bounds(least=2, most=8)}
