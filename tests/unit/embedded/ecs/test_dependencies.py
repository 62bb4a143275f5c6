"""In which order containers start and end, by what they wait for."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.ecs import dependencies
from embedded.ecs.dependencies import Health, Standing


def waiting(name: str, **conditions: str) -> dict[str, Any]:
    return {"name": name, "dependsOn": [{"containerName": on, "condition": what} for on, what in conditions.items()]}


def standing(*, started: bool = True, exit_code: int | None = None, health: Health = "UNKNOWN") -> Standing:
    return Standing(started=started, exit_code=exit_code, health=health)


@pytest.mark.parametrize(
    ("condition", "met", "not_yet", "never"),
    [
        ("START", standing(), standing(started=False), None),
        ("HEALTHY", standing(health="HEALTHY"), standing(), standing(health="UNHEALTHY")),
        ("HEALTHY", standing(health="HEALTHY"), standing(), standing(exit_code=0, health="HEALTHY")),
        ("COMPLETE", standing(exit_code=3), standing(), None),
        ("SUCCESS", standing(exit_code=0), standing(), standing(exit_code=3)),
    ],
)
def test_a_condition_is_met_or_can_still_be_or_cannot(
    condition: str, met: Standing, not_yet: Standing, never: Standing | None
) -> None:
    assert dependencies.is_met(condition, met)
    assert not dependencies.is_met(condition, not_yet)
    assert not dependencies.never_will_be(condition, not_yet)
    assert not dependencies.never_will_be(condition, met)
    if never is not None:
        assert dependencies.never_will_be(condition, never)
        assert not dependencies.is_met(condition, never)


def test_a_container_that_started_and_ended_has_started() -> None:
    assert dependencies.is_met("START", standing(exit_code=1))


def test_those_on_which_nobody_depends_are_stopped_first() -> None:
    definitions = [waiting("web", proxy="START"), waiting("proxy", database="HEALTHY"), waiting("database")]
    assert dependencies.next_to_stop(definitions, ["web", "proxy", "database"]) == ("web",)
    assert dependencies.next_to_stop(definitions, ["proxy", "database"]) == ("proxy",)
    assert dependencies.next_to_stop(definitions, ["database"]) == ("database",)


def test_containers_that_wait_for_each_other_are_found() -> None:
    definitions = [waiting("a", b="START"), waiting("b", a="START"), waiting("c", a="START"), waiting("d")]
    assert dependencies.circle(definitions) == ("a", "b", "c")
    assert dependencies.circle([waiting("a", b="START"), waiting("b")]) == ()
