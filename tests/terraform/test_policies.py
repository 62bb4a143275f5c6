"""Least privilege: every IAM document of every stage on AWS, as Terraform evaluates it with all modules together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from policy.terraform_runs import Resource
from tests.terraform.conftest import Jobs

STAGE_NAMES = pytest.mark.parametrize("stage", SYSTEM.stage_by_name)

WITHOUT_RESOURCE: Final = frozenset({"ecr:GetAuthorizationToken"})
"""Actions whose API knows no resource (Service Authorization Reference); they may be allowed on ``*``."""

SCALING: Final = frozenset({"aws_appautoscaling_policy"})
"""Policies that grant nothing."""

LOG_STREAMS: Final = ":log-stream:task/*"
"""Log streams are named by task ids, which ECS makes up; the group before them is named."""


@STAGE_NAMES
def test_statements_name_actions(stage: str, jobs: Jobs) -> None:
    for address, statement in _statements(jobs, stage):
        assert statement["Effect"] == "Allow", address
        assert statement["Action"], address
        assert not [action for action in statement["Action"] if "*" in action or ":" not in action], address
        assert not {"NotAction", "NotResource", "Principal"} & statement.keys(), address


@STAGE_NAMES
def test_statements_name_resources(stage: str, jobs: Jobs) -> None:
    for address, statement in _statements(jobs, stage):
        assert statement["Resource"], address
        if set(statement["Action"]) <= WITHOUT_RESOURCE:
            continue
        for resource in statement["Resource"]:
            assert resource.startswith("arn:"), f"{address}: {resource}"
            assert "*" not in resource.removesuffix(LOG_STREAMS), f"{address}: {resource}"


@STAGE_NAMES
def test_roles_are_for_ecs_tasks_only(stage: str, jobs: Jobs) -> None:
    roles = _of_type(jobs, stage, "aws_iam_role")
    assert roles
    for role in roles:
        (statement,) = json.loads(role.values["assume_role_policy"])["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}, role.address


@STAGE_NAMES
def test_all_permissions_stand_in_inline_policies(stage: str, jobs: Jobs) -> None:
    """Nothing can be granted past the tests above, but for the site's files, of which test_site.py has the policy."""
    kinds = {resource.type for resource in jobs.resources(stage)}
    granting = {kind for kind in kinds if "policy" in kind or kind.startswith("aws_iam")} - SCALING
    assert granting == {"aws_iam_role", "aws_iam_role_policy", "aws_ecr_lifecycle_policy", "aws_s3_bucket_policy"}


@pytest.mark.parametrize("stage", [stage.name for stage in SYSTEM.stages if not stage.placeholder])
def test_monolith_reads_the_table_updates_items_and_enters_likes(stage: str, jobs: Jobs) -> None:
    assert _task_permissions(jobs, stage, "monolith") == {
        "dynamodb:GetItem": {"table/mock"},
        "dynamodb:PutItem": {"table/mock"},
        "dynamodb:Scan": {"table/mock"},
        "dynamodb:UpdateItem": {"table/mock"},
        "dynamodb:Query": {"table/mock/index/GoodEvilIndex", "table/mock/index/LawChaosIndex"},
    }


def test_placeholder_may_do_nothing_in_aws(jobs: Jobs) -> None:
    assert _task_permissions(jobs, "placeholder", "monolith") == {}


def test_like_service_may_do_nothing_in_aws(jobs: Jobs) -> None:
    assert _task_permissions(jobs, "split", "like") == {}


def test_services_that_persist_by_themselves_may_write_and_not_read(jobs: Jobs) -> None:
    writes = {"dynamodb:UpdateItem": {"table/mock"}}
    assert _task_permissions(jobs, "extracted", "adopt") == writes
    assert _task_permissions(jobs, "extracted", "like") == writes | {"dynamodb:PutItem": {"table/mock"}}


def test_rows_are_put_into_the_ledger_only(stacks: Mapping[str, dict[str, Any]]) -> None:
    """The mocked ARNs of both tables are alike, so this one looks at what the policy refers to."""
    policies = [
        policy
        for module in stacks["extracted"]["module"].values()
        for policy in module.get("task_policies", {}).values()
    ]
    puts = [statement for policy in policies for statement in policy.split("{") if "dynamodb:PutItem" in statement]
    assert len(puts) == 2
    assert all("aws_dynamodb_table.ledger.arn" in put and "aws_dynamodb_table.table.arn" not in put for put in puts)


def _task_permissions(jobs: Jobs, stage: str, service: str) -> dict[str, set[str]]:
    """What a service's containers may do: action => resources."""
    found: dict[str, set[str]] = {}
    for address, statement in _statements(jobs, stage):
        if address.startswith(f"module.{service}.aws_iam_role_policy.task["):
            for action in statement["Action"]:
                found.setdefault(action, set()).update(arn.split(":")[-1] for arn in statement["Resource"])
    return found


def _statements(jobs: Jobs, stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    policies = _of_type(jobs, stage, "aws_iam_role_policy")
    assert policies
    for policy in policies:
        for statement in json.loads(policy.values["policy"])["Statement"]:
            yield policy.address, statement


def _of_type(jobs: Jobs, stage: str, kind: str) -> list[Resource]:
    return [resource for resource in jobs.resources(stage) if resource.type == kind]
