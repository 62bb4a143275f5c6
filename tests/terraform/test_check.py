"""`make check` finds nothing in the checkout, and finds what is wrong where something is.

Every stage is examined in both profiles, as other tests planned them; the command itself plans one here. ruff, mypy,
`terraform fmt` and `validate` are in tests of their own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from policy import plans
from policy.findings import Result
from policy.infrastructure import checkov, own_rules, permissions
from policy.plans import Plan
from policy.sources import WORKFLOWS, secrets_in
from policy.terraform_runs import MockedApply
from policy.tools import call
from systems.checkout import ROOT
from tests.terraform.conftest import environ_with

CHECKS: Final = ("workflows", "rules", "bandit", "secrets", "audit")


BAD: Final = "bad"
"""Stage of the plan in which everything is wrong."""


def _bad_plan() -> Plan:
    everything = {"Effect": "Allow", "Action": ["iam:PassRole", "s3:GetObjekt"], "Resource": ["*"]}
    values: Mapping[str, Mapping[str, object]] = {
        "aws_ecr_repository": {"image_tag_mutability": "MUTABLE", "name": "shop", "repository_url": "ours/shop"},
        "aws_ecs_task_definition": {"container_definitions": json.dumps([{"name": "shop", "image": "theirs/shop:1"}])},
        "aws_iam_role_policy": {"policy": json.dumps({"Version": "2012-10-17", "Statement": [everything]})},
    }
    resources = [
        {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "values": found}
        for kind, found in values.items()
    ]
    applied = MockedApply(root_module={"resources": resources})
    document: Mapping[str, Any] = {"resource": {kind: {"x": {}} for kind in values}}
    return Plan(stage=BAD, profile="dev", document=document, applied=applied)


@pytest.fixture(scope="module")
def results(planned: tuple[Plan, ...], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """What the tools say of every stage and profile, and of a plan beside them in which everything is wrong."""
    plans = (*planned, _bad_plan())
    return {
        "checkov": checkov(plans, whole=True, folder=tmp_path_factory.mktemp("checkov")),
        "permissions": permissions(plans),
        "rules": own_rules(plans, SYSTEM),
    }


def test_plans_of_every_stage_and_profile_pass(planned: tuple[Plan, ...], results: Mapping[str, Result]) -> None:
    assert [(plan.stage, plan.profile) for plan in planned] == list(plans.all_of("mysfits"))
    found = [str(one) for result in results.values() for one in result.findings]
    assert [line for line in found if not line.startswith(f"{BAD}/")] == []
    assert all(result.exempted for result in results.values()), "they did look"


@pytest.mark.parametrize(
    ("tool", "rule", "kind"),
    [
        ("checkov", "CKV_AWS_51", "aws_ecr_repository"),
        ("permissions", "parliament UNKNOWN_ACTION", "aws_iam_role_policy"),
        ("permissions", "cloudsplaining ResourceExposure", "aws_iam_role_policy"),
        ("rules", "FIXED_IMAGES", "aws_ecr_repository"),
        ("rules", "NON_ROOT", "aws_ecs_task_definition"),
    ],
)
def test_what_is_wrong_in_one_plan_is_found_there(
    tool: str, rule: str, kind: str, results: Mapping[str, Result]
) -> None:
    assert (f"{BAD}/dev {kind}.x", rule) in {(one.where, one.rule) for one in results[tool].findings}


def test_the_command_plans_and_every_other_check_passes() -> None:
    command = [sys.executable, "-m", "policy", *CHECKS, "--stages=placeholder", "--profiles=production"]
    answer = subprocess.run(command, cwd=ROOT, env=environ_with(), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    verdicts = dict(re.findall(r"^(\S+(?:[ ,]\S+)*?)  +(passed|unknown|failed) ", answer.stdout, re.MULTILINE))
    audit = verdicts.pop("pip-audit")
    assert set(verdicts.values()) == {"passed"}
    assert len(verdicts) == len(CHECKS) - 1
    assert re.search(r"our own rules +passed .* \d{2,3} resources", answer.stdout)
    # Where no service of advisories can be reached, it says so of every package.
    assert audit == "passed" or "none was audited: " in answer.stdout


def test_a_script_in_a_workflow_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "scan.yml"
    text = (WORKFLOWS / "scan.yml").read_text(encoding="utf-8")
    file.write_text(text.replace('"$SERVICE:scan"', "$SERVICE:scan"), encoding="utf-8")
    answer = call("jactionlint", "--strict-exit", str(file))
    assert answer.returncode == 1
    assert "SC2086" in answer.stdout


def test_a_secret_is_found_in_every_file_that_has_it(tmp_path: Path) -> None:
    line = 'key = "AKIA' + 'QQQQWWWWEEEERRRR"\n'  # not in one piece, or it would be found here
    for name, before in {"one.py": "", "two.py": "a = 1\n\n    ", "three.md": "# A key\n"}.items():
        (tmp_path / name).write_text(before + line, encoding="utf-8")
    result = secrets_in(tmp_path, ["one.py", "two.py", "three.md"], tmp_path / "copy")
    assert {one.where for one in result.findings} == {"one.py:1", "two.py:3", "three.md:2"}


def test_an_action_by_tag_is_found(tmp_path: Path) -> None:
    file = tmp_path / "deploy.yml"
    text = (WORKFLOWS / "deploy.yml").read_text(encoding="utf-8")
    file.write_text(re.sub(r"(actions/checkout)@\w+ # (v\S+)", r"\1@\2", text), encoding="utf-8")
    answer = call("jactionlint", "--strict-exit", str(file))
    assert answer.returncode == 1
    assert "actions/checkout@v" in answer.stdout
