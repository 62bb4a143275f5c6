"""A service scales by the load that comes, by steps and by the clock, a minute of AWS in each second here."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.autoscaling.backend import DIMENSION
from embedded.settings import FASTEST_SCALING
from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

LEAST, MOST = 1, 3


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    settings = dataclasses.replace(local_settings(tmp_path_factory.mktemp("load")), scaling_speed=FASTEST_SCALING)
    with running_embedded_aws(settings) as running:
        yield running


class ScalableToy(ToyService):
    """A toy service of one task, which may become three."""

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__(aws, desired=LEAST)
        self.scaling = aws.client("application-autoscaling")
        self.target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{self.name}/{self.name}",
            "ScalableDimension": DIMENSION,
        }

    def begin(self) -> None:
        """Create the service, steady and scalable."""
        self.create(self.revision("one"))
        self.steady()
        self.scaling.register_scalable_target(**self.target, MinCapacity=LEAST, MaxCapacity=MOST)

    def counts(self) -> tuple[int, int]:
        """Tasks that run, and that are to run."""
        service = self.describe()
        return service["runningCount"], service["desiredCount"]

    def causes(self) -> list[str]:
        """Of what was scaled, the last one first."""
        found = self.scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=self.target["ResourceId"])
        return [activity["Cause"] for activity in found["ScalingActivities"]]


@pytest.fixture
def toy(aws: EmbeddedAws) -> Iterator[ScalableToy]:
    service = ScalableToy(aws)
    yield service
    service.scaling.deregister_scalable_target(**service.target)
    service.delete()


def state_of(aws: EmbeddedAws, alarm: str) -> str:
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(found["StateValue"])


def test_load_above_the_target_brings_tasks_which_go_when_it_is_over_and_no_request_fails(
    aws: EmbeddedAws, toy: ScalableToy
) -> None:
    toy.begin()
    balancer = toy.elb.describe_load_balancers(Names=[toy.name])["LoadBalancers"][0]["LoadBalancerArn"]
    label = f"{balancer.partition('loadbalancer/')[2]}/{toy.target_group.rpartition(':')[2]}"
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    policy = toy.scaling.put_scaling_policy(
        **toy.target,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": 360,
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 60,
        },
    )
    (high,) = (one["AlarmName"] for one in policy["Alarms"] if "AlarmHigh" in one["AlarmName"])
    # Two requests a second are a third of the target of one task; without any there would be no metric to go by.
    with Load(toy.url, threads=1, pause_seconds=0.5) as quiet:
        wait_for(lambda: state_of(aws, high) == "OK", what="the alarm has seen the quiet time")
        assert toy.counts() == (LEAST, LEAST)
        with Load(toy.url) as load:
            wait_for(lambda: state_of(aws, high) == "ALARM", what="the alarm is raised")
            wait_for(lambda: toy.counts() == (MOST, MOST), what="tasks come", timeout_seconds=60)
            assert high in toy.causes()[0]
            wait_for(lambda: len({answer.split()[1] for answer in load.answers}) == MOST, what="all of them answer")
        wait_for(lambda: state_of(aws, high) == "OK", what="the alarm is over")
        wait_for(lambda: toy.counts() == (LEAST, LEAST), what="tasks go", timeout_seconds=60)
        toy.steady()
    assert "AlarmLow" in toy.causes()[0]
    assert (quiet.failures, load.failures) == ([], [])


def test_an_alarm_triggers_a_step_and_a_schedule_moves_the_bounds(aws: EmbeddedAws, toy: ScalableToy) -> None:
    toy.begin()
    policy = toy.scaling.put_scaling_policy(
        **toy.target,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
            "Cooldown": 3600,
        },
    )
    alarm: dict[str, Any] = {
        "AlarmName": f"{toy.name}-runs",
        "Namespace": "AWS/ECS",
        "MetricName": "MemoryUtilization",
        "Dimensions": [{"Name": name, "Value": toy.name} for name in ("ClusterName", "ServiceName")],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [policy["PolicyARN"]],
    }
    aws.client("cloudwatch").put_metric_alarm(**alarm)
    wait_for(lambda: toy.counts() == (LEAST + 1, LEAST + 1), what="the step is taken")
    assert "triggered policy steps" in toy.causes()[0]
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    toy.scaling.put_scheduled_action(
        **toy.target,
        ScheduledActionName="rush",
        Schedule=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": MOST, "MaxCapacity": MOST},
    )
    wait_for(lambda: toy.counts() == (MOST, MOST), what="the schedule is obeyed")
    assert f"minimum capacity was set to {MOST}" in toy.causes()[0]
