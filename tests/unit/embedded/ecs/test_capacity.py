"""The machine bears so many tasks; one service that wants thousands leaves room for the others and goes on serving."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.ecs.capacity import FEWEST, MOST, UNAVAILABLE, Capacity, of_machine, usable_memory_bytes
from embedded.ecs.rollout import STARTING_AT_ONCE, Bounds, TaskView, decide
from tests.unit.embedded.ecs.fakes import TWO, Toy

GIB = 2**30


def tasks(count: int, group: str, *, status: str = "RUNNING", cluster: str = "toys") -> list[SimpleNamespace]:
    return [SimpleNamespace(cluster_name=cluster, group=group, last_status=status)] * count


def grown(capacity: Capacity, group: str, there: list[SimpleNamespace]) -> int:
    """How many tasks a group gets that wants any number of them, beside those that are there."""
    count = 0
    while capacity.admits("toys", group, [*there, *tasks(count, group)]):
        count += 1
    return count


@pytest.mark.parametrize(("gib", "expected"), [(1, FEWEST), (8, FEWEST), (16, 42), (24, 64), (64, 170), (1024, MOST)])
def test_the_machine_says_how_many(gib: int, expected: int) -> None:
    assert of_machine(gib * GIB).max_tasks == expected


def test_a_container_may_have_less_memory_than_its_machine(tmp_path: Path) -> None:
    machine = usable_memory_bytes([])
    limits = [tmp_path / name for name in ("absent", "none", "huge", "own")]
    for path, text in zip(limits[1:], ("max\n", "9223372036854771712\n", "1073741824\n"), strict=True):
        path.write_text(text)
    assert usable_memory_bytes(limits[:3]) == machine
    assert usable_memory_bytes(limits) == GIB


@given(st.integers(4, MOST))
def test_one_service_never_takes_every_place(limit: int) -> None:
    capacity = Capacity(max_tasks=limit)
    greedy = grown(capacity, "service:greedy", [])
    assert 0 < greedy < limit
    assert greedy <= 0.75 * limit + 1


def test_services_of_two_systems_roll_with_canaries_beside_one_that_wants_thousands() -> None:
    capacity = of_machine(24 * GIB)
    there = tasks(grown(capacity, "service:greedy", []), "service:greedy")
    for name in ("web", "web-canary"):
        assert grown(capacity, f"service:{name}", there) >= 4
        there += tasks(4, f"service:{name}")


def test_two_systems_that_roll_everything_at_once_fit_into_the_smallest_machine() -> None:
    capacity = of_machine(1)
    there: list[SimpleNamespace] = []
    for system in ("one", "two"):
        for name in ("web", "web-canary", "orders", "orders-canary"):
            group = f"service:{system}-{name}"
            for _ in range(4):  # two tasks, and two more while they roll
                assert capacity.admits("toys", group, there), (group, len(there))
                there += tasks(1, group)


def test_what_has_stopped_takes_no_place_and_clusters_are_apart() -> None:
    capacity = Capacity(max_tasks=4)
    assert not capacity.admits("toys", "service:a", tasks(3, "service:a"))
    assert capacity.admits("toys", "service:a", tasks(3, "service:a", status="STOPPED"))
    assert capacity.admits("toys", "service:a", tasks(3, "service:a", cluster="other"))
    assert not capacity.admits("toys", "service:a", tasks(4, "service:b"))


def test_tasks_outside_services_share_one_threshold_whatever_group_they_name() -> None:
    capacity = Capacity(max_tasks=8)
    there = [*tasks(3, "family:a"), *tasks(3, "made-up")]
    assert not capacity.admits("toys", "another", there)
    assert capacity.admits("toys", "service:web", there)


def test_tasks_start_in_small_batches() -> None:
    bounds = Bounds.of(desired=5000, minimum_percent=100, maximum_percent=200)

    def views(count: int, *, in_service: bool) -> list[TaskView]:
        return [TaskView(id=f"{n}", deployment="one", in_service=in_service, stopping=False) for n in range(count)]

    starting = [decide(primary="one", bounds=bounds, tasks=views(n, in_service=False)).start for n in (0, 1, 4, 9)]
    assert starting == [STARTING_AT_ONCE, STARTING_AT_ONCE - 1, 0, 0]
    assert decide(primary="one", bounds=bounds, tasks=views(50, in_service=True)).start == STARTING_AT_ONCE


@pytest.fixture
def crowded() -> Toy:
    """A service in its steady state that then wants thousands, and gets 6 tasks."""
    toy = Toy()
    toy.places = 6
    toy.tick()
    toy.bring_up()
    toy.record.desired_count = 5000
    toy.bring_up()
    return toy


def test_a_service_without_room_serves_with_what_it_has_and_says_so_once(crowded: Toy) -> None:
    assert (crowded.record.running_count, crowded.record.desired_count) == (6, 5000)
    assert crowded.controller.lacks_capacity
    assert crowded.controller.settled, "a start of the embedded AWS does not wait for it"
    crowded.tick()
    said = [text for text in crowded.messages if "unable to place" in text]
    assert said[0] == f"(service toy) was unable to place a task. Reason: {UNAVAILABLE}."
    assert crowded.messages[0] == said[0]
    assert not any(task.stops for task in crowded.tasks)
    assert crowded.primary["failedTasks"] == 0


def test_a_lower_count_is_obeyed_at_once(crowded: Toy) -> None:
    crowded.record.desired_count = 2
    crowded.tick()
    assert len(crowded.active()) == 2
    assert not crowded.controller.lacks_capacity
    crowded.bring_up()
    assert crowded.messages[0] == "(service toy) has reached a steady state."


def test_a_lower_count_with_another_revision_rolls_at_once(crowded: Toy) -> None:
    crowded.record.desired_count, crowded.record.task_definition = 2, TWO
    crowded.tick()
    crowded.places = 8
    crowded.bring_up()
    assert {task.deployment.task_definition for task in crowded.active()} == {TWO}
    assert len(crowded.active()) == 2
    assert crowded.primary["rolloutState"] == "COMPLETED"


def test_room_that_comes_free_is_taken(crowded: Toy) -> None:
    crowded.places = 8
    crowded.bring_up()
    assert crowded.record.running_count == 8
