"""`make check` finds nothing in the checkout, and finds what is wrong where something is.

Here stage split is planned in both profiles; `make check` itself plans every stage. ruff, mypy, `terraform fmt` and
`validate` are in tests of their own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from policy import plans
from policy.infrastructure import permissions
from policy.plans import Plan
from policy.sources import WORKFLOWS
from policy.terraform_runs import MockedApply
from policy.tools import call, call_outside
from systems.checkout import ROOT
from tests.terraform.conftest import environ_with

CHECKS: Final = ("workflows", "checkov", "permissions", "rules", "bandit", "secrets", "audit")


def test_every_check_passes() -> None:
    command = [sys.executable, "-m", "policy", *CHECKS, "--stages=split"]
    answer = subprocess.run(command, cwd=ROOT, env=environ_with(), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    verdicts = dict(re.findall(r"^(\S+(?:[ ,]\S+)*?)  +(passed|unknown|failed) ", answer.stdout, re.MULTILINE))
    audit = verdicts.pop("pip-audit")
    assert set(verdicts.values()) == {"passed"}
    assert len(verdicts) == len(CHECKS) - 1
    # Where no service of advisories can be reached, it says so of every package.
    assert audit == "passed" or "none was audited: " in answer.stdout


def _plan(tmp_path: Path, kind: str, **values: object) -> Plan:
    """A plan with one resource of the stack itself."""
    resource = {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "values": values}
    return plans.write(
        tmp_path / "plan.json",
        MockedApply(root_module={"resources": [resource]}),
        {"resource": {kind: {"x": {}}}},
        stage="split",
        profile="dev",
    )


def test_checkov_finds_a_registry_whose_tags_move(tmp_path: Path) -> None:
    plan = _plan(tmp_path, "aws_ecr_repository", image_tag_mutability="MUTABLE", name="shop")
    records = call_outside("checkov_run", {"modules": None, "plans": [str(plan.file)]})
    failed = {record["check"] for record in records if not record["passed"]}
    assert "CKV_AWS_51" in failed
    assert {record["resource"] for record in records} == {"aws_ecr_repository.x"}


def test_both_tools_find_a_policy_that_is_too_wide(tmp_path: Path) -> None:
    everything = {"Effect": "Allow", "Action": ["iam:PassRole", "s3:GetObjekt"], "Resource": ["*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    rules = {one.rule for one in permissions([_plan(tmp_path, "aws_iam_role_policy", policy=policy)]).findings}
    assert {"parliament UNKNOWN_ACTION", "cloudsplaining ResourceExposure"} <= rules


def test_an_action_by_tag_is_found(tmp_path: Path) -> None:
    file = tmp_path / "deploy.yml"
    text = (WORKFLOWS / "deploy.yml").read_text(encoding="utf-8")
    file.write_text(re.sub(r"(actions/checkout)@\w+ # (v\S+)", r"\1@\2", text), encoding="utf-8")
    answer = call("jactionlint", "--strict-exit", str(file))
    assert answer.returncode == 1
    assert "actions/checkout@v" in answer.stdout
