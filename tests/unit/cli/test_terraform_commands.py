"""What Terraform is asked for, what is made of its answers, and what is said when it fails; a stub stands in for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CommandError
from embedded import state
from tests.unit.cli.conftest import TerraformStub

COMMON = "-input=false -no-color -parallelism=20 -lock-timeout=10m"


def change(address: str, *actions: str, **after: Any) -> dict[str, Any]:
    kind = address.split(".")[-2]
    return {"address": address, "type": kind, "change": {"actions": list(actions), "after": after}}


CHANGES = {
    "resource_changes": [
        change("module.like.aws_iam_role.task", "create", name="like"),
        change("aws_s3_bucket.site", "update"),
        change("aws_lb.this", "delete", "create"),
        change("aws_vpc.this", "no-op"),
        change("data.aws_region.this", "read"),
    ]
}


def test_apply_passes_its_variables_in_order_and_refreshes_unless_told_not_to(stub: TerraformStub) -> None:
    stub.terraform.apply({"b": "2", "a": "1"})
    stub.terraform.apply({}, refresh=False)
    assert stub.asked() == [
        f"apply -auto-approve {COMMON} -var=a=1 -var=b=2",
        f"apply -auto-approve {COMMON} -refresh=false",
    ]
    assert stub.asked_in() == {str(stub.settings.stack_dir)}


def test_destroy_asks_nobody(stub: TerraformStub) -> None:
    stub.terraform.destroy()
    assert stub.asked() == [f"destroy -auto-approve {COMMON}"]


def test_what_takes_long_is_told_and_nothing_else(stub: TerraformStub) -> None:
    lines = ["aws_lb.this: Creating...", "aws_lb.this: Still creating... [10s elapsed]", "", "Apply complete!"]
    stub.answers("apply", "\n".join(lines))
    stub.terraform.apply({})
    assert stub.said == ["  aws_lb.this: Still creating... [10s elapsed]"]


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_a_failed_run_shows_its_error_and_not_what_went_before(command: str, stub: TerraformStub) -> None:
    stub.answers(command, "aws_lb.this: Creating...\n\x1b[31mError: no such subnet\x1b[0m\n  on line 3", status=1)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({}) if command == "apply" else stub.terraform.destroy()
    assert str(failed.value) == f"terraform {command} failed with exit code 1:\nError: no such subnet\n  on line 3"


@pytest.mark.parametrize(
    "reason",
    [
        "dial tcp 127.0.0.1:4566: connect: connection refused",
        "Plugin did not respond",
        "Request cancelled\n\n  with aws_lb.this,\n  on cdk.tf.json line 525, in resource.aws_lb.this:",
        "Plugin error",
    ],
    ids=["refused", "silent", "cancelled", "other"],
)
def test_an_embedded_aws_that_ended_meanwhile_is_told_in_one_line(
    reason: str, stub: TerraformStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.answers("apply", f"Error: creating\n\n  {reason}", status=1)
    with pytest.raises(CommandError) as told:
        stub.terraform.apply({})
    assert str(told.value).startswith("The embedded AWS ended while terraform apply was under way; ")
    assert "\n" not in str(told.value)
    monkeypatch.setattr(state, "read", lambda _: object())
    with pytest.raises(CommandError) as told:
        stub.terraform.apply({})
    assert str(told.value).startswith("terraform apply failed with exit code 1:\nError: creating")


def test_a_failure_without_an_error_line_shows_its_end(stub: TerraformStub) -> None:
    stub.answers("apply", "\n".join(f"line {number}" for number in range(30)), status=2)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({})
    assert str(failed.value).splitlines()[1:] == [f"line {number}" for number in range(10, 30)]


def test_a_long_error_is_cut_after_60_lines(stub: TerraformStub) -> None:
    stub.answers("apply", "\n".join(["Error: much", *(f"line {number}" for number in range(100))]), status=1)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({})
    assert len(str(failed.value).splitlines()) == 61


def test_a_plan_tells_each_change_and_its_address(stub: TerraformStub) -> None:
    stub.answers("show", CHANGES)
    assert stub.terraform.plan_text({"a": "1"}) == [
        ("create", "module.like.aws_iam_role.task"),
        ("update", "aws_s3_bucket.site"),
        ("delete/create", "aws_lb.this"),
    ]
    planned, shown = stub.asked()
    assert planned.startswith("plan -out=")
    assert planned.endswith(f" {COMMON} -var=a=1")
    file = planned.split()[1].removeprefix("-out=")
    assert shown == f"show -json {file}"
    assert not Path(file).parent.exists(), "it may have secrets in it"


@pytest.mark.parametrize("answer", [{}, {"resource_changes": [change("aws_vpc.this", "no-op")]}])
def test_a_plan_without_changes_says_so(answer: object, stub: TerraformStub) -> None:
    stub.answers("show", answer)
    assert stub.terraform.plan_text({}) == [("no changes", "")]


def test_what_an_apply_would_create_has_its_type_and_known_attributes(stub: TerraformStub) -> None:
    stub.answers("show", CHANGES)
    assert stub.terraform.planned_creations({}) == [("module.like.aws_iam_role.task", "aws_iam_role", {"name": "like"})]
    stub.answers("show", {})
    assert stub.terraform.planned_creations({}) == []


@pytest.mark.parametrize(("command", "what"), [("plan", "terraform plan"), ("show", "terraform show")])
def test_a_plan_that_fails_says_which_command_did(command: str, what: str, stub: TerraformStub) -> None:
    stub.answers("show", {})
    stub.answers(command, error="Error: bad credentials", status=1)
    with pytest.raises(CommandError, match=f"^{what} failed with exit code 1:\nError: bad credentials$"):
        stub.terraform.plan_text({})


@pytest.mark.parametrize(("status", "empty"), [(0, True), (2, False)])
def test_whether_a_plan_is_empty(status: int, empty: bool, stub: TerraformStub) -> None:
    stub.answers("plan", status=status)
    assert stub.terraform.plan_is_empty({"a": "1"}) is empty
    assert stub.asked() == [f"plan -detailed-exitcode {COMMON} -var=a=1"]


def test_a_plan_that_cannot_be_made_is_not_empty(stub: TerraformStub) -> None:
    stub.answers("plan", error="Error: no state", status=1)
    with pytest.raises(CommandError, match="terraform plan failed with exit code 1"):
        stub.terraform.plan_is_empty({})


def test_what_was_made_in_part_is_found_in_the_stack_and_its_modules(stub: TerraformStub) -> None:
    half = {"address": "aws_lb.this", "type": "aws_lb", "tainted": True}
    deep = {"address": "module.like.aws_ecs_service.this", "type": "aws_ecs_service", "tainted": True}
    whole = {"address": "aws_vpc.this", "type": "aws_vpc"}
    module = {"resources": [deep]}
    stub.answers("show", {"values": {"root_module": {"resources": [half, whole], "child_modules": [module, {}]}}})
    assert stub.terraform.tainted() == [
        ("aws_lb.this", "aws_lb"),
        ("module.like.aws_ecs_service.this", "aws_ecs_service"),
    ]
    assert stub.asked() == ["show -json"]
    stub.answers("show", {})
    assert stub.terraform.tainted() == []


def test_a_resource_is_untainted_by_its_address(stub: TerraformStub) -> None:
    stub.terraform.untaint("aws_lb.this")
    assert stub.asked() == ["untaint -no-color -lock-timeout=10m aws_lb.this"]


def test_an_import_goes_into_the_state_from_a_folder_of_its_own(stub: TerraformStub) -> None:
    stack: dict[str, Any] = {"terraform": {"required_providers": {}}, "provider": {}}
    (stub.settings.stack_dir / "cdk.tf.json").write_text(json.dumps(stack))
    stub.terraform.import_resource("aws_lb.this", "arn:lb")
    state = stub.settings.terraform_state
    assert stub.asked() == [f"import -state={state} -input=false -no-color -lock-timeout=10m aws_lb.this arn:lb"]
    (folder,) = stub.asked_in()
    assert Path(folder).parent == stub.settings.stack_dir.parent
    assert not Path(folder).exists()
    stub.answers("import", error="Error: not there", status=1)
    with pytest.raises(CommandError, match=r"terraform import aws_lb.this failed"):
        stub.terraform.import_resource("aws_lb.this", "arn:lb")


def test_outputs_are_read_from_the_state_once_for_each_apply(stub: TerraformStub) -> None:
    found = {"api_url": "http://a", "services": {"like": {}}}
    stub.with_state(**found)
    assert stub.terraform.outputs() == found
    stub.with_state(api_url="http://b")
    assert stub.terraform.outputs() == found
    stub.terraform.apply({})
    assert stub.terraform.outputs() == {"api_url": "http://b"}
    assert [asked.split()[0] for asked in stub.asked()] == ["apply"]


def test_without_a_state_there_are_no_outputs_and_no_addresses_and_nobody_is_asked(stub: TerraformStub) -> None:
    assert stub.terraform.outputs() == {}
    assert stub.terraform.state_list() == []
    assert stub.asked() == []


def test_the_addresses_are_those_of_a_copy_of_the_state(stub: TerraformStub) -> None:
    state = stub.with_state()
    stub.answers("state", "aws_vpc.this\nmodule.like.aws_ecs_service.this\n")
    assert stub.terraform.state_list() == ["aws_vpc.this", "module.like.aws_ecs_service.this"]
    (asked,) = stub.asked()
    assert asked.startswith("state list -state=")
    assert str(state) not in asked
