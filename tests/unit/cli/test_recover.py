"""What is taken over after a killed run, and what is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cli.errors import CommandError
from cli.existing import Existing
from cli.recover import FindExisting, import_leftovers
from settings.settings import Settings

SETTINGS = Settings.from_environ({"ENV": "blue"})
OWN = {"Project": "mysfits", "Env": "blue", "Name": "x"}
ALB, LISTENER, RULE = (
    "module.alb.aws_lb.this",
    "module.alb.aws_lb_listener.this",
    "module.like.aws_lb_listener_rule.this",
)


class FakeTerraform:
    """Wants to create ``wanted`` (kind by address), minus what was imported."""

    def __init__(self, wanted: Mapping[str, str], *, forgets: bool = False) -> None:
        self.wanted = dict(wanted)
        self.imported: list[tuple[str, str]] = []
        self.planned_with: list[dict[str, str]] = []
        self.in_part: dict[str, str] = {}
        self.untainted: list[str] = []
        self.plans = 0
        self._forgets = forgets

    def planned_creations(self, variables: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
        self.plans += 1
        self.planned_with.append(dict(variables))
        return [(address, kind, {"name": address}) for address, kind in self.wanted.items()]

    def tainted(self) -> list[tuple[str, str]]:
        return list(self.in_part.items())

    def untaint(self, address: str) -> None:
        assert not self.plans, "before any plan is made with it"
        self.untainted.append(address)

    def import_resource(self, address: str, import_id: str) -> None:
        self.imported.append((address, import_id))
        if not self._forgets:
            del self.wanted[address]


def finding(tags: Mapping[str, Mapping[str, str]]) -> FindExisting:
    """Finds an object for every address in ``tags``, carrying those."""

    def find(settings: Settings, kind: str, planned: Mapping[str, Any]) -> Existing | None:
        assert settings is SETTINGS
        name = planned["name"]
        return Existing(import_id=f"id of {name}", what=kind, tags=tags[name]) if name in tags else None

    return find


def take_over(terraform: FakeTerraform, tags: Mapping[str, Mapping[str, str]]) -> list[str]:
    said: list[str] = []
    import_leftovers(SETTINGS, terraform, {"like_weight": "0"}, say=said.append, find=finding(tags))
    return said


def test_what_a_plan_with_the_variables_of_the_walk_would_create_is_imported_and_named() -> None:
    terraform = FakeTerraform({ALB: "aws_lb", RULE: "aws_lb_listener_rule"})
    said = take_over(terraform, {ALB: OWN})
    assert terraform.imported == [(ALB, f"id of {ALB}")]
    assert terraform.planned_with == [{"like_weight": "0"}] * 2
    assert said == [f"  {ALB} exists already; taking it over"]


def test_it_looks_again_after_an_import_because_more_may_be_known_then() -> None:
    class Chain(FakeTerraform):
        def import_resource(self, address: str, import_id: str) -> None:
            super().import_resource(address, import_id)
            self.wanted |= {LISTENER: "aws_lb_listener"} if address == ALB else {}

    terraform = Chain({ALB: "aws_lb"})
    take_over(terraform, {ALB: OWN, LISTENER: OWN})
    assert [address for address, _ in terraform.imported] == [ALB, LISTENER]
    assert terraform.plans == 3


def test_nothing_in_the_way_costs_one_plan() -> None:
    terraform = FakeTerraform({ALB: "aws_lb"})
    assert take_over(terraform, {}) == []
    assert terraform.plans == 1


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"Project": "mysfits"},
        {"Env": "blue"},
        {"Project": "mysfits", "Env": "dev"},
        {"Project": "x", "Env": "blue"},
    ],
    ids=["none", "no environment", "no project", "another environment", "another project"],
)
def test_an_object_without_our_tags_is_named_and_nothing_is_imported(tags: dict[str, str]) -> None:
    terraform = FakeTerraform({ALB: "aws_lb", RULE: "aws_lb_listener_rule"})
    with pytest.raises(CommandError) as caught:
        take_over(terraform, {ALB: OWN, RULE: tags})
    text = str(caught.value)
    assert caught.value.exit_code == 1
    assert f"aws_lb_listener_rule (id of {RULE})" in text
    assert f"for {RULE}" in text
    assert f"(id of {ALB})" not in text
    assert "tag it Env=blue, Project=mysfits" in text
    assert "run the same command again" in " ".join(text.split())
    assert terraform.imported == []


def test_an_import_that_changes_nothing_ends_with_an_error_rather_than_never() -> None:
    terraform = FakeTerraform({ALB: "aws_lb"}, forgets=True)
    with pytest.raises(CommandError, match=f"still wants to create {ALB}"):
        take_over(terraform, {ALB: OWN})
    assert len(terraform.imported) == 1


def test_objects_without_end_end_with_an_error() -> None:
    class Endless(FakeTerraform):
        def import_resource(self, address: str, import_id: str) -> None:
            super().import_resource(address, import_id)
            self.wanted[f"{address}'"] = "aws_lb"

    terraform = Endless({"a": "aws_lb"})
    with pytest.raises(CommandError, match="still wants to create"):
        take_over(terraform, {f"a{chr(39) * number}": OWN for number in range(100)})
    assert len(terraform.imported) == 10


def test_what_was_made_in_part_is_finished_where_its_name_is_taken_and_replaced_elsewhere() -> None:
    terraform = FakeTerraform({})
    terraform.in_part = {"aws_cloudwatch_log_group.logs": "aws_cloudwatch_log_group", "aws_eip.nat": "aws_eip"}
    assert take_over(terraform, {}) == ["  aws_cloudwatch_log_group.logs was made in part; finishing it"]
    assert terraform.untainted == ["aws_cloudwatch_log_group.logs"]
