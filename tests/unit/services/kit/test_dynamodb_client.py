"""What the services' DynamoDB clients say of themselves."""

from __future__ import annotations

from embedded.ecs.task import EXECUTION_ENV
from rehearse.dynamodb_faults import TASKS_CALLER
from services.kit.dynamodb_client import user_agent


def test_a_task_says_where_it_runs_and_by_that_a_rehearsal_finds_its_calls() -> None:
    agent = user_agent({"AWS_EXECUTION_ENV": EXECUTION_ENV})
    assert agent.startswith("aiobotocore/")
    assert TASKS_CALLER in agent
    assert "exec-env" not in user_agent({})
