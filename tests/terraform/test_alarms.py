"""What ALARMS adds to the stack, and that nothing of it is there without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mysfits.system import SYSTEM
from policy.terraform_runs import Resource
from tests.terraform.conftest import TOPIC, read_stack


def test_without_it_nobody_watches(stacks: Mapping[str, dict[str, Any]], aws_stack: dict[str, Any]) -> None:
    for stack in (*stacks.values(), aws_stack):
        assert "alarms" not in stack["module"]
        assert "dashboard_name" not in stack["output"]


def test_each_service_of_the_stage_and_each_table_is_watched(watched: tuple[Path, tuple[Resource, ...]]) -> None:
    alarms = {one.values["alarm_name"] for one in watched[1] if one.type == "aws_cloudwatch_metric_alarm"}
    symptoms = ("target-5xx", "p99", "unhealthy-hosts", "too-few-tasks")
    assert alarms == {
        "mysfits-test-elb-5xx",
        *(f"mysfits-test-{name}-{symptom}" for name in ("monolith", "like") for symptom in symptoms),
        *(f"mysfits-test-mysfits-test-{table.name}-throttles" for table in SYSTEM.tables),
    }


def test_the_topic_hears_of_each(watched: tuple[Path, tuple[Resource, ...]]) -> None:
    alarms = [one.values for one in watched[1] if one.type == "aws_cloudwatch_metric_alarm"]
    assert alarms
    assert all(one["alarm_actions"] == one["ok_actions"] == [TOPIC] for one in alarms)


def test_the_dashboard_has_the_weights_of_the_walk(watched: tuple[Path, tuple[Resource, ...]]) -> None:
    folder, resources = watched
    like = read_stack(folder)["module"]["alarms"]["services"]["like"]
    assert (like["weight"], like["canary_weight"]) == ("${var.like_weight}", "${var.like_canary_weight}")
    (page,) = [one.values for one in resources if one.type == "aws_cloudwatch_dashboard"]
    assert page["dashboard_name"] == "mysfits-test"
    table = json.loads(page["dashboard_body"])["widgets"][0]["properties"]["markdown"]
    assert "| like | 100 % of its paths | 0 % of that |" in table
    assert "| monolith | all that no other service takes | 0 % of that |" in table
