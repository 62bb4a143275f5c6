"""One ECS service: keeps the desired tasks in service and rolls deployments, one ``tick`` at a time."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from embedded.ecs import rollout
from embedded.ecs.deployment import Deployment
from embedded.ecs.task import TargetPlace, Task

log = logging.getLogger(__name__)

_MAX_EVENTS: Final = 100

Launch = Callable[[Any, Deployment, tuple[TargetPlace, ...]], Task]
"""Starts one task of the service record for a deployment."""


class ServiceController:
    """Obeys one service record of the API (``record``, moto's Service) and shows there what happens.

    ``clock`` gives monotonic seconds; ``launch`` starts tasks.
    """

    def __init__(self, record: Any, *, launch: Launch, clock: Callable[[], float]) -> None:
        self.record = record
        self._launch = launch
        self._clock = clock
        self._tasks: dict[str, tuple[Task, Deployment, float]] = {}
        self._primary = Deployment(task_definition=record.task_definition)
        self._older: list[Deployment] = []
        self._last_completed: str | None = None
        self._nonce = getattr(record, "deployment_nonce", 0)
        self._steady = False
        record.events = []

    @property
    def gone(self) -> bool:
        """Whether the service was deleted and none of its tasks is left."""
        return bool(self.record.status == "INACTIVE")

    def tick(self) -> None:
        """Notice what changed, do the next step, and show it in the record."""
        self._notice_new_deployment()
        self._reap()
        self._stop_unhealthy()
        self._break_circuit()
        self._step()
        self._show()

    # What changed

    def _notice_new_deployment(self) -> None:
        nonce = getattr(self.record, "deployment_nonce", 0)
        if self.record.task_definition == self._primary.task_definition and nonce == self._nonce:
            return
        self._nonce = nonce
        self._begin(Deployment(task_definition=self.record.task_definition))

    def _begin(self, deployment: Deployment) -> None:
        self._older.append(self._primary)
        self._primary = deployment
        self._steady = False

    def _reap(self) -> None:
        for task_id, (task, deployment, _) in list(self._tasks.items()):
            if not task.stopped:
                continue
            del self._tasks[task_id]
            if task.failed:
                self._count_failure(deployment)
                self._event(f"(service {self.record.name}) task {task_id} stopped: {task.record.stopped_reason}")

    def _count_failure(self, deployment: Deployment) -> None:
        deployment.failures += 1
        deployment.failed_tasks += 1
        deployment.start_not_before = self._clock() + rollout.restart_delay_seconds(deployment.failures)

    def _stop_unhealthy(self) -> None:
        grace = float(getattr(self.record, "health_check_grace_period_seconds", None) or 0)
        for task, _, started in self._tasks.values():
            if task.running and "unhealthy" in task.target_states() and self._clock() - started >= grace:
                reason = "Task failed ELB health checks"
                task.stop(code="ServiceSchedulerInitiated", reason=reason, failed=True)

    def _break_circuit(self) -> None:
        breaker = self._configuration().get("deploymentCircuitBreaker") or {}
        primary = self._primary
        if not breaker.get("enable") or primary.state != "IN_PROGRESS" or self.record.desired_count == 0:
            return
        if primary.failures < rollout.failure_threshold(self.record.desired_count):
            return
        primary.enter("FAILED", "ECS deployment circuit breaker: tasks failed to start.")
        self._event(f"(service {self.record.name}) (deployment {primary.id}) deployment failed: tasks failed to start.")
        if breaker.get("rollback") and self._last_completed not in (None, primary.task_definition):
            back = Deployment(task_definition=str(self._last_completed), is_rollback=True)
            self._event(
                f"(service {self.record.name}) rolling back to deployment {back.id} with {back.task_definition}."
            )
            self.record.task_definition = back.task_definition
            self._begin(back)

    # The next step

    def _step(self) -> None:
        views = self._views()
        step = rollout.decide(primary=self._primary.id, bounds=self._bounds(), tasks=views)
        for task_id in step.stop:
            task, deployment, _ = self._tasks[task_id]
            old = deployment is not self._primary
            reason = f"Scaling activity initiated by (deployment {(self._primary if old else deployment).id})"
            task.stop(code="ServiceSchedulerInitiated", reason=reason)
        if self._may_start():
            for _ in range(step.start):
                if self._may_start():
                    self._start_one()
        if rollout.is_complete(primary=self._primary.id, bounds=self._bounds(), tasks=self._views()):
            self._complete()
        elif self._primary.state == "COMPLETED":
            self._steady = False

    def _may_start(self) -> bool:
        return self._primary.state != "FAILED" and self._clock() >= self._primary.start_not_before

    def _start_one(self) -> None:
        places = tuple(
            TargetPlace(group_arn=balancer["targetGroupArn"], port=int(balancer["containerPort"]))
            for balancer in self.record.load_balancers
            if balancer.get("targetGroupArn")
        )
        try:
            task = self._launch(self.record, self._primary, places)
        except Exception as problem:  # whatever the API refuses: a subnet that is gone, no free address
            self._count_failure(self._primary)
            self._event(f"(service {self.record.name}) was unable to place a task because: {problem}.")
            return
        self._tasks[task.id] = (task, self._primary, self._clock())
        self._event(f"(service {self.record.name}) has started 1 tasks: (task {task.id}).")

    def _complete(self) -> None:
        primary = self._primary
        primary.failures = 0
        self._older.clear()
        if primary.state == "IN_PROGRESS":
            primary.enter("COMPLETED", f"ECS deployment {primary.id} completed.")
            self._last_completed = primary.task_definition
            self._event(f"(service {self.record.name}) (deployment {primary.id}) deployment completed.")
        if not self._steady:
            self._steady = True
            self._event(f"(service {self.record.name}) has reached a steady state.")

    # What the API shows

    def _show(self) -> None:
        record = self.record
        used = {deployment.id for _, deployment, _ in self._tasks.values()}
        self._older = [deployment for deployment in self._older if deployment.id in used]
        shown = [(self._primary, "PRIMARY"), *((deployment, "ACTIVE") for deployment in reversed(self._older))]
        counts = {deployment.id: self._counts(deployment) for deployment, _ in shown}
        record.deployments = [
            deployment.describe(
                status=status,
                desired=record.desired_count if status == "PRIMARY" else sum(counts[deployment.id]),
                running=counts[deployment.id][0],
                pending=counts[deployment.id][1],
                record=record,
            )
            for deployment, status in shown
        ]
        record.running_count = sum(running for running, _ in counts.values())
        record.pending_count = sum(pending for _, pending in counts.values())
        if record.status == "DRAINING" and not self._tasks:
            record.status = "INACTIVE"

    def _counts(self, deployment: Deployment) -> tuple[int, int]:
        """Running and pending tasks; one told to stop counts as neither."""
        tasks = [task for task, owner, _ in self._tasks.values() if owner is deployment and not task.stopping]
        running = sum(task.running for task in tasks)
        return running, len(tasks) - running

    def _views(self) -> list[rollout.TaskView]:
        return [
            rollout.TaskView(
                id=task.id,
                deployment=deployment.id,
                in_service=task.running and all(state == "healthy" for state in task.target_states()),
                stopping=task.stopping or task.stopped,
            )
            for task, deployment, _ in self._tasks.values()
        ]

    def _configuration(self) -> Mapping[str, Any]:
        return getattr(self.record, "deployment_configuration", None) or {}

    def _bounds(self) -> rollout.Bounds:
        configuration = self._configuration()
        return rollout.Bounds.of(
            desired=0 if self.record.status != "ACTIVE" else int(self.record.desired_count),
            minimum_percent=int(configuration.get("minimumHealthyPercent", 100)),
            maximum_percent=int(configuration.get("maximumPercent", 200)),
        )

    def _event(self, message: str) -> None:
        log.info(message)
        event = {"id": str(uuid.uuid4()), "createdAt": dt.datetime.now(dt.UTC), "message": message}
        self.record.events = [event, *self.record.events][:_MAX_EVENTS]
