"""What ALARMS and the profile `production` add to the stack, and that nothing of it is there without."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from policy.plans import environ_of_profile
from settings.profile import PROFILES
from systems.stage import Stage
from tests.terraform.conftest import Jobs, Key, read_stack

TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:on-call"


def test_without_them_nobody_watches(
    stacks: Mapping[str, dict[str, Any]], aws_stacks: Mapping[Key, dict[str, Any]]
) -> None:
    in_dev = [stack for (_, profile), stack in aws_stacks.items() if profile == "dev"]
    for stack in (*stacks.values(), *in_dev):
        assert "alarms" not in stack["module"]
        assert "dashboard_name" not in stack["output"]


@pytest.mark.parametrize("stage", SYSTEM.stages, ids=lambda stage: stage.name)
def test_in_production_each_service_of_the_stage_and_each_table_is_watched(stage: Stage, jobs: Jobs) -> None:
    made = jobs.resources(stage.name, "production")
    alarms = {one.values["alarm_name"] for one in made if one.type == "aws_cloudwatch_metric_alarm"}
    symptoms = ("target-5xx", "p99", "unhealthy-hosts", "too-few-tasks")
    assert alarms == {
        "mysfits-test-elb-5xx",
        *(f"mysfits-test-{name}-{symptom}" for name in ("monolith", *stage.separate) for symptom in symptoms),
        *(f"mysfits-test-mysfits-test-{table.name}-throttles" for table in SYSTEM.tables),
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_the_topic_hears_of_each(profile: str, synthesise: Callable[..., Path]) -> None:
    folder = synthesise(stage="split", target="aws", ALARMS=TOPIC, **environ_of_profile(profile))
    assert read_stack(folder)["module"]["alarms"]["topic_arns"] == [TOPIC]


def test_the_dashboard_has_the_weights_of_the_walk(aws_stacks: Mapping[Key, dict[str, Any]], jobs: Jobs) -> None:
    like = aws_stacks["split", "production"]["module"]["alarms"]["services"]["like"]
    assert (like["weight"], like["canary_weight"]) == ("${var.like_weight}", "${var.like_canary_weight}")
    made = jobs.resources("split", "production")
    (page,) = [one.values for one in made if one.type == "aws_cloudwatch_dashboard"]
    assert page["dashboard_name"] == "mysfits-test"
    table = json.loads(page["dashboard_body"])["widgets"][0]["properties"]["markdown"]
    assert "| like | 100 % of its paths | 0 % of that |" in table
    assert "| monolith | all that no other service takes | 0 % of that |" in table
