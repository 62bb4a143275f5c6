"""Calls of Application Auto Scaling: what is refused, what goes together, and what moto lacks."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from embedded import patches
from embedded.autoscaling import operations
from embedded.autoscaling.activities import Activity
from embedded.autoscaling.backend import DIMENSION, ObjectNotFound
from tests.unit.embedded.autoscaling.conftest import RESOURCE, Stage


@pytest.mark.parametrize(("least", "most", "why"), [(5, 2, "less than"), (-1, 2, "negative"), (None, 2, "required")])
def test_bounds_that_are_none_are_refused(stage: Stage, least: int | None, most: int | None, why: str) -> None:
    with pytest.raises(AWSValidationException, match=why):
        stage.backend.register_scalable_target("ecs", RESOURCE, DIMENSION, least, most, "", None)


def test_one_bound_may_be_changed_and_the_others_stay(stage: Stage) -> None:
    target = stage.register(DynamicScalingInSuspended=True)
    arn = target.arn
    again: Any = stage.backend.register_scalable_target("ecs", RESOURCE, DIMENSION, None, 20, "", None)
    assert (again.arn, again.min_capacity, again.max_capacity) == (arn, 2, 20)
    assert again.suspended_state == {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }


def test_what_is_no_ecs_service_is_refused_in_one_line(stage: Stage) -> None:
    with pytest.raises(AWSValidationException, match="scales ECS services only"):
        stage.backend.register_scalable_target(
            "dynamodb", "table/a", "dynamodb:table:ReadCapacityUnits", 1, 2, "", None
        )


def test_policies_and_actions_need_a_scalable_target_and_go_with_it(stage: Stage) -> None:
    with pytest.raises(ObjectNotFound):
        stage.track()
    with pytest.raises(ObjectNotFound):
        stage.schedule("rate(1 hour)", least=1)
    stage.register()
    stage.track()
    stage.schedule("rate(1 hour)", least=1)
    stage.backend.deregister_scalable_target("ecs", RESOURCE, DIMENSION)
    assert not stage.backend.policies
    assert not stage.backend.scheduled_actions
    assert not list(stage.cloudwatch.describe_alarms())
    with pytest.raises(ObjectNotFound):
        stage.backend.deregister_scalable_target("ecs", RESOURCE, DIMENSION)
    with pytest.raises(ObjectNotFound):
        stage.backend.delete_scaling_policy("cpu", "ecs", RESOURCE, DIMENSION)
    with pytest.raises(ObjectNotFound):
        stage.backend.delete_scheduled_action("ecs", "later", RESOURCE, DIMENSION)


def test_bad_policies_and_schedules_are_refused(stage: Stage) -> None:
    stage.register()
    with pytest.raises(AWSValidationException, match="above 0"):
        stage.track(target=0)
    with pytest.raises(AWSValidationException, match="no schedule"):
        stage.schedule("daily", least=1)
    assert not stage.backend.policies


class Call(SimpleNamespace):
    """A call as moto's response class sees it."""

    def _get_param(self, name: str, default: Any = None) -> Any:
        return self.parameters.get(name, default)

    def _get_int_param(self, name: str) -> Any:
        return self.parameters.get(name)


def test_tags_and_activities_are_there(stage: Stage) -> None:
    target = stage.register()

    def ask(operation: Any, **parameters: Any) -> Any:
        call = Call(parameters=parameters, applicationautoscaling_backend=stage.backend)
        return json.loads(operation(call))

    ask(operations._tag_resource, ResourceARN=target.arn, Tags={"a": "1", "b": "2"})
    ask(operations._untag_resource, ResourceARN=target.arn, TagKeys=["a"])
    assert ask(operations._list_tags_for_resource, ResourceARN=target.arn) == {"Tags": {"b": "2"}}
    with pytest.raises(ObjectNotFound):
        ask(operations._list_tags_for_resource, ResourceARN="arn:aws:none")
    for count in (3, 4):
        one = Activity(resource_id=RESOURCE, dimension=DIMENSION, count=count, cause="x", started=count, id=str(count))
        stage.backend.log(one)
    first = ask(operations._describe_scaling_activities, ServiceNamespace="ecs", MaxResults=1)
    assert [one["Description"] for one in first["ScalingActivities"]] == ["Setting desired count to 4."]
    (second,) = ask(operations._describe_scaling_activities, NextToken=first["NextToken"])["ScalingActivities"]
    assert (second["StatusCode"], second["EndTime"]) == ("Overridden", 4)
    assert ask(operations._describe_scaling_activities, ResourceId="service/a/b") == {"ScalingActivities": []}


def test_only_the_last_activities_of_a_service_are_kept(stage: Stage) -> None:
    stage.register()
    for count in range(150):
        stage.backend.log(Activity(resource_id=RESOURCE, dimension=DIMENSION, count=count, cause="x", started=count))
    assert [len(stage.backend.activities), stage.backend.activities[0].count] == [100, 149]


def test_moto_lacks_what_is_added_and_ignores_names_of_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    added = ("list_tags_for_resource", "tag_resource", "untag_resource", "describe_scaling_activities")
    for name in added:
        monkeypatch.delattr(ApplicationAutoScalingResponse, name, raising=False)
    monkeypatch.setattr(patches, "_places", [])
    original = ApplicationAutoScalingResponse.__dict__
    monkeypatch.setattr(
        ApplicationAutoScalingResponse,
        "describe_scaling_policies",
        lambda self: json.dumps({"ScalingPolicies": [{"PolicyName": name} for name in ("a", "b") if self]}),
    )
    monkeypatch.setattr(
        ApplicationAutoScalingResponse, "register_scalable_target", original["register_scalable_target"]
    )
    operations.add_what_moto_lacks()
    call: Any = Call(parameters={"PolicyNames": ["b"]})
    shown = json.loads(ApplicationAutoScalingResponse.describe_scaling_policies(call))
    assert shown == {"ScalingPolicies": [{"PolicyName": "b"}]}
    for name in added:
        monkeypatch.delattr(ApplicationAutoScalingResponse, name)
