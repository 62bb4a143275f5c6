"""One ECS service: keeps the desired tasks in service and rolls deployments, one ``tick`` at a time."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from embedded.ecs import rollout
from embedded.ecs.capacity import UNAVAILABLE, NoCapacity
from embedded.ecs.deployment import Deployment
from embedded.ecs.health_check import failed_checks
from embedded.ecs.rollout_memory import RolloutMemory, memory_of
from embedded.ecs.service_deployment import begun
from embedded.ecs.surroundings import TargetPlace
from embedded.ecs.task import Task

__all__ = ["RolloutMemory", "ServiceController", "is_settled"]
"""Records that an earlier version kept name RolloutMemory here."""

log = logging.getLogger(__name__)

_MAX_EVENTS: Final = 100

Launch = Callable[[Any, Deployment, tuple[TargetPlace, ...]], Task]
"""Starts one task of the service record for a deployment; raises NoCapacity where there is no place for it."""

Alarms = Callable[[Iterable[str]], Iterable[str]]
"""Those of these CloudWatch alarms that are in state ALARM."""

Remarks = Callable[[Any, str], Iterable[str]]
"""What of a service record and of a task definition is not supported here, in words."""


def is_settled(record: Any) -> bool:
    """Whether nothing is under way in a service of the API."""
    if record.status != "ACTIVE":
        return bool(record.status == "INACTIVE")
    return (
        len(record.deployments) == 1
        and record.deployments[0].get("rolloutState") != "IN_PROGRESS"
        and record.running_count == record.desired_count
    )


class ServiceController:
    """Obeys one service record of the API (``record``, moto's Service) and shows there what happens.

    ``clock`` gives monotonic seconds; ``launch`` starts tasks; ``alarms`` and ``remarks`` are asked at deployments.
    """

    def __init__(
        self,
        record: Any,
        *,
        launch: Launch,
        clock: Callable[[], float],
        alarms: Alarms = lambda _: (),
        remarks: Remarks = lambda *_: (),
    ) -> None:
        self.record = record
        self._launch = launch
        self._clock = clock
        self._alarms = alarms
        self._remarks = remarks
        self._tasks: dict[str, tuple[Task, Deployment, float]] = {}
        self._memory = memory_of(record)
        self._steady = False
        self.lacks_capacity = False
        """Whether it wants a task for which there is no place."""

    @property
    def gone(self) -> bool:
        """Whether the service was deleted and none of its tasks is left."""
        return bool(self.record.status == "INACTIVE")

    @property
    def settled(self) -> bool:
        """Whether all that it wants is in service, or all that there are places for, or it has given up."""
        return self._steady or self.lacks_capacity or self._memory.primary.state == "FAILED"

    def tick(self) -> None:
        """Notice what changed, do the next step, and show it in the record."""
        self._notice_new_deployment()
        self._reap()
        self._stop_unhealthy()
        self._give_up()
        self._step()
        self._show()

    # What changed

    def _notice_new_deployment(self) -> None:
        nonce = getattr(self.record, "deployment_nonce", 0)
        if self.record.task_definition == self._memory.primary.task_definition and nonce == self._memory.nonce:
            return
        self._memory.nonce = nonce
        deployment = Deployment(task_definition=self.record.task_definition)
        begun(self._memory.history, deployment, self._memory.primary)
        self._begin(deployment)

    def _begin(self, deployment: Deployment) -> None:
        self._memory.older.append(self._memory.primary)
        self._memory.primary = deployment
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
        """Those of a deployment that is under way, since they never served, and where no other would have a place."""
        primary = self._memory.primary
        for task, deployment, started in self._tasks.values():
            if self.lacks_capacity or (deployment is primary and primary.state != "COMPLETED"):
                self._stop_if_unhealthy(task, started)

    def _stop_if_unhealthy(self, task: Task, started: float) -> bool:
        """Stop a task whose health checks have failed; whether they have."""
        failed = self._failed_checks(task, started)
        if failed:
            task.stop(code="ServiceSchedulerInitiated", reason=f"Task failed {failed} health checks", failed=True)
        return bool(failed)

    def _failed_checks(self, task: Task, started: float) -> str:
        """Whose checks of a task have failed, if its time of grace is over."""
        grace = float(getattr(self.record, "health_check_grace_period_seconds", None) or 0)
        return failed_checks(task) if self._clock() - started >= grace else ""

    def _give_up(self) -> None:
        """End a deployment whose tasks fail or whose alarms go off, and go back where that is asked for."""
        primary = self._memory.primary
        if primary.state != "IN_PROGRESS":
            return
        if not primary.remarked:
            primary.remarked = True
            for remark in self._remarks(self.record, primary.task_definition):
                self._event(f"(service {self.record.name}) not as on AWS: {remark}.")
        breaker = self._configuration().get("deploymentCircuitBreaker") or {}
        alarms = self._configuration().get("alarms") or {}
        if off := self._gone_off(primary, alarms):
            named = ", ".join(off)
            self._fail(f"ECS deployment failed: alarm detected: {named}.", f"alarm detected: {named}", alarms, off)
        elif breaker.get("enable") and self._too_many_failures(primary):
            reason = "tasks failed to start"
            self._fail(f"ECS deployment circuit breaker: {reason}.", reason, breaker)

    def _too_many_failures(self, primary: Deployment) -> bool:
        desired = self.record.desired_count
        return bool(desired) and primary.failures >= rollout.failure_threshold(desired)

    def _gone_off(self, primary: Deployment, alarms: Mapping[str, Any]) -> tuple[str, ...]:
        """Alarms that end the deployment. One that is off when it begins says nothing about it, so none is watched."""
        if not alarms.get("enable"):
            return ()
        off = tuple(sorted(self._alarms(alarms.get("alarmNames") or ())))
        if primary.ignores_alarms is None:
            primary.ignores_alarms = bool(off)
        return () if primary.ignores_alarms else off

    def _fail(self, state: str, why: str, asked: Mapping[str, Any], alarms: tuple[str, ...] = ()) -> None:
        primary, memory = self._memory.primary, self._memory
        primary.enter("FAILED", state)
        self._event(f"(service {self.record.name}) (deployment {primary.id}) deployment failed: {why}.")
        back = None
        if asked.get("rollback") and memory.last_completed not in (None, primary.task_definition):
            back = Deployment(task_definition=str(memory.last_completed), is_rollback=True)
        if memory.history:
            memory.history[0].fail(state, back=back, alarms=alarms)
        if back is None:
            return
        self._event(f"(service {self.record.name}) rolling back to deployment {back.id} with {back.task_definition}.")
        self.record.task_definition = back.task_definition
        self._begin(back)

    # The next step

    def _step(self) -> None:
        views = self._views()
        step = rollout.decide(primary=self._memory.primary.id, bounds=self._bounds(), tasks=views)
        for task_id in step.stop:
            task, deployment, started = self._tasks[task_id]
            if self._stop_if_unhealthy(task, started):
                continue
            old = deployment is not self._memory.primary
            reason = f"Scaling activity initiated by (deployment {(self._memory.primary if old else deployment).id})"
            task.stop(code="ServiceSchedulerInitiated", reason=reason)
        lacked, self.lacks_capacity = self.lacks_capacity, False
        for _ in range(step.start):
            if self._may_start() and not self.lacks_capacity:
                self._start_one()
        if self.lacks_capacity and not lacked:
            self._event(f"(service {self.record.name}) was unable to place a task. Reason: {UNAVAILABLE}.")
        if rollout.is_complete(primary=self._memory.primary.id, bounds=self._bounds(), tasks=self._views()):
            self._complete()
        elif self._memory.primary.state == "COMPLETED":
            self._steady = False

    def _may_start(self) -> bool:
        return self._memory.primary.state != "FAILED" and self._clock() >= self._memory.primary.start_not_before

    def _start_one(self) -> None:
        try:
            task = self._launch(self.record, self._memory.primary, TargetPlace.all_of(self.record))
        except NoCapacity:  # no fault of the deployment's, so its circuit breaker counts nothing
            self.lacks_capacity = True
            return
        except Exception as problem:  # whatever the API refuses: a subnet that is gone, no free address
            self._count_failure(self._memory.primary)
            self._event(f"(service {self.record.name}) was unable to place a task because: {problem}.")
            return
        self._tasks[task.id] = (task, self._memory.primary, self._clock())
        self._event(f"(service {self.record.name}) has started 1 tasks: (task {task.id}).")

    def _complete(self) -> None:
        primary = self._memory.primary
        primary.failures = 0
        self._memory.older.clear()
        if primary.state == "IN_PROGRESS":
            primary.enter("COMPLETED", f"ECS deployment {primary.id} completed.")
            self._memory.last_completed = primary.task_definition
            if self._memory.history:
                self._memory.history[0].complete()
            self._event(f"(service {self.record.name}) (deployment {primary.id}) deployment completed.")
        if not self._steady:
            self._steady = True
            self._event(f"(service {self.record.name}) has reached a steady state.")

    # What the API shows

    def _show(self) -> None:
        record = self.record
        used = {deployment.id for _, deployment, _ in self._tasks.values()}
        self._memory.older = [deployment for deployment in self._memory.older if deployment.id in used]
        shown = [
            (self._memory.primary, "PRIMARY"),
            *((deployment, "ACTIVE") for deployment in reversed(self._memory.older)),
        ]
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
                in_service=task.running and task.well and all(state == "healthy" for state in task.target_states()),
                stopping=task.stopping or task.stopped,
                unhealthy=bool(self._failed_checks(task, started)),
            )
            for task, deployment, started in self._tasks.values()
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
