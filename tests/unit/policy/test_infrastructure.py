"""What checkov says becomes findings where the block is, and exemptions are obeyed there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from policy import infrastructure, plans
from policy.plans import Plan
from policy.terraform_runs import MockedApply

Says = Callable[..., None]
DOCUMENT = {
    "module": {"shop": {"source": "../../../modules/alb"}},
    "resource": {"aws_s3_bucket": {"site": {"//": {"exempt": {"CKV_AWS_18": "it is public"}}}}},
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    applied = MockedApply(root_module={"resources": []})
    return plans.write(tmp_path / "plan.json", applied, DOCUMENT, stage="split", profile="dev")


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    def say(*records: dict[str, Any]) -> None:
        monkeypatch.setattr(infrastructure, "call_outside", lambda _program, _given: list(records))

    return say


def failed(source: Path | str, resource: str, check: str) -> dict[str, Any]:
    return {"source": str(source), "resource": resource, "check": check, "title": "Ensure it", "passed": False}


def found(plan: Plan, folder: Path, *, whole: bool = False) -> tuple[Sequence[str], int]:
    result = infrastructure.checkov([plan], whole=whole, folder=folder)
    return [str(one) for one in result.findings], result.exempted


def test_a_finding_names_plan_and_address(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(failed(plan.file, "aws_s3_bucket.other", "CKV_AWS_18"))
    assert found(plan, tmp_path) == (["split/dev aws_s3_bucket.other: CKV_AWS_18: Ensure it"], 0)


def test_what_is_exempted_in_the_stack_is_counted_and_not_told(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(failed(plan.file, "aws_s3_bucket.site", "CKV_AWS_18"))
    assert found(plan, tmp_path) == ([], 1)


def test_an_exemption_in_a_module_holds_for_its_resource_in_every_plan(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(
        failed(plan.file, "module.shop.aws_lb.this", "CKV_AWS_150"),
        failed(tmp_path / "modules" / "alb" / "main.tf", "aws_lb.this", "CKV_AWS_150"),
        failed(tmp_path / "modules" / "alb" / "main.tf", "aws_lb_listener.redirect", "CKV_AWS_150"),
    )
    assert found(plan, tmp_path) == (["modules/alb/main.tf aws_lb_listener.redirect: CKV_AWS_150: Ensure it"], 2)


def test_what_a_mocked_plan_cannot_show_is_left_to_the_scan_of_the_modules(
    says: Says, plan: Plan, tmp_path: Path
) -> None:
    module = tmp_path / "modules" / "fargate_service" / "main.tf"
    says(
        failed(plan.file, "module.shop.aws_ecs_service.this", "CKV_AWS_332"),
        failed(plan.file, "module.shop.aws_security_group.this", "CKV2_AWS_5"),
        failed(plan.file, "aws_s3_bucket.site", "CKV2_AWS_6"),
        failed(module, "aws_ecs_service.this", "CKV_AWS_332"),
    )
    lines, _ = found(plan, tmp_path)
    assert [line.partition(":")[0] for line in lines] == [
        "modules/fargate_service/main.tf aws_ecs_service.this",
        "split/dev aws_s3_bucket.site",
    ]


def test_one_fault_in_several_plans_is_one_line(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(
        *(failed(plan.file, f"aws_eip.{name}", "CKV_AWS_1") for name in "a"),
        failed(plan.file, "aws_eip.a[0]", "CKV_AWS_1"),
    )
    assert found(plan, tmp_path)[0] == ["split/dev aws_eip.a and 1 more: CKV_AWS_1: Ensure it"]


def test_an_exemption_that_nothing_needs_is_found_when_everything_was_looked_at(
    says: Says, plan: Plan, tmp_path: Path
) -> None:
    says()
    lines, _ = found(plan, tmp_path, whole=True)
    assert "stack aws_s3_bucket.site: CKV_AWS_18: exemption: nothing needs it; remove it" in lines
    assert found(plan, tmp_path / "again")[0] == []
