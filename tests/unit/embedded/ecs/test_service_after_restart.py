"""A service after the daemon was started again."""

from __future__ import annotations

import pickle
from typing import Any

from tests.unit.embedded.ecs.fakes import ONE, THREE, TWO, Toy, fail, roll


def restarted(toy: Toy) -> Toy:
    """The same service in a new life: its record was on disk, its tasks are over."""
    record: Any = pickle.loads(pickle.dumps(toy.record))  # noqa: S301 - its own
    record.running_count = record.pending_count = 0
    again = Toy(record)
    again.clock.now = 1.0  # a machine that was just booted
    return again


def test_after_a_restart_the_same_deployment_starts_its_tasks_again(steady: Toy) -> None:
    again = restarted(steady)
    assert not again.controller.settled
    again.tick()
    assert len(again.tasks) == 2
    assert [again.primary[name] for name in ("id", "createdAt", "rolloutState", "taskDefinition")] == [
        steady.primary[name] for name in ("id", "createdAt", "rolloutState", "taskDefinition")
    ]
    assert set(steady.messages) <= set(again.messages)
    again.bring_up()
    assert again.controller.settled
    assert again.messages[0] == "(service toy) has reached a steady state."
    assert len(again.record.deployments) == 1


def test_after_a_restart_a_rollout_goes_on_and_can_still_go_back(steady: Toy) -> None:
    roll(steady, TWO)
    fail(steady, 2)
    again = restarted(steady)
    again.tick()
    assert again.primary["taskDefinition"] == TWO
    assert again.primary["rolloutState"] == "IN_PROGRESS"
    assert len(again.tasks) == 2, "no pause by the clock of the former life"
    fail(again, 1)
    assert again.primary["taskDefinition"] == ONE, "the failures before the restart count"


def test_after_a_restart_a_forced_deployment_is_not_made_twice(steady: Toy) -> None:
    steady.record.deployment_nonce = 3
    steady.tick()
    steady.bring_up()
    again = restarted(steady)
    again.tick()
    assert again.primary["id"] == steady.primary["id"]


def test_a_revision_asked_for_while_nothing_ran_is_rolled(steady: Toy) -> None:
    again = restarted(steady)
    again.record.task_definition = THREE
    again.tick()
    assert again.primary["taskDefinition"] == THREE
