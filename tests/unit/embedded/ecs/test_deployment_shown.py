"""How DescribeServices shows a deployment, and the restart pauses that go with it."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace

from embedded.ecs.deployment import Deployment


def test_a_new_deployment_is_in_progress_and_has_an_id_of_its_own() -> None:
    first, second = Deployment(task_definition="toy:1"), Deployment(task_definition="toy:1")
    assert re.fullmatch(r"ecs-svc/\d{19}", first.id)
    assert first.id != second.id
    assert first.state == "IN_PROGRESS"
    assert first.reason == f"ECS deployment {first.id} in progress."
    assert first.created_at.tzinfo is dt.UTC
    assert not first.is_rollback


def test_a_change_of_state_is_stamped() -> None:
    deployment = Deployment(task_definition="toy:1")
    deployment.updated_at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    deployment.enter("FAILED", "tasks failed to start")
    assert (deployment.state, deployment.reason) == ("FAILED", "tasks failed to start")
    assert deployment.updated_at > dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def test_it_is_described_in_the_spelling_of_the_api() -> None:
    deployment = Deployment(task_definition="toy:1", failed_tasks=4)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    record = SimpleNamespace(launch_type="FARGATE", platform_version="1.4.0", network_configuration=network)
    assert deployment.describe(status="PRIMARY", desired=3, running=2, pending=1, record=record) == {
        "id": deployment.id,
        "status": "PRIMARY",
        "taskDefinition": "toy:1",
        "desiredCount": 3,
        "runningCount": 2,
        "pendingCount": 1,
        "failedTasks": 4,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "launchType": "FARGATE",
        "capacityProviderStrategy": [],
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": network,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {deployment.id} in progress.",
    }
