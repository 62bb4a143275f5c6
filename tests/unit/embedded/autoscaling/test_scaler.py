"""Services scale as their scalable targets, policies and scheduled actions say, second by second."""

from __future__ import annotations

import datetime as dt

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.base_backend import BackendDict

from embedded.autoscaling.backend import DIMENSION, EmbeddedAutoscaling
from embedded.control_plane import records
from tests.unit.embedded.autoscaling.conftest import ACCOUNT, NOON, REGION, RESOURCE, Stage


def test_three_hot_minutes_add_tasks_and_fifteen_cool_ones_take_them_away(stage: Stage) -> None:
    stage.register()
    stage.track(ScaleOutCooldown=60, ScaleInCooldown=60)
    stage.run(180, cpu=100)
    assert stage.service.desired_count == 2, "the third minute is not over"
    stage.run(3, cpu=100)
    assert stage.service.desired_count == 4
    stage.run(15 * 60 - 10, cpu=20)
    assert stage.service.desired_count == 4, "the fifteenth minute is not over"
    stage.run(120, cpu=20)
    assert stage.service.desired_count == 2
    (policy,) = stage.backend.policies_of(RESOURCE)
    high, low = (alarm.name for alarm in policy.alarms)
    assert stage.activities() == [
        (2, f"monitor alarm {low} in state ALARM triggered policy cpu", "Successful"),
        (4, f"monitor alarm {high} in state ALARM triggered policy cpu", "Successful"),
    ]


def test_sixty_times_as_fast_it_takes_seconds(stage: Stage) -> None:
    stage.new_scaler(speed=60)
    stage.register()
    stage.track(ScaleOutCooldown=300, ScaleInCooldown=60)
    stage.run(5, cpu=100)
    assert stage.service.desired_count == 4
    stage.run(18, cpu=20)
    assert stage.service.desired_count == 2


def test_alarms_show_in_cloudwatch_and_go_with_their_policy(stage: Stage) -> None:
    stage.register()
    arn = stage.track().policy_arn
    assert sorted(alarm.state_value for alarm in stage.cloudwatch.describe_alarms()) == ["INSUFFICIENT_DATA"] * 2
    stage.run(190, cpu=100)
    states = {alarm.name.split("-")[-6]: alarm.state_value for alarm in stage.cloudwatch.describe_alarms()}
    assert states == {"AlarmHigh": "ALARM", "AlarmLow": "OK"}
    changed = stage.track(target=70)
    assert changed.policy_arn == arn, "a change keeps the ARN"
    assert sorted(alarm.threshold for alarm in stage.cloudwatch.describe_alarms()) == [63, 70]
    stage.backend.delete_scaling_policy("cpu", "ecs", RESOURCE, DIMENSION)
    assert not list(stage.cloudwatch.describe_alarms())


def test_steps_are_triggered_by_somebodys_alarm(stage: Stage) -> None:
    stage.register()
    body = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 120,
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
        ],
    }
    policy = stage.backend.put_scaling_policy("rush", "ecs", RESOURCE, DIMENSION, body, "StepScaling")
    alarm = stage.cloudwatch.put_metric_alarm(
        name="hot",
        namespace="AWS/ECS",
        metric_name="CPUUtilization",
        metric_data_queries=[],
        comparison_operator="GreaterThanOrEqualToThreshold",
        evaluation_periods=1,
        period=60,
        threshold=70,
        statistic="Average",
        description="",
        dimensions=[{"Name": "ClusterName", "Value": "shop-dev"}, {"Name": "ServiceName", "Value": "shop-dev-web"}],
        alarm_actions=[policy.policy_arn],
    )
    stage.run(62, cpu=80)
    assert stage.service.desired_count == 3
    stage.run(60, cpu=95)
    assert stage.service.desired_count == 5, "the first task counts as part of the three"
    _, (shown,) = stage.backend.describe_scaling_policies("ecs", RESOURCE, DIMENSION, None, "")
    assert [one.name for one in shown.alarms] == ["hot"]
    alarm.actions_enabled = False
    stage.run(300, cpu=95)
    assert stage.service.desired_count == 5
    stage.backend.delete_scaling_policy("rush", "ecs", RESOURCE, DIMENSION)
    assert [one.name for one in stage.cloudwatch.describe_alarms()] == ["hot"], "the alarm is somebody's own"


def test_bounds_that_change_are_obeyed_and_a_hand_is_not_corrected(stage: Stage) -> None:
    stage.register()
    stage.run(2)
    stage.service.desired_count = 1
    stage.run(5)
    assert stage.service.desired_count == 1, "somebody set it by hand"
    stage.register(least=3)
    stage.run(2)
    assert stage.service.desired_count == 3
    stage.service.desired_count = 8
    stage.register(least=1, most=5)
    stage.run(2)
    assert stage.service.desired_count == 5
    assert [cause for _, cause, _ in stage.activities()] == [
        "maximum capacity was set to 5",
        "minimum capacity was set to 3",
    ]


def test_a_scheduled_action_moves_the_bounds_at_its_time(stage: Stage) -> None:
    stage.register()
    stage.run(1)
    due = dt.datetime.fromtimestamp(NOON + 30, dt.UTC)
    stage.schedule(f"at({due:%Y-%m-%dT%H:%M:%S})", least=5)
    stage.run(28)
    assert stage.service.desired_count == 2
    stage.run(3)
    (target,) = stage.backend.services()
    assert (stage.service.desired_count, target.min_capacity, target.max_capacity) == (5, 5, 8)
    stage.register(least=2, most=8)
    stage.run(60)
    assert target.min_capacity == 2, "it is due once"


def test_a_recurring_action_holds_between_its_times(stage: Stage) -> None:
    stage.register()
    stage.run(1)
    stage.schedule("rate(1 minute)", least=4, start_time=NOON + 100, end_time=NOON + 170)
    stage.run(140)
    assert stage.service.desired_count == 2
    stage.run(30)
    assert stage.service.desired_count == 4, "a minute after it began"
    stage.register(least=2, most=8)
    stage.run(120)
    (target,) = stage.backend.services()
    assert target.min_capacity == 2, "its end has passed"


def test_what_is_suspended_is_left_alone(stage: Stage) -> None:
    stage.register(DynamicScalingOutSuspended=True, ScheduledScalingSuspended=True)
    stage.track()
    stage.schedule("rate(1 minute)", least=6)
    stage.run(200, cpu=100)
    assert stage.service.desired_count == 2
    stage.register(DynamicScalingOutSuspended=False)
    stage.run(2, cpu=100)
    assert stage.service.desired_count == 4


def test_no_task_is_taken_away_while_a_deployment_is_under_way(stage: Stage) -> None:
    stage.new_scaler(speed=60)
    stage.register()
    stage.track()
    stage.service.desired_count = stage.service.running_count = 6
    stage.service.deployments = [{"rolloutState": "IN_PROGRESS"}, {"rolloutState": "COMPLETED"}]
    stage.run(40, cpu=5)
    assert stage.service.desired_count == 6
    stage.service.deployments = [{"rolloutState": "COMPLETED"}]
    stage.run(1, cpu=5)
    assert stage.service.desired_count == 2


def test_what_is_not_fulfilled_in_time_is_told(stage: Stage) -> None:
    stage.register()
    stage.run(1)
    stage.register(least=4)
    stage.run(300, fulfils=False)
    assert stage.activities() == [(4, "minimum capacity was set to 4", "InProgress")]
    stage.run(301, fulfils=False)
    assert stage.activities()[0][2] == "Unfulfilled"


def test_a_later_change_overrides_one_that_is_under_way(stage: Stage) -> None:
    stage.register()
    stage.run(1)
    for least in (4, 5):
        stage.register(least=least)
        stage.run(2, fulfils=False)
    assert [status for *_, status in stage.activities()] == ["InProgress", "Overridden"]


def test_services_that_are_gone_or_leave_are_no_trouble(stage: Stage) -> None:
    stage.register(least=5)
    stage.service.status = "DRAINING"
    stage.run(2)
    stage.ecs.services.clear()
    stage.run(2)
    assert stage.activities() == []


def test_all_of_it_goes_on_after_a_restart(stage: Stage) -> None:
    stage.register()
    stage.track(ScaleOutCooldown=3600)
    stage.schedule("rate(1 hour)", least=3)
    stage.run(200, cpu=100)
    assert stage.service.desired_count == 4
    content = records.encode()
    BackendDict.reset()
    records.decode(content)
    backend = applicationautoscaling_backends[ACCOUNT][REGION]
    assert isinstance(backend, EmbeddedAutoscaling)
    stage.backend = backend
    stage.new_scaler()
    assert [status for *_, status in stage.activities()] == ["Successful"]
    stage.run(200, cpu=100)
    assert stage.service.desired_count == 4, "the cooldown of before the restart holds"
