"""Services scale on the embedded AWS, by themselves and by hand, and Terraform leaves to each what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from embedded.autoscaling.backend import DIMENSION
from tests.conftest import Deployed
from tests.support import wait_for


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets SERVICE and COUNT of make scale."""
    return monkeypatch


def tasks(deployment: Deployed, service: str) -> tuple[int, int]:
    """Running and desired."""
    found = deployment.client("ecs").describe_services(
        cluster=deployment.settings.name(), services=[deployment.settings.name(service)]
    )
    (one,) = found["services"]
    return one["runningCount"], one["desiredCount"]


def register(deployment: Deployed, least: int) -> None:
    deployment.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId=resource(deployment), ScalableDimension=DIMENSION, MinCapacity=least
    )


def resource(deployment: Deployed) -> str:
    settings = deployment.settings
    return f"service/{settings.name()}/{settings.name('like')}"


@pytest.fixture
def three_at_least(deployment: Deployed) -> Iterator[None]:
    """Somebody moves the lower bound in the console, and it is moved back in the end."""
    register(deployment, 3)
    yield
    register(deployment, 2)
    settings = deployment.settings
    deployment.client("ecs").update_service(cluster=settings.name(), service=settings.name("like"), desiredCount=2)
    wait_for(lambda: tasks(deployment, "like") == (2, 2), what="two tasks")


@pytest.mark.usefixtures("three_at_least")
def test_a_bound_that_moves_brings_tasks_which_a_deploy_leaves_alone(deployment: Deployed) -> None:
    wait_for(lambda: tasks(deployment, "like") == (3, 3), what="three tasks")

    def last() -> dict[str, Any]:
        found = deployment.client("application-autoscaling").describe_scaling_activities(
            ServiceNamespace="ecs", ResourceId=resource(deployment)
        )
        return dict(found["ScalingActivities"][0])

    wait_for(lambda: last()["StatusCode"] == "Successful", what="the activity's end")
    assert last()["Cause"] == "minimum capacity was set to 3"
    names = {
        alarm["AlarmName"].split("-")[-6] for alarm in deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]
    }
    assert names == {"AlarmHigh", "AlarmLow"}
    answer = deployment.make("deploy")
    assert tasks(deployment, "like") == (3, 3)
    assert "Changed by hand" not in answer.stderr
    assert "scales by itself from 2 to 8" in answer.stdout


def test_a_hand_scales_what_does_not_scale_by_itself_and_deploys_keep_it(
    deployment: Deployed, by_hand: pytest.MonkeyPatch
) -> None:
    by_hand.setenv("SERVICE", "monolith")
    by_hand.setenv("COUNT", "3")
    try:
        deployment.make("scale")
        assert tasks(deployment, "monolith") == (3, 3)
        answer = deployment.make("deploy")
        assert tasks(deployment, "monolith") == (3, 3)
        assert "Changed by hand" not in answer.stderr
        assert "by make scale, 2 are declared" in answer.stdout
        by_hand.setenv("SERVICE", "like")
        refused = deployment.make("scale", check=False)
        assert refused.returncode == 2
        assert "like scales by itself, from 2 to 8 tasks" in refused.stderr
    finally:
        by_hand.setenv("SERVICE", "monolith")
        by_hand.setenv("COUNT", "2")
        deployment.make("scale")
    assert tasks(deployment, "monolith") == (2, 2)
