"""A service's decisions, tick by tick: start, replace, roll, give up, go back, and go on after a restart."""

from __future__ import annotations

import pytest

from embedded.ecs.surroundings import TargetPlace
from tests.unit.embedded.ecs.fakes import ONE, TWO, Toy, fail, roll, service_record


def test_a_new_service_starts_its_tasks_in_its_target_groups(toy: Toy) -> None:
    toy.tick()
    assert [task.places for task in toy.tasks] == [(TargetPlace(group_arn="group", port=8080),)] * 2
    assert (toy.record.running_count, toy.record.pending_count) == (0, 2)
    assert (toy.primary["status"], toy.primary["rolloutState"], toy.primary["pendingCount"]) == (
        "PRIMARY",
        "IN_PROGRESS",
        2,
    )
    assert not toy.controller.settled
    assert toy.messages.count("(service toy) has started 1 tasks: (task task-1).") == 1


def test_a_balancer_without_a_target_group_is_no_place() -> None:
    toy = Toy(service_record(load_balancers=[{"loadBalancerName": "classic"}]))
    toy.tick()
    assert toy.tasks[0].places == ()


def test_a_deployment_completes_when_every_task_is_healthy(toy: Toy) -> None:
    toy.tick()
    first, second = toy.tasks
    first.come_up()
    second.come_up("initial")
    toy.tick()
    assert (toy.record.running_count, toy.primary["rolloutState"]) == (2, "IN_PROGRESS")
    second.come_up()
    toy.tick()
    assert toy.primary["rolloutState"] == "COMPLETED"
    assert toy.primary["rolloutStateReason"] == f"ECS deployment {toy.primary['id']} completed."
    assert toy.messages[:2] == [
        "(service toy) has reached a steady state.",
        f"(service toy) (deployment {toy.primary['id']}) deployment completed.",
    ]
    assert toy.controller.settled
    toy.tick()
    assert toy.messages.count("(service toy) has reached a steady state.") == 1


def test_a_task_that_ends_is_replaced_and_said(steady: Toy) -> None:
    steady.tasks[0].end(failed=True, reason="Essential container in task exited with code 3")
    steady.tick()
    assert len(steady.tasks) == 3
    assert "(service toy) task task-1 stopped: Essential container in task exited with code 3" in steady.messages
    assert steady.primary["failedTasks"] == 1
    assert not steady.controller.settled
    steady.bring_up()
    assert steady.messages.count("(service toy) has reached a steady state.") == 2
    assert steady.primary["rolloutState"] == "COMPLETED"


def test_a_task_that_was_told_to_stop_is_no_failure(steady: Toy) -> None:
    steady.tasks[0].end(failed=False)
    steady.tick()
    assert steady.primary["failedTasks"] == 0
    assert not any("task-1 stopped" in message for message in steady.messages)


@pytest.mark.parametrize(("seconds", "stopped"), [(9.9, False), (10.0, True)])
def test_an_unhealthy_task_is_stopped_after_the_grace_period(toy: Toy, seconds: float, stopped: bool) -> None:
    toy.tick()
    toy.tasks[0].come_up("unhealthy")
    toy.tick(seconds=seconds)
    expected = {"code": "ServiceSchedulerInitiated", "reason": "Task failed ELB health checks", "failed": True}
    assert toy.tasks[0].stops == ([expected] if stopped else [])


def test_an_unhealthy_task_of_a_steady_service_is_stopped_when_another_one_serves_in_its_place(steady: Toy) -> None:
    steady.clock.now += 60
    for one in steady.tasks:
        one.come_up("unhealthy")
    steady.tick()
    assert len(steady.tasks) == 4
    assert [one.stops for one in steady.tasks] == [[]] * 4, "both may only be slow, and nobody else would answer"
    steady.tasks[2].come_up()
    steady.tick()
    expected = {"code": "ServiceSchedulerInitiated", "reason": "Task failed ELB health checks", "failed": True}
    assert [one.stops for one in steady.tasks] == [[expected], [], [], []]
    steady.tasks[1].come_up()
    steady.tick()
    assert [len(one.stops) for one in steady.tasks] == [1, 0, 0, 1], "it has recovered, and needs no other"
    assert steady.tasks[3].stops[0]["failed"] is False


def test_an_unhealthy_task_goes_at_once_where_there_is_no_place_for_another_one(steady: Toy) -> None:
    steady.places = 2
    steady.clock.now += 60
    steady.tasks[0].come_up("unhealthy")
    steady.tick()
    steady.tick()
    assert [len(one.stops) for one in steady.tasks] == [1, 0]


def test_without_a_grace_period_an_unhealthy_task_is_stopped_at_once() -> None:
    toy = Toy(service_record(health_check_grace_period_seconds=None))
    toy.tick()
    toy.tasks[0].come_up("unhealthy")
    toy.tick()
    assert len(toy.tasks[0].stops) == 1


def test_a_task_that_does_not_run_is_not_stopped_for_its_health(toy: Toy) -> None:
    toy.tick()
    toy.tasks[0].states = ("unhealthy",)
    toy.tick(seconds=100)
    assert toy.tasks[0].stops == []


def test_failures_in_a_row_slow_the_restarts_down(toy: Toy) -> None:
    toy.record.deployment_configuration = {}
    toy.tick()
    started = len(toy.tasks)
    for expected_pause in (0.0, 1.0, 2.0, 4.0):
        toy.active()[0].end(failed=True)
        toy.tick()
        if expected_pause:
            assert len(toy.tasks) == started, "too early"
            toy.tick(seconds=expected_pause - 0.01)
            assert len(toy.tasks) == started, "still too early"
            toy.tick(seconds=0.01)
        assert len(toy.tasks) == started + 1
        started += 1


def test_a_deployment_in_service_forgets_its_failures(toy: Toy) -> None:
    toy.tick()
    for _ in range(2):
        toy.active()[0].end(failed=True)
        toy.tick()
        toy.tick(seconds=60)
    toy.bring_up()
    assert toy.primary["rolloutState"] == "COMPLETED"
    assert toy.primary["failedTasks"] == 2
    toy.active()[0].end(failed=True)
    before = len(toy.tasks)
    toy.tick()
    assert len(toy.tasks) == before + 1, "the first restart is at once again"


def test_a_place_that_the_api_refuses_counts_as_a_failure_and_is_said(toy: Toy) -> None:
    toy.refuse = ValueError("subnet is gone")
    toy.tick()
    assert toy.tasks == []
    assert toy.primary["failedTasks"] == 2
    assert "(service toy) was unable to place a task because: subnet is gone." in toy.messages


def test_a_new_revision_rolls_and_the_old_one_leaves(steady: Toy) -> None:
    old = list(steady.tasks)
    roll(steady, TWO)
    assert [deployment["taskDefinition"] for deployment in steady.record.deployments] == [TWO, ONE]
    assert [deployment["status"] for deployment in steady.record.deployments] == ["PRIMARY", "ACTIVE"]
    assert [deployment["desiredCount"] for deployment in steady.record.deployments] == [2, 2]
    assert steady.record.running_count == 2
    assert all(not task.stops for task in old)
    steady.bring_up()
    assert [task.stops[0]["code"] for task in old] == ["ServiceSchedulerInitiated"] * 2
    primary = steady.primary["id"]
    assert old[0].stops[0]["reason"] == f"Scaling activity initiated by (deployment {primary})"
    assert [deployment["taskDefinition"] for deployment in steady.record.deployments] == [TWO]


def test_a_forced_deployment_rolls_the_same_revision(steady: Toy) -> None:
    before = steady.primary["id"]
    steady.record.deployment_nonce = 1
    steady.tick()
    steady.tick()
    assert len(steady.record.deployments) == 2
    assert steady.primary["id"] != before
    steady.bring_up()
    assert len(steady.record.deployments) == 1


def test_scaling_in_names_the_deployment_itself(steady: Toy) -> None:
    steady.record.desired_count = 1
    steady.tick()
    (stopped,) = [task for task in steady.tasks if task.stops]
    assert stopped.stops[0]["reason"] == f"Scaling activity initiated by (deployment {steady.primary['id']})"


def test_the_circuit_breaker_goes_back_to_what_completed_last(steady: Toy) -> None:
    roll(steady, TWO)
    fail(steady, 2)
    assert steady.primary["taskDefinition"] == TWO
    assert steady.primary["rolloutState"] == "IN_PROGRESS"
    fail(steady, 1)
    assert steady.record.task_definition == ONE
    assert steady.primary["taskDefinition"] == ONE
    failed = next(one for one in steady.record.deployments if one["taskDefinition"] == TWO)
    assert failed["rolloutState"] == "FAILED"
    assert any("rolling back to deployment" in message and message.endswith(f"{ONE}.") for message in steady.messages)
    steady.bring_up()
    assert steady.primary["rolloutState"] == "COMPLETED"


def test_without_a_completed_deployment_there_is_nothing_to_go_back_to(toy: Toy) -> None:
    toy.tick()
    fail(toy, 3)
    assert toy.primary["rolloutState"] == "FAILED"
    assert toy.primary["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert toy.controller.settled
    before = len(toy.tasks)
    for task in toy.active():
        task.end(failed=True)
    toy.tick(seconds=60)
    assert len(toy.tasks) == before, "a failed deployment starts nothing more"


@pytest.mark.parametrize(
    "breaker", [None, {}, {"enable": False, "rollback": True}, {"enable": True, "rollback": False}]
)
def test_the_circuit_breaker_does_what_it_is_set_to(steady: Toy, breaker: dict[str, bool] | None) -> None:
    steady.record.deployment_configuration["deploymentCircuitBreaker"] = breaker
    roll(steady, TWO)
    fail(steady, 3)
    enabled = bool(breaker and breaker["enable"])
    assert steady.primary["taskDefinition"] == TWO
    assert steady.primary["rolloutState"] == ("FAILED" if enabled else "IN_PROGRESS")


def test_a_service_that_wants_no_task_has_no_circuit_to_break(steady: Toy) -> None:
    roll(steady, TWO)
    steady.record.desired_count = 0
    for task in steady.active():
        task.end(failed=True)
    steady.tick()
    assert not any("deployment failed" in message for message in steady.messages)


def test_a_completed_deployment_is_not_broken_by_later_failures(steady: Toy) -> None:
    fail(steady, 4)
    assert steady.primary["rolloutState"] == "COMPLETED"


def test_a_deleted_service_is_gone_when_its_last_task_is(steady: Toy) -> None:
    steady.record.status = "DRAINING"
    steady.tick()
    assert all(task.stopping for task in steady.tasks)
    assert not steady.controller.gone
    for task in steady.tasks:
        task.end(failed=False)
    steady.tick()
    assert steady.record.status == "INACTIVE"
    assert steady.controller.gone


def test_events_are_the_latest_hundred(toy: Toy) -> None:
    toy.refuse = ValueError("no")
    toy.record.deployment_configuration = {}
    for _ in range(120):
        toy.tick(seconds=60)
    assert len(toy.record.events) == 100


def test_without_a_configuration_aws_defaults_apply() -> None:
    toy = Toy(service_record(deployment_configuration=None))
    toy.tick()
    toy.bring_up()
    roll(toy, TWO)
    assert len(toy.active()) == 4


# After a restart
