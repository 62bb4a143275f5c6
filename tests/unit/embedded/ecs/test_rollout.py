"""Rolling deployment as arithmetic: the bounds hold at every step, and every deployment ends."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from embedded.ecs.rollout import (
    Bounds,
    Step,
    TaskView,
    decide,
    failure_threshold,
    is_complete,
    restart_delay_seconds,
)

BOUNDS = Bounds.of(desired=2, minimum_percent=100, maximum_percent=200)


def task(name: str, deployment: str, *, in_service: bool = True, stopping: bool = False) -> TaskView:
    return TaskView(id=name, deployment=deployment, in_service=in_service, stopping=stopping)


def ill(name: str, deployment: str = "new") -> TaskView:
    return TaskView(id=name, deployment=deployment, in_service=False, stopping=False, unhealthy=True)


def test_a_new_service_starts_all_its_tasks() -> None:
    step = decide(primary="new", bounds=BOUNDS, tasks=[])
    assert (step.start, step.stop) == (2, ())


def test_old_tasks_stay_until_new_ones_are_in_service() -> None:
    old = [task("a", "old"), task("b", "old")]
    starting = [task("c", "new", in_service=False), task("d", "new", in_service=False)]
    assert decide(primary="new", bounds=BOUNDS, tasks=old + starting).stop == ()


def test_one_old_task_leaves_for_each_new_one_in_service() -> None:
    tasks = [task("a", "old"), task("b", "old"), task("c", "new"), task("d", "new", in_service=False)]
    assert len(decide(primary="new", bounds=BOUNDS, tasks=tasks).stop) == 1


def test_a_broken_old_task_leaves_at_once() -> None:
    tasks = [task("a", "old", in_service=False), task("b", "old"), task("c", "new", in_service=False)]
    assert decide(primary="new", bounds=BOUNDS, tasks=tasks).stop == ("a",)


def test_unhealthy_tasks_stay_until_others_are_in_service_in_their_place() -> None:
    step = decide(primary="new", bounds=BOUNDS, tasks=[ill("a"), ill("b")])
    assert (step.start, step.stop) == (2, ())
    starting = task("d", "new", in_service=False)
    step = decide(primary="new", bounds=BOUNDS, tasks=[ill("a"), ill("b"), task("c", "new"), starting])
    assert (step.start, step.stop) == (0, ("a",))
    step = decide(primary="new", bounds=BOUNDS, tasks=[ill("b"), task("c", "new"), task("d", "new")])
    assert (step.start, step.stop) == (0, ("b",))


def test_of_unhealthy_tasks_that_recover_meanwhile_none_is_stopped_but_who_is_too_many() -> None:
    recovered = [task("a", "new"), task("b", "new")]
    starting = [task(name, "new", in_service=False) for name in ("c", "d")]
    assert decide(primary="new", bounds=BOUNDS, tasks=recovered + starting).stop == ("c", "d")


def test_a_replacement_that_is_unhealthy_too_makes_one_of_them_go() -> None:
    step = decide(primary="new", bounds=BOUNDS, tasks=[ill("a"), ill("b"), ill("c")])
    assert (step.start, len(step.stop)) == (1, 1)


def test_an_unhealthy_task_goes_first_where_no_other_may_be_started_beside_it_and_one_at_a_time() -> None:
    no_more = Bounds.of(desired=2, minimum_percent=50, maximum_percent=100)
    assert decide(primary="new", bounds=no_more, tasks=[ill("a"), ill("b")]) == Step(start=0, stop=("a",))
    starting = task("c", "new", in_service=False)
    assert decide(primary="new", bounds=no_more, tasks=[ill("b"), starting]) == Step(start=0, stop=())
    assert decide(primary="new", bounds=no_more, tasks=[ill("b"), task("c", "new")]) == Step(start=0, stop=("b",))


def test_unhealthy_tasks_of_the_old_revision_stay_until_the_new_one_serves() -> None:
    old = [ill("a", "old"), ill("b", "old")]
    starting = task("d", "new", in_service=False)
    assert decide(primary="new", bounds=BOUNDS, tasks=[*old, starting]).stop == ()
    assert decide(primary="new", bounds=BOUNDS, tasks=[*old, task("c", "new"), starting]).stop == ("a",)


def test_a_healthy_old_task_is_not_stopped_because_new_ones_are_unhealthy() -> None:
    tasks = [task("a", "old"), task("b", "old"), ill("c"), ill("d")]
    step = decide(primary="new", bounds=BOUNDS, tasks=tasks)
    assert (step.start, step.stop) == (0, ("c",))


def test_scaling_in_stops_the_surplus_only() -> None:
    one = dataclasses.replace(BOUNDS, desired=1, minimum_in_service=1, maximum=2)
    tasks = [task("a", "new"), task("b", "new", in_service=False)]
    assert decide(primary="new", bounds=one, tasks=tasks).stop == ("b",)


def test_percentages_round_so_that_capacity_is_kept() -> None:
    bounds = Bounds.of(desired=3, minimum_percent=50, maximum_percent=150)
    assert (bounds.minimum_in_service, bounds.maximum) == (2, 4)


def test_a_draining_task_keeps_the_deployment_from_completing() -> None:
    done = [task("c", "new"), task("d", "new")]
    assert not is_complete(primary="new", bounds=BOUNDS, tasks=[*done, task("a", "old", stopping=True)])
    assert is_complete(primary="new", bounds=BOUNDS, tasks=done)


@given(desired=st.integers(1, 12), minimum=st.integers(0, 100), maximum=st.integers(101, 200), data=st.data())
def test_no_step_breaks_the_bounds_and_the_rollout_ends(
    desired: int, minimum: int, maximum: int, data: st.DataObject
) -> None:
    """Tasks become healthy and stop in any order; ECS's own rule is that maximum leaves room for one more task."""
    bounds = Bounds.of(desired=desired, minimum_percent=minimum, maximum_percent=maximum)
    if bounds.maximum == desired and bounds.minimum_in_service == desired:
        return
    tasks = [task(f"old{number}", "old") for number in range(desired)]
    for turn in range(200):
        serving = sum(view.in_service and not view.stopping for view in tasks)
        step = decide(primary="new", bounds=bounds, tasks=tasks)
        active = sum(not view.stopping for view in tasks)
        assert active + step.start <= max(bounds.maximum, active)
        stopped = [view for view in tasks if view.id in step.stop]
        assert serving - sum(view.in_service for view in stopped) >= min(serving, bounds.minimum_in_service)
        tasks = [dataclasses.replace(view, stopping=view.stopping or view.id in step.stop) for view in tasks]
        tasks += [task(f"new{turn}-{number}", "new", in_service=False) for number in range(step.start)]
        if is_complete(primary="new", bounds=bounds, tasks=tasks):
            return
        tasks = [view for view in tasks if not view.stopping or data.draw(st.booleans())]
        waiting = [view.id for view in tasks if not view.in_service]
        ready = set(data.draw(st.lists(st.sampled_from(waiting), min_size=1))) if waiting else set()
        tasks = [dataclasses.replace(view, in_service=view.in_service or view.id in ready) for view in tasks]
    raise AssertionError(f"the rollout did not end: {tasks}")


@given(desired=st.integers(1, 6), minimum=st.integers(0, 100), maximum=st.integers(100, 200), data=st.data())
def test_a_service_whose_tasks_fall_ill_has_all_its_tasks_again_once_they_stay_well(
    desired: int, minimum: int, maximum: int, data: st.DataObject
) -> None:
    bounds = Bounds.of(desired=desired, minimum_percent=minimum, maximum_percent=maximum)
    if bounds.maximum == desired and bounds.minimum_in_service == desired:
        return
    tasks = [task(f"first{number}", "new") for number in range(desired)]
    for turn in range(100):
        if turn < 10 and tasks:
            fallen = set(data.draw(st.lists(st.sampled_from([view.id for view in tasks]))))
            tasks = [ill(view.id) if view.id in fallen else view for view in tasks]
        step = decide(primary="new", bounds=bounds, tasks=tasks)
        serves = sum(view.in_service or view.unhealthy for view in tasks)
        stopped = [view for view in tasks if view.id in step.stop]
        left = serves - sum(view.in_service or view.unhealthy for view in stopped)
        assert left >= min(serves, bounds.minimum_in_service)
        assert len(tasks) + step.start <= max(bounds.maximum, len(tasks))
        tasks = [dataclasses.replace(view, in_service=not view.unhealthy) for view in tasks if view.id not in step.stop]
        tasks += [task(f"{turn}-{number}", "new", in_service=False) for number in range(step.start)]
    assert is_complete(primary="new", bounds=bounds, tasks=tasks), tasks


def test_the_circuit_breaker_opens_at_half_of_desired_but_not_before_three() -> None:
    assert [failure_threshold(desired) for desired in (1, 2, 6, 7, 100, 1000)] == [3, 3, 3, 4, 50, 200]


def test_the_first_restart_is_at_once_and_later_ones_back_off() -> None:
    assert [restart_delay_seconds(failures) for failures in (0, 1, 2, 3, 4, 9, 50)] == [0, 0, 1, 2, 4, 30, 30]
