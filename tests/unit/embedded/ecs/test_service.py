"""One ECS service: starting, rolling, failing, going back, scaling, leaving; no process and no real time."""

from __future__ import annotations

import pytest

from embedded.ecs.task import TargetPlace
from tests.unit.embedded.ecs.ecs_fakes import GROUP, FakeTask, Service, definition


@pytest.fixture
def service() -> Service:
    return Service()


def fail_all(service: Service, reason: str = "exited with code 1") -> None:
    for task in service.tasks(stopping=False):
        task.end(reason=reason, failed=True)
    service.tick()


def test_a_new_service_starts_the_desired_tasks_as_targets_of_its_group(service: Service) -> None:
    service.tick()
    assert len(service.launched) == 2
    assert service.launched[0].places == (TargetPlace(group_arn=GROUP, port=80),)
    assert service.messages() == [
        "(service toy) has started 1 tasks: (task task-2).",
        "(service toy) has started 1 tasks: (task task-1).",
    ]


def test_a_load_balancer_without_a_target_group_makes_no_target() -> None:
    service = Service(load_balancers=[{"loadBalancerName": "classic", "containerPort": "80"}])
    service.tick()
    assert service.launched[0].places == ()


def test_counts_tell_pending_from_running(service: Service) -> None:
    service.tick()
    assert (service.record.running_count, service.record.pending_count) == (0, 2)
    service.launched[0].running = True
    service.tick()
    assert (service.record.running_count, service.record.pending_count) == (1, 1)
    assert (service.primary["runningCount"], service.primary["pendingCount"]) == (1, 1)


def test_it_is_steady_when_every_task_is_healthy_and_says_so_once(service: Service) -> None:
    service.tick()
    for task in service.launched:
        task.running = True
    service.tick()
    assert service.primary["rolloutState"] == "IN_PROGRESS", "targets are not healthy yet"
    service.serve_all()
    assert service.primary["rolloutState"] == "COMPLETED"
    service.tick(3)
    assert service.messages()[:2] == [
        "(service toy) has reached a steady state.",
        f"(service toy) (deployment {service.primary['id']}) deployment completed.",
    ]
    assert len(service.messages()) == 4


def test_a_lost_task_is_replaced_and_the_steady_state_announced_again(service: Service) -> None:
    service.steady()
    service.launched[0].end(reason="killed", failed=True)
    service.tick()
    assert service.messages()[0] == "(service toy) has started 1 tasks: (task task-3)."
    assert service.messages()[1] == "(service toy) task task-1 stopped: killed"
    service.serve_all()
    assert service.messages()[0] == "(service toy) has reached a steady state."
    assert service.primary["rolloutState"] == "COMPLETED"


def test_a_task_that_stopped_without_failing_is_no_event(service: Service) -> None:
    service.steady()
    service.launched[0].end(reason="asked to", failed=False)
    service.tick()
    assert not any("stopped: asked to" in message for message in service.messages())
    assert service.primary["failedTasks"] == 0


def test_a_new_revision_rolls_without_falling_below_the_desired_count(service: Service) -> None:
    service.steady()
    service.record.task_definition = definition(2)
    service.tick()
    assert [deployment["status"] for deployment in service.record.deployments] == ["PRIMARY", "ACTIVE"]
    assert service.primary["taskDefinition"] == definition(2)
    assert len(service.tasks(stopping=False)) == 4
    assert not service.tasks(stopping=True), "no old task leaves before a new one serves"
    for task in service.launched[2:]:
        task.serve()
    service.tick()
    assert [task.id for task in service.tasks(stopping=True)] == ["task-1", "task-2"]
    old = service.record.deployments[1]
    assert (old["taskDefinition"], old["desiredCount"]) == (definition(1), 0)
    assert "Scaling activity" in service.launched[0].record.stopped_reason
    assert service.primary["id"] in service.launched[0].record.stopped_reason
    assert service.launched[0].stop_code == "ServiceSchedulerInitiated"
    service.tick()
    assert service.primary["rolloutState"] == "IN_PROGRESS", "old tasks still drain"
    service.serve_all()
    assert [deployment["taskDefinition"] for deployment in service.record.deployments] == [definition(2)]
    assert service.primary["rolloutState"] == "COMPLETED"


def test_a_forced_deployment_rolls_the_same_revision(service: Service) -> None:
    service.steady()
    first = service.primary["id"]
    service.record.deployment_nonce = 1
    service.steady()
    service.until(lambda: service.primary["id"] != first and service.primary["rolloutState"] == "COMPLETED")
    assert len(service.launched) == 4
    service.tick(3)
    assert len(service.launched) == 4, "it is forced once"


def test_an_unhealthy_task_is_stopped_after_the_grace_period_and_counts_as_failed() -> None:
    service = Service(health_check_grace_period_seconds=30)
    service.tick()
    for task in service.launched:
        task.running, task.targets = True, ("unhealthy",)
    service.now += 29.9
    service.tick()
    assert not service.tasks(stopping=True)
    service.now += 0.1
    service.tick()
    assert len(service.tasks(stopping=True)) == 2
    task = service.launched[0]
    assert (task.failed, task.stop_code) == (True, "ServiceSchedulerInitiated")
    assert task.record.stopped_reason == "Task failed ELB health checks"


@pytest.mark.parametrize("state", ["initial", "healthy", "draining"])
def test_only_an_unhealthy_target_ends_a_task(service: Service, state: str) -> None:
    service.tick()
    for task in service.launched:
        task.running, task.targets = True, (state,)
    service.tick()
    assert not service.tasks(stopping=True)


def test_restarts_back_off(service: Service) -> None:
    service.steady()
    service.record.deployment_configuration = {}
    counts = []
    for seconds in (0.0, 0.9, 0.2):
        service.now += seconds
        fail_all(service)
        counts.append(len(service.tasks()))
    # Two failures at once: the next start is a second away.
    assert counts == [0, 0, 2]


def test_a_service_in_steady_state_forgets_earlier_failures(service: Service) -> None:
    service.steady()
    for _ in range(5):
        service.tasks()[0].end(reason="killed", failed=True)
        service.tick()
        service.serve_all()
    assert service.primary["failedTasks"] == 5
    assert service.primary["rolloutState"] == "COMPLETED"
    service.tasks()[0].end(reason="killed", failed=True)
    service.tick()
    assert len(service.tasks()) == 2, "a single failure is replaced at once"


def break_revision(service: Service, revision: int) -> None:
    """Roll to a revision whose tasks all fail, until the circuit breaker has had enough."""
    service.record.task_definition = definition(revision)
    for _ in range(10):
        service.tick()
        for task in service.tasks(stopping=False):
            if task.deployment.task_definition == definition(revision):
                task.end(reason="exited with code 1", failed=True)
        service.now += 60
        service.tick()
        if service.record.task_definition != definition(revision) or service.primary["rolloutState"] == "FAILED":
            return
    raise AssertionError("the circuit breaker never opened")


def test_the_circuit_breaker_goes_back_to_the_last_completed_revision(service: Service) -> None:
    service.steady()
    break_revision(service, 2)
    assert service.record.task_definition == definition(1)
    assert service.primary["taskDefinition"] == definition(1)
    assert len(service.tasks(stopping=False)) >= 2, "the old tasks were never stopped"
    assert any("rolling back to deployment" in message and definition(1) in message for message in service.messages())
    assert any("deployment failed: tasks failed to start" in message for message in service.messages())
    service.steady()
    assert [deployment["taskDefinition"] for deployment in service.record.deployments] == [definition(1)]


def test_three_failures_open_the_circuit_breaker_and_two_do_not(service: Service) -> None:
    service.steady()
    service.record.task_definition = definition(2)
    service.tick()
    for task in service.launched[2:4]:
        task.end(failed=True)
    service.tick()
    assert service.record.task_definition == definition(2)
    service.now += 60
    service.tick()
    service.launched[4].end(failed=True)
    service.tick()
    assert service.record.task_definition == definition(1)


def test_a_first_revision_that_fails_stays_failed_and_starts_no_more(service: Service) -> None:
    break_revision(service, 1)
    assert (service.primary["rolloutState"], service.primary["taskDefinition"]) == ("FAILED", definition(1))
    assert service.primary["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    started = len(service.launched)
    service.now += 3600
    service.tick(3)
    assert len(service.launched) == started


@pytest.mark.parametrize(
    "breaker", [None, {"enable": False, "rollback": True}, {"enable": True, "rollback": False}], ids=str
)
def test_nothing_goes_back_without_a_breaker_that_may(breaker: dict[str, bool] | None) -> None:
    configuration = {"minimumHealthyPercent": 100, "maximumPercent": 200, "deploymentCircuitBreaker": breaker}
    service = Service(deployment_configuration=configuration)
    service.steady()
    service.record.task_definition = definition(2)
    for _ in range(4):
        service.tick()
        for task in service.launched[2:]:
            if not task.stopped:
                task.end(failed=True)
        service.now += 60
    service.tick()
    assert service.record.task_definition == definition(2)
    failed = breaker is not None and breaker["enable"]
    assert service.primary["rolloutState"] == ("FAILED" if failed else "IN_PROGRESS")


def test_a_deployment_that_was_completed_is_not_failed_by_later_crashes(service: Service) -> None:
    service.steady()
    for _ in range(4):
        fail_all(service)
        service.now += 60
        service.tick()
    assert service.primary["rolloutState"] == "COMPLETED"


def test_what_the_api_refuses_is_an_event_and_a_failure(service: Service) -> None:
    service.refuses = RuntimeError("subnet 10.0.0.0/28 has no free address")
    service.tick()
    assert service.messages()[0] == (
        "(service toy) was unable to place a task because: subnet 10.0.0.0/28 has no free address."
    )
    assert service.primary["failedTasks"] >= 1
    service.refuses = None
    service.now += 60
    service.steady()


def test_scaling_up_and_down(service: Service) -> None:
    service.steady()
    service.record.desired_count = 4
    service.tick()
    assert len(service.tasks(stopping=False)) == 4
    service.serve_all()
    service.record.desired_count = 1
    service.tick()
    assert len(service.tasks(stopping=False)) == 1
    assert "Scaling activity" in service.tasks(stopping=True)[0].record.stopped_reason
    service.serve_all()
    assert (service.record.running_count, service.primary["desiredCount"]) == (1, 1)


def test_scaling_to_nothing_is_steady_without_tasks(service: Service) -> None:
    service.steady()
    service.record.desired_count = 0
    service.tick()
    service.serve_all()
    assert not service.tasks()
    assert (service.record.running_count, service.record.pending_count) == (0, 0)
    assert service.primary["rolloutState"] == "COMPLETED"


def test_a_deleted_service_is_gone_when_its_last_task_is(service: Service) -> None:
    service.steady()
    service.record.status = "DRAINING"
    service.tick()
    assert len(service.tasks(stopping=True)) == 2
    assert not service.controller.gone
    service.serve_all()
    assert service.record.status == "INACTIVE"
    assert service.controller.gone


def test_events_are_the_newest_hundred(service: Service) -> None:
    service.steady()
    for _ in range(60):
        service.tasks()[0].end(reason="killed", failed=True)
        service.tick()
        service.serve_all()
    assert len(service.messages()) == 100
    assert service.messages()[0] == "(service toy) has reached a steady state."


def test_limits_of_a_rollout_are_percentages_of_the_desired_count() -> None:
    service = Service(desired=2, deployment_configuration={"minimumHealthyPercent": 50, "maximumPercent": 100})
    service.steady()
    service.record.task_definition = definition(2)
    service.tick()
    assert len(service.tasks(stopping=True)) == 1
    assert len(service.tasks(stopping=False)) == 1 + (len(service.launched) - 2)
    service.steady()
    assert all(task.deployment.task_definition == definition(2) for task in service.tasks())


def test_without_a_configuration_ecs_keeps_all_and_doubles() -> None:
    service = Service(deployment_configuration=None)
    service.steady()
    service.record.task_definition = definition(2)
    service.tick()
    assert len(service.tasks(stopping=False)) == 4
    assert not service.tasks(stopping=True)


def test_a_task_in_no_target_group_serves_when_it_runs() -> None:
    service = Service(load_balancers=[])
    service.tick()
    task: FakeTask = service.launched[0]
    for task in service.launched:
        task.running = True
    service.tick()
    assert service.primary["rolloutState"] == "COMPLETED"
