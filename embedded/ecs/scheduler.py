"""The loop between the API's records and what runs: every service and every task of RunTask."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any, Final

from moto.cloudwatch.models import cloudwatch_backends

from embedded.ecs import unsupported
from embedded.ecs.capacity import NoCapacity
from embedded.ecs.deployment import Deployment
from embedded.ecs.service import ServiceController
from embedded.ecs.surroundings import Surroundings, TargetPlace
from embedded.ecs.task import Task
from embedded.ecs.task_processes import of_services, shown
from embedded.ecs.utilisation import RunningTask
from embedded.supervisor import one_line

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.1
_KEEP_STOPPED_SECONDS: Final = 3600.0
"""ECS shows stopped tasks for about an hour."""


class Scheduler:
    """Makes the ECS records of ``backend`` (moto's ECS of one region) true."""

    def __init__(self, backend: Any, surroundings: Surroundings) -> None:
        self._backend = backend
        self._around = surroundings
        self._services: dict[int, ServiceController] = {}
        self._tasks: dict[str, Task] = {}
        self._launched = 0
        self._troubles: dict[str, str] = {}

    async def run(self) -> None:
        """Tick until cancelled. What runs goes on without it, until ``close``."""
        while True:
            self.tick()
            await asyncio.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """One look at every record."""
        self._adopt_new_tasks()
        for record in list(self._backend.services.values()):
            if id(record) not in self._services and record.status != "INACTIVE":
                self._services[id(record)] = ServiceController(
                    record,
                    launch=self._launch,
                    clock=time.monotonic,
                    alarms=self._alarms_off,
                    remarks=self._remarks,
                )
        for key, controller in list(self._services.items()):
            self._tick_service(controller)
            if controller.gone:
                del self._services[key]
        for task_id, task in list(self._tasks.items()):
            if task.record.desired_status == "STOPPED" and not task.stopped:
                task.stop(code="UserInitiated", reason=task.record.stopped_reason or "Task stopped by user")
            if task.stopped:
                del self._tasks[task_id]
        self._forget_old_records()
        self._around.logs.flush()

    async def settled(self, *, within_seconds: float) -> bool:
        """Wait until every service has all its tasks in service, or has failed.

        Returns:
            Whether that is so after ``within_seconds`` at most.
        """
        ends = time.monotonic() + within_seconds
        while time.monotonic() < ends:
            if self._is_settled():
                return True
            await asyncio.sleep(TICK_SECONDS)
        return False

    def _is_settled(self) -> bool:
        active = [id(record) for record in list(self._backend.services.values()) if record.status == "ACTIVE"]
        return all(key in self._services and self._services[key].settled for key in active)

    def _tick_service(self, controller: ServiceController) -> None:
        """One step of one service; an error in it is that service's trouble alone."""
        name, events = controller.record.name, controller.record.events
        try:
            controller.tick()
        except Exception as problem:  # whatever it is, the other services go on
            if self._troubles.get(name) != one_line(problem):
                log.exception("service %s: its step failed; trying again", name)
            self._troubles[name] = one_line(problem)
        else:
            self._troubles.pop(name, None)
        if controller.record.events is not events:
            self._around.changed()

    def task_processes(self) -> list[dict[str, Any]]:
        """Tasks whose container runs, as ``embedded.ecs.task_processes`` shows them."""
        return shown(list(self._tasks.values()))

    def tasks_of_services(self) -> list[RunningTask]:
        """Tasks of services whose container runs, with what they have reserved."""
        return of_services(list(self._tasks.values()))

    def warnings(self) -> tuple[str, ...]:
        """One line for each service whose steps fail, and one for each that wants more tasks than there is room for."""
        failing = [f"ECS service {name}: {problem}" for name, problem in sorted(self._troubles.items())]
        crowded = [controller.record for controller in list(self._services.values()) if controller.lacks_capacity]
        limit = self._backend.capacity.max_tasks
        return (*failing, *sorted(_lacks_capacity(record, limit) for record in crowded))

    def _adopt_new_tasks(self) -> None:
        """Start what RunTask added to the records."""
        for records in list(self._backend.tasks.values()):
            for record in list(records.values()):
                if record.id not in self._tasks and record.last_status == "PROVISIONING":
                    self._begin(record, ())

    def _launch(self, service: Any, deployment: Deployment, places: tuple[TargetPlace, ...]) -> Task:
        self._launched += 1
        network = service.network_configuration["awsvpcConfiguration"]
        subnets = network["subnets"]
        turn = self._launched % len(subnets)
        spread = {"awsvpcConfiguration": {**network, "subnets": [*subnets[turn:], *subnets[:turn]]}}
        started = self._backend.run_task(
            cluster_str=service.cluster_name,
            task_definition_str=deployment.task_definition,
            count=1,
            overrides=None,
            started_by=deployment.id,
            tags=list(service.tags) if service.propagate_tags == "SERVICE" else [],
            launch_type=service.launch_type,
            networking_configuration=spread,
            group=f"service:{service.name}",
            platform_version=service.platform_version,
            capacity_provider_strategy=getattr(service, "capacity_provider_strategy", None) or None,
        )
        if not started:
            raise NoCapacity
        return self._begin(started[0], places)

    def _begin(self, record: Any, places: tuple[TargetPlace, ...]) -> Task:
        definition = self._backend.describe_task_definition(record.task_definition_arn)
        task = Task(record, definition, self._around, places=places)
        self._tasks[task.id] = task
        return task

    def _alarms_off(self, names: Iterable[str]) -> list[str]:
        """Those of these alarms of the region that are in state ALARM."""
        alarms = cloudwatch_backends[self._backend.account_id][self._around.region].alarms
        return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]

    def _remarks(self, service: Any, definition: str) -> tuple[str, ...]:
        of_definition = unsupported.of_definition(self._backend.describe_task_definition(definition))
        return (*unsupported.of_service(service), *of_definition)

    def _forget_old_records(self) -> None:
        now = time.time()
        for records in list(self._backend.tasks.values()):
            for arn, record in list(records.items()):
                stopped_at = getattr(record, "stopped_at", None)
                if stopped_at is not None and now - stopped_at.timestamp() > _KEEP_STOPPED_SECONDS:
                    records.pop(arn, None)

    async def close(self) -> None:
        """End every process at once: the whole control plane goes, so nothing is left to drain to."""
        for task in self._tasks.values():
            task.stop(code="UserInitiated", reason="the embedded AWS shuts down")
        running = [task.wait() for task in self._tasks.values()]
        if running:
            await asyncio.gather(*running, return_exceptions=True)


def _lacks_capacity(record: Any, limit: int) -> str:
    return (
        f"ECS service {record.name} wants {record.desired_count} tasks and has {record.running_count}, as the embedded "
        f"AWS runs at most {limit} in all and keeps some of these places for other services. Lower its desired count, "
        "or run make deploy, which sets the declared one; MAX_TASKS changes the limit."
    )
