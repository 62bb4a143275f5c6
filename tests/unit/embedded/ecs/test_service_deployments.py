"""What became of each change of a service: alarms, container health, rollbacks, and the two calls that show it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends

from embedded.ecs import service
from embedded.ecs.rollout_memory import RolloutMemory
from embedded.ecs.service import ServiceController
from embedded.ecs.service_deployment import MOST_KEPT
from embedded.ecs.service_deployment_calls import described, listed
from tests.unit.embedded.ecs.ecs_api import Api
from tests.unit.embedded.ecs.fakes import BREAKER, ONE, TWO, Toy, fail, roll, service_record

ALARMS = {"enable": True, "rollback": True, "alarmNames": ["errors", "slow"]}


def with_alarms(**differs: Any) -> Toy:
    """A service at rest whose deployments are watched by two alarms."""
    configuration = {
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": BREAKER,
        "alarms": {**ALARMS, **differs},
    }
    toy = Toy(service_record(deployment_configuration=configuration))
    toy.tick()
    toy.bring_up()
    return toy


def shown(toy: Toy, number: int = 0) -> dict[str, Any]:
    """A service deployment as DescribeServiceDeployments answers it, the newest first."""
    found: dict[str, Any] = toy.record.rollout_memory.history[number].describe(toy.record)
    return found


def test_the_first_deployment_and_the_next_one_succeed(steady: Toy) -> None:
    first = shown(steady)
    assert (first["status"], first["sourceServiceRevisions"]) == ("SUCCESSFUL", [])
    assert first["createdAt"] <= first["finishedAt"]
    roll(steady, TWO)
    under_way = shown(steady)
    assert (under_way["status"], "finishedAt" in under_way) == ("IN_PROGRESS", False)
    assert under_way["targetServiceRevision"]["requestedTaskCount"] == 2
    assert [one["arn"] for one in under_way["sourceServiceRevisions"]] == [first["targetServiceRevision"]["arn"]]
    assert under_way["deploymentCircuitBreaker"] == {"status": "MONITORING", "failureCount": 0, "threshold": 3}
    steady.bring_up()
    assert shown(steady)["status"] == "SUCCESSFUL"
    assert shown(steady)["deploymentCircuitBreaker"]["status"] == "MONITORING_COMPLETE"
    assert shown(steady)["targetServiceRevision"]["runningTaskCount"] == 2


def test_one_that_the_circuit_breaker_ends_is_rolled_back(steady: Toy) -> None:
    roll(steady, TWO)
    fail(steady, 3)
    back = shown(steady)
    assert back["status"] == "ROLLBACK_IN_PROGRESS"
    assert back["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert back["rollback"]["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert steady.record.task_definition == ONE
    steady.bring_up()
    assert shown(steady)["status"] == "ROLLBACK_SUCCESSFUL"
    assert len(steady.record.rollout_memory.history) == 2, "going back is part of what failed"


def test_one_that_cannot_go_back_either_has_failed_to(steady: Toy) -> None:
    roll(steady, TWO)
    fail(steady, 3)
    fail(steady, 3)
    assert shown(steady)["status"] == "ROLLBACK_FAILED"


def test_a_first_one_that_fails_is_stopped_and_says_why(toy: Toy) -> None:
    toy.tick()
    fail(toy, 3)
    assert (shown(toy)["status"], shown(toy)["statusReason"]) == (
        "STOPPED",
        "ECS deployment circuit breaker: tasks failed to start.",
    )
    assert "rollback" not in shown(toy)


def test_one_that_a_newer_one_replaces_is_stopped(steady: Toy) -> None:
    roll(steady, TWO)
    roll(steady, ONE)
    assert [one.status for one in steady.record.rollout_memory.history] == ["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]
    for _ in range(MOST_KEPT):
        roll(steady, TWO)
        roll(steady, ONE)
    assert len(steady.record.rollout_memory.history) == MOST_KEPT


def test_an_alarm_that_goes_off_ends_a_deployment_and_goes_back() -> None:
    toy = with_alarms()
    roll(toy, TWO)
    toy.alarms_off = {"slow", "of others"}
    toy.tick()
    assert toy.record.task_definition == ONE
    assert "deployment failed: alarm detected: slow." in "".join(toy.messages)
    assert shown(toy)["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors", "slow"],
        "triggeredAlarmNames": ["slow"],
    }
    assert shown(toy)["deploymentCircuitBreaker"]["status"] == "MONITORING"
    toy.bring_up()
    assert shown(toy)["status"] == "ROLLBACK_SUCCESSFUL"


def test_an_alarm_without_rollback_stays_where_it_is() -> None:
    toy = with_alarms(rollback=False)
    roll(toy, TWO)
    toy.alarms_off = {"slow"}
    toy.tick()
    assert (toy.record.task_definition, toy.primary["rolloutState"], shown(toy)["status"]) == (TWO, "FAILED", "STOPPED")


def test_an_alarm_that_is_off_before_says_nothing_of_a_deployment() -> None:
    toy = with_alarms()
    toy.alarms_off = {"errors"}
    roll(toy, TWO)
    toy.bring_up()
    assert (toy.record.task_definition, shown(toy)["status"]) == (TWO, "SUCCESSFUL")
    assert shown(toy)["alarms"]["status"] == "MONITORING_COMPLETE"


def test_alarms_that_are_not_on_are_not_asked() -> None:
    toy = with_alarms(enable=False)
    roll(toy, TWO)
    toy.alarms_off = {"errors"}
    toy.tick()
    assert toy.record.task_definition == TWO
    assert shown(toy)["alarms"]["status"] == "DISABLED"


def test_an_alarm_after_the_deployment_changes_nothing() -> None:
    toy = with_alarms()
    toy.alarms_off = {"errors"}
    toy.tick()
    assert toy.primary["rolloutState"] == "COMPLETED"


def test_a_task_that_is_not_healthy_is_not_in_service_and_later_replaced(toy: Toy) -> None:
    toy.tick()
    for task in toy.tasks:
        task.come_up()
    toy.tasks[0].well = False
    toy.tick()
    assert toy.primary["rolloutState"] == "IN_PROGRESS"
    toy.tasks[0].health = "UNHEALTHY"
    toy.tick(seconds=9)
    assert not toy.tasks[0].stops, "it is in its grace period"
    toy.tick(seconds=1)
    assert toy.tasks[0].stops == [
        {"code": "ServiceSchedulerInitiated", "reason": "Task failed container health checks", "failed": True}
    ]


def test_what_is_not_carried_is_told_once_for_each_deployment() -> None:
    toy = Toy()
    toy.remarks = ("FARGATE_SPOT takes no task away here",)
    told = "(service toy) not as on AWS: FARGATE_SPOT takes no task away here."
    toy.tick()
    toy.bring_up()
    assert toy.messages.count(told) == 1
    roll(toy, TWO)
    toy.bring_up()
    assert toy.messages.count(told) == 2


def test_both_calls_find_deployments_by_service_time_and_state(steady: Toy) -> None:
    roll(steady, TWO)
    cluster = SimpleNamespace(name="one")
    backend = SimpleNamespace(services={"one:toy": steady.record}, _get_cluster=lambda _: cluster)

    def states(**parameters: Any) -> list[str]:
        found = listed(backend, {"service": steady.record.arn, "cluster": "one", **parameters})
        return [one["status"] for one in found]

    assert states() == ["IN_PROGRESS", "SUCCESSFUL"]
    assert states(status=["SUCCESSFUL"]) == ["SUCCESSFUL"]
    newest = steady.record.rollout_memory.history[0].created_at
    assert states(createdAt={"after": newest.timestamp()}) == ["IN_PROGRESS"]
    assert states(createdAt={"before": (newest - dt.timedelta(hours=1)).isoformat()}) == []
    arns = [one["serviceDeploymentArn"] for one in listed(backend, {"service": "toy"})]
    assert arns[0].startswith("arn:aws:ecs:us-east-1:123456789012:service-deployment/one/toy/")
    found, failures = described(backend, [*arns, "arn:gone"])
    assert [one["status"] for one in found] == ["IN_PROGRESS", "SUCCESSFUL"]
    assert failures == [{"arn": "arn:gone", "reason": "MISSING"}]


def test_a_client_is_answered(api: Api) -> None:
    record: Any = ecs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].services["one:web"]
    ServiceController(record, launch=lambda *_: pytest.fail("no task yet"), clock=lambda: 0.0)
    (brief,) = api.ecs.list_service_deployments(service="web", cluster="one")["serviceDeployments"]
    assert (brief["status"], brief["serviceArn"]) == ("IN_PROGRESS", record.arn)
    arns = [brief["serviceDeploymentArn"]]
    (whole,) = api.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    assert whole["createdAt"] == brief["createdAt"]
    assert whole["deploymentConfiguration"]["maximumPercent"] == 200
    with pytest.raises(api.ecs.exceptions.ServiceNotFoundException):
        api.ecs.list_service_deployments(service="gone", cluster="one")


def test_records_of_an_earlier_version_go_on_without_a_history(toy: Toy) -> None:
    toy.tick()
    assert service.RolloutMemory is RolloutMemory, "they name it there"
    del toy.record.rollout_memory.history
    toy.start()
    toy.tick()
    roll(toy, TWO)
    toy.bring_up()
    assert shown(toy)["status"] == "SUCCESSFUL"
