"""What checkov says becomes findings where the block is, and exemptions are obeyed there and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policy import infrastructure
from policy.distinct import plan_files
from policy.plans import Plan
from policy.terraform_runs import MockedApply

Fault = Callable[[Mapping[str, Any]], Iterator[dict[str, Any]]]
"""What checkov says, given what it is asked to look at."""
Says = Callable[..., None]
DOCUMENT = {
    "module": {"shop": {"source": "../../../modules/alb"}},
    "resource": {"aws_s3_bucket": {"site": {"//": {"exempt": {"CKV_AWS_18": "it is public"}}}}},
}
ADDRESSES = (
    *("aws_s3_bucket.site", "aws_s3_bucket.other", "module.shop.aws_lb.this"),
    *("module.shop.aws_ecs_service.this", "module.shop.aws_security_group.this"),
)


def plan_of(*, profile: str = "dev", made_up: str = "ab12cd34", **values: Any) -> Plan:
    """A plan of ADDRESSES, each with these values and an id that a mock made up."""
    resources = [
        {
            "address": address,
            "mode": "managed",
            "type": address.split(".")[-2],
            "values": {"id": made_up, "vpc_id": made_up, "said_by_aws": f"{made_up[:-2]}0{number}", **values},
        }
        for number, address in enumerate(ADDRESSES)
    ]
    applied = MockedApply(root_module={"resources": resources})
    return Plan(stage="split", profile=profile, document=DOCUMENT, applied=applied)


@pytest.fixture
def plan() -> Plan:
    return plan_of()


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    def say(*faults: Fault) -> None:
        def call(_program: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
            return [record for fault in faults for record in fault(given)]

        monkeypatch.setattr(infrastructure, "call_outside", call)

    return say


def failed(source: Path | str, resource: str, check: str) -> dict[str, Any]:
    return {"source": str(source), "resource": resource, "check": check, "title": "Ensure it", "passed": False}


def in_plans(kind: str, name: str, check: str) -> Fault:
    def find(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for file in given["plans"]:
            root = json.loads(Path(file).read_text(encoding="utf-8"))["planned_values"]["root_module"]
            for module in (root, *root.get("child_modules", ())):
                for one in module.get("resources", ()):
                    if (one["type"], one["name"]) == (kind, name):
                        yield failed(file, one["address"], check)

    return find


def in_module(file: str, resource: str, check: str) -> Fault:
    return lambda given: iter([failed(Path(given["modules"]) / file, resource, check)])


def found(folder: Path, *planned: Plan, whole: bool = False) -> tuple[Sequence[str], int]:
    folder.mkdir(exist_ok=True)
    result = infrastructure.checkov(planned, whole=whole, folder=folder)
    return [str(one) for one in result.findings], result.exempted


def test_a_finding_names_plan_and_address(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(in_plans("aws_s3_bucket", "other", "CKV_AWS_18"))
    assert found(tmp_path, plan) == (["split/dev aws_s3_bucket.other: CKV_AWS_18: Ensure it"], 0)


def test_what_is_exempted_in_the_stack_is_counted_and_not_told(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(in_plans("aws_s3_bucket", "site", "CKV_AWS_18"))
    assert found(tmp_path, plan) == ([], 1)


def test_an_exemption_in_a_module_holds_for_its_resource_in_every_plan(says: Says, plan: Plan, tmp_path: Path) -> None:
    says(
        in_plans("aws_lb", "this", "CKV_AWS_150"),
        in_module("alb/main.tf", "aws_lb.this", "CKV_AWS_150"),
        in_module("alb/main.tf", "aws_lb_listener.redirect", "CKV_AWS_150"),
    )
    assert found(tmp_path, plan) == (["modules/alb/main.tf aws_lb_listener.redirect: CKV_AWS_150: Ensure it"], 2)


def test_what_a_mocked_plan_cannot_show_is_left_to_the_scan_of_the_modules(
    says: Says, plan: Plan, tmp_path: Path
) -> None:
    says(
        in_plans("aws_ecs_service", "this", "CKV_AWS_332"),
        in_plans("aws_security_group", "this", "CKV2_AWS_5"),
        in_plans("aws_s3_bucket", "site", "CKV2_AWS_6"),
        in_module("fargate_service/main.tf", "aws_ecs_service.this", "CKV_AWS_332"),
    )
    lines, _ = found(tmp_path, plan)
    assert [line.partition(":")[0] for line in lines] == [
        "modules/fargate_service/main.tf aws_ecs_service.this",
        "split/dev aws_s3_bucket.site",
    ]


@pytest.mark.parametrize(("kind", "address"), [("aws_lb", "module.shop.aws_lb.this"), ("aws_s3_bucket", "")])
def test_one_fault_in_several_plans_is_one_line(
    kind: str, address: str, says: Says, plan: Plan, tmp_path: Path
) -> None:
    says(in_plans(kind, "this" if address else "other", "CKV_AWS_1"))
    lines, _ = found(tmp_path, plan, plan_of(profile="production", name="x"))
    assert lines == [f"split/dev {address or 'aws_s3_bucket.other'} and 1 more: CKV_AWS_1: Ensure it"]


def test_an_exemption_that_nothing_needs_is_found_when_everything_was_looked_at(
    says: Says, plan: Plan, tmp_path: Path
) -> None:
    says()
    lines, _ = found(tmp_path, plan, whole=True)
    assert "stack aws_s3_bucket.site: CKV_AWS_18: exemption: nothing needs it; remove it" in lines
    assert found(tmp_path / "again", plan)[0] == []


def test_the_same_resource_of_several_plans_is_looked_at_once_and_named_for_each(plan: Plan, tmp_path: Path) -> None:
    """What a mock makes up differently each time makes no other resource of it."""
    other = replace(plan_of(made_up="zz99yy88"), stage="glue")
    modules, stack = plan_files([plan, other], tmp_path)
    for file, count in ((modules, 3), (stack, 2)):
        assert len(file.places) == count
        for places in file.places.values():
            assert [one.title for one, _ in places] == ["split/dev", "glue/dev"]
    assert {address for places in modules.places.values() for _, address in places} == set(ADDRESSES[2:])


def test_a_resource_with_other_values_is_looked_at_by_itself(plan: Plan, tmp_path: Path) -> None:
    modules, *stacks = plan_files([plan, plan_of(profile="production", name="x")], tmp_path)
    assert len(modules.places) == 6
    assert [list(one.places) for one in stacks] == [list(ADDRESSES[:2])] * 2


def test_what_aws_would_say_and_nobody_configured_is_left_out(tmp_path: Path) -> None:
    """A mock makes it up; a check would take it for the key, or the address, that it looks for."""
    plan = replace(plan_of(logging=[], kms_key=None, mode="optional"), document={**DOCUMENT, "x": "optional"})
    _, stack = plan_files([plan], tmp_path)
    content = json.loads(stack.file.read_text(encoding="utf-8"))
    values = content["planned_values"]["root_module"]["resources"][0]["values"]
    assert values == {"id": "ab12cd34", "vpc_id": "ab12cd34", "mode": "optional"}
