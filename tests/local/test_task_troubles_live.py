"""What goes wrong in a task of several containers, or by an alarm in a deployment, has the end that ECS gives it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

UNTIL_FILE = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.1)\nos.unlink(sys.argv[1])"
"""Ends well, once for each time that the file is made."""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    settings = dataclasses.replace(local_settings(tmp_path_factory.mktemp("troubles")), scaling_speed=60)
    with running_embedded_aws(settings) as running:
        yield running


@pytest.fixture
def one(aws: EmbeddedAws) -> Iterator[ToyService]:
    """A toy service of one task, not created yet."""
    toy = ToyService(aws, desired=1)
    yield toy
    toy.delete()


@pytest.fixture
def slow(aws: EmbeddedAws) -> Iterator[ToyService]:
    """One that drains for longer than an alarm takes, so that a deployment is still under way then."""
    toy = ToyService(aws, desired=1, drain_seconds=8)
    yield toy
    toy.delete()


def stopped(toy: ToyService, arn: str) -> dict[str, Any] | None:
    task: dict[str, Any] = toy.ecs.describe_tasks(cluster=toy.name, tasks=[arn])["tasks"][0]
    return task if task["lastStatus"] == "STOPPED" else None


def test_a_container_that_has_to_succeed_first_and_fails_keeps_the_main_one_from_starting(one: ToyService) -> None:
    prepare = {"command": ["python", "-c", "raise SystemExit(3)"], "essential": False}
    waits = {"dependsOn": [{"containerName": "prepare", "condition": "SUCCESS"}]}
    definition = one.revision("one", more=waits, beside={"prepare": prepare})
    answer = one.ecs.run_task(
        cluster=one.name, taskDefinition=definition, launchType="FARGATE", networkConfiguration=one.network
    )
    task = wait_for(lambda: stopped(one, answer["tasks"][0]["taskArn"]), what="the task stops")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "toy waits for SUCCESS of prepare, which exited with code 3" in task["stoppedReason"]
    assert {each["name"]: each.get("exitCode") for each in task["containers"]} == {"toy": None, "prepare": 3}
    assert one.log_lines() == [], "it has said nothing, as it never ran"


def test_tasks_whose_essential_container_ends_or_whose_check_fails_are_replaced(
    one: ToyService, tmp_path: Path
) -> None:
    ended, ill = tmp_path / "ended", tmp_path / "ill"
    check = {"command": ["CMD-SHELL", f"test ! -e {ill}"], "interval": 5, "timeout": 2, "retries": 1}
    sidecar = {"command": ["python", "-c", UNTIL_FILE, str(ended)], "essential": True}
    one.create(one.revision("one", more={"healthCheck": check}, beside={"sidecar": sidecar}))
    one.steady()

    def replaced() -> dict[str, Any]:
        """The task that ran so far, once another one is in its place."""
        wait_for(lambda: arn not in {task["taskArn"] for task in one.tasks()}, what="the task is told to stop")
        ill.unlink(missing_ok=True)
        wait_for(lambda: {task["lastStatus"] for task in one.tasks()} == {"RUNNING"}, what="another one runs")
        return wait_for(lambda: stopped(one, arn), what="the first one has stopped")

    (arn,) = (task["taskArn"] for task in one.tasks())
    ended.touch()
    task = replaced()
    assert task["stopCode"] == "EssentialContainerExited"
    assert {each["name"]: each["exitCode"] for each in task["containers"]}["sidecar"] == 0

    one.steady()
    (arn,) = (task["taskArn"] for task in one.tasks())
    wait_for(lambda: one.tasks()[0]["healthStatus"] == "HEALTHY", what="the new one is healthy")
    ill.touch()
    task = replaced()
    assert (task["stopCode"], task["stoppedReason"]) == (
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
    )
    one.steady()


def test_an_alarm_that_goes_off_in_a_deployment_ends_it_and_rolls_it_back(slow: ToyService) -> None:
    balancer = slow.elb.describe_load_balancers(Names=[slow.name])["LoadBalancers"][0]["LoadBalancerArn"]
    alarm = f"{slow.name}-5xx"
    slow.aws.client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": "LoadBalancer", "Value": balancer.partition("loadbalancer/")[2]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    good = slow.revision("good")
    slow.create(good, alarms=[alarm])
    slow.steady()
    with Load(slow.url) as load:
        wait_for(lambda: len(load.answers) > 20, what="load flows")
        slow.roll(slow.revision("bad", LOAD_STATUS="500"))
        wait_for(lambda: load.failures, what="visitors meet the new revision")
        wait_for(
            lambda: any("rolling back" in event["message"] for event in slow.describe()["events"]),
            what="the deployment is rolled back",
        )
        slow.steady(good)
        wait_for(lambda: load.answers[-1].startswith("good "), what="the old revision answers")
    assert any(
        f"deployment failed: alarm detected: {alarm}." in event["message"] for event in slow.describe()["events"]
    )
    last = slow.ecs.list_service_deployments(cluster=slow.name, service=slow.name)["serviceDeployments"][0]
    (shown,) = slow.ecs.describe_service_deployments(serviceDeploymentArns=[last["serviceDeploymentArn"]])[
        "serviceDeployments"
    ]
    assert (shown["status"], shown["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", [alarm])
