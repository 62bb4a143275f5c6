"""What workflows may do in AWS: the policies of modules/github_oidc_role, as the general tools see them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policy import exemptions
from policy.terraform_runs import json_lines
from policy.tools import call_outside
from systems.checkout import ROOT
from tests import deploy_role
from tests.terraform.conftest import Jobs

MODULE = "github_oidc_role"
PLACE = (MODULE, "aws_iam_policy", "this")
CHANGES = ("Create", "Delete", "Put", "Update", "Modify", "Run", "Register", "Attach", "Set")


@pytest.fixture(scope="module")
def policies(jobs: Jobs) -> dict[str, str]:
    """Of a role that deploys, by area, as the module's own tests leave them."""
    messages = json_lines(jobs.module_tests[MODULE].result().stdout)
    first = next(message["test_state"] for message in messages if "test_state" in message)
    found: dict[str, str] = first["outputs"]["policies"]["value"]
    return found


def statements(policies: dict[str, str], area: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policies[area])["Statement"]
    return found


def test_the_tools_find_nothing_but_what_is_exempted_with_a_reason(policies: dict[str, str]) -> None:
    reasons = exemptions.of_modules().reasons
    found = {one["issue"] for one in call_outside("iam_run", policies)} - {"ServicesAffected"}
    assert {issue for issue in found if (PLACE, issue) not in reasons} == set()
    assert {issue for place, issue in reasons if place == PLACE} == found, "each exemption is needed"


@pytest.mark.parametrize("area", ["look", "data"])
def test_a_reader_asks_and_changes_nothing(policies: dict[str, str], area: str) -> None:
    for statement in statements(policies, area):
        for action in statement["Action"]:
            assert not action.partition(":")[2].startswith(CHANGES), action


def test_actions_are_named_and_never_by_pattern(policies: dict[str, str]) -> None:
    for area in policies:
        for statement in statements(policies, area):
            assert not [action for action in statement["Action"] if "*" in action], statement["Sid"]


def test_roles_are_given_to_tasks_only(policies: dict[str, str]) -> None:
    (statement,) = [one for one in statements(policies, "identity") if "iam:PassRole" in one["Action"]]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert all(":role/shop-production-" in arn for arn in statement["Resource"])


def test_what_aws_names_is_changed_by_the_environments_tags_only(policies: dict[str, str]) -> None:
    scaling = [one for one in statements(policies, "scaling") if ":scalable-target/" in str(one["Resource"])]
    assert len(scaling) == 2
    for statement in [*statements(policies, "network"), *scaling]:
        (tags,) = statement["Condition"].values()
        assert set(tags.values()) == {"shop", "production"}, statement["Sid"]


def test_what_commands_ask_is_compared_with_all_actions_of_these_policies(policies: dict[str, str]) -> None:
    """The one test that has a whole life of a deployment ends with that comparison: the fixture ``deployment``."""
    actions = {action for area in policies for one in statements(policies, area) for action in one["Action"]}
    assert deploy_role.allowed("deploy") == actions
    read = {
        action for area in ("look", "data", "state") for one in statements(policies, area) for action in one["Action"]
    }
    assert deploy_role.allowed("read") == read


def test_what_a_role_lacks_is_told_by_command() -> None:
    noted = ("plan ecs:DescribeServices", "plan ecs:RunTask", "deploy ecs:RunTask", "deploy s3:HeadBucket")
    actions = deploy_role.asked_for("\n".join((*noted, "deploy sns:Publish", "plan sts:GetCallerIdentity")))
    assert deploy_role.refused(actions) == {"plan": ["ecs:RunTask"], "deploy": ["sns:Publish"]}


def test_what_the_deployer_calls_itself_is_allowed_on_aws_too() -> None:
    """Also what no test reaches on the embedded AWS. The deployer's own calls; Terraform's are not in its code."""
    files = [path for path in (ROOT / "cli").rglob("*.py") if path.name != "state_bucket.py"]  # made once for all roles
    called = deploy_role.called("\n".join(path.read_text(encoding="utf-8") for path in files))
    assert len(called) > 50
    allowed = deploy_role.allowed("deploy") | deploy_role.ALWAYS_ALLOWED
    assert {name: sorted(actions) for name, actions in called.items() if not actions & allowed} == {}
