"""One ECS task: from PROVISIONING to STOPPED, with its process, log stream, address and targets."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any, Final

from embedded import images
from embedded.ecs import listeners
from embedded.ecs.container import Container
from embedded.ecs.dependencies import Health
from embedded.ecs.logs import LogGroupMissing
from embedded.ecs.preparation import Preparation, TaskFailed
from embedded.ecs.process import ContainerProcess
from embedded.ecs.starts import listens
from embedded.ecs.surroundings import Surroundings, TargetPlace
from embedded.ecs.task_containers import DependencyFailed, TaskContainers
from embedded.supervisor import one_line

log = logging.getLogger(__name__)

EXECUTION_ENV: Final = "AWS_ECS_FARGATE"
"""Value of AWS_EXECUTION_ENV in every container of Fargate."""

_POLL_SECONDS: Final = 0.1


class Task:
    """Drives one task record of the API (``record``, moto's Task) through its life.

    ``stop`` may be called at any time; a task stops when one of its essential containers ends by itself.
    """

    def __init__(
        self, record: Any, definition: Any, surroundings: Surroundings, *, places: Sequence[TargetPlace] = ()
    ) -> None:
        self.record = record
        self._definition = definition
        self._around = surroundings
        self._places = tuple(places)
        self._containers: TaskContainers | None = None
        self._main: Container | None = None
        self._preparation: Preparation | None = None
        self._stop_asked = asyncio.Event()
        self.stopped = False
        self.failed = False
        self._set("PROVISIONING")
        record.created_at = _now()
        self._life = asyncio.create_task(self._live())

    @property
    def id(self) -> str:
        """Task id, the last part of its ARN."""
        return str(self.record.id)

    @property
    def pid(self) -> int | None:
        """Process id of the container that serves, or of the first one, while it runs."""
        return self._main.process.pid if self._main and self._main.process else None

    @property
    def process_groups(self) -> tuple[int, ...]:
        """Whose processes are the containers that run."""
        return self._containers.process_groups if self._containers else ()

    @property
    def health(self) -> Health:
        """By the checks of its essential containers."""
        return self._containers.health if self._containers else "UNKNOWN"

    @property
    def well(self) -> bool:
        """Whether its essential containers are healthy, as far as they have checks."""
        return self._containers is not None and (not self._containers.checked or self.health == "HEALTHY")

    @property
    def address(self) -> str:
        """Private address of the task's network interface."""
        details = self.record.attachments[0]["details"]
        return next(str(detail["value"]) for detail in details if detail["name"] == "privateIPv4Address")

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop or is stopping by itself."""
        return self._stop_asked.is_set() or self.record.desired_status == "STOPPED"

    @property
    def running(self) -> bool:
        """Whether its containers run and it was not told to stop."""
        return self.record.last_status == "RUNNING" and not self.stopping

    def target_states(self) -> tuple[str | None, ...]:
        """State in each of its target groups."""
        return tuple(self._around.targets.state(place.group_arn, self.address) for place in self._places)

    def stop(self, *, code: str, reason: str, failed: bool = False) -> None:
        """Ask the task to drain and stop; the first caller's reason stays."""
        if self.stopping and self._stop_asked.is_set():
            return
        self.failed = self.failed or failed
        if not self.stopped:
            self.record.desired_status = "STOPPED"
            self.record.stop_code = code
            self.record.stopped_reason = reason
        self._stop_asked.set()

    async def wait(self) -> None:
        """Return when the task has stopped."""
        await asyncio.shield(self._life)

    async def _live(self) -> None:
        try:
            self._set("PENDING")
            containers = self._prepare()
            await self._run(containers)
        except (TaskFailed, DependencyFailed, images.ImageError, LogGroupMissing, OSError) as problem:
            await self._fail_to_start(str(problem))
        except Exception as problem:  # a definition that nobody foresaw must not leave the task pending for ever
            log.exception("task %s could not start", self.id)
            await self._fail_to_start(f"CannotStartContainerError: {one_line(problem)}")

    async def _fail_to_start(self, reason: str) -> None:
        if self._containers is not None:
            await self._containers.stop()
        self._end(code="TaskFailedToStart", reason=reason, failed=True)

    def _prepare(self) -> TaskContainers:
        """Everything that may fail before the first container starts."""
        containers = TaskContainers(
            self._definition.container_definitions, self.record.containers, moved=self._show_containers
        )
        self._containers, self._main = containers, self._serving(containers)
        overrides = (self.record.overrides or {}).get("containerOverrides", [])
        self._preparation = Preparation(
            around=self._around,
            task_id=self.id,
            address=self.address,
            overrides={override["name"]: override for override in overrides if "name" in override},
        )
        for container in containers.all:
            self._preparation.prepare(container, serves=container is self._main)
        return containers

    def _serving(self, containers: TaskContainers) -> Container:
        """The container that requests come to, which gets the address's own port; without any the first one."""
        wanted = {place.port for place in self._places}
        ports = {
            one.name: {int(mapping["containerPort"]) for mapping in one.definition.get("portMappings") or ()}
            for one in containers.all
        }
        found = [one for one in containers.all if ports[one.name] & wanted] or [
            one for one in containers.all if ports[one.name]
        ]
        return (found or containers.all)[0]

    async def _launch(self, container: Container) -> ContainerProcess:
        """Start the container when it is its turn, which is over when it listens or is to stop.

        Nobody waits for one that is no target: it may never listen.
        """
        prepared, port = container.prepared, container.port
        if prepared is None:
            raise RuntimeError(f"container {container.name} was not prepared")
        process: ContainerProcess | None = None
        is_target = bool(self._places) and container is self._main

        async def is_over() -> bool:
            if process is None or process.ended or self.stopping or not is_target or port is None:
                return True
            return await listens(port)

        await self._around.starts.take()
        try:
            process = await ContainerProcess.start(
                command=prepared.command.words,
                directory=prepared.directory,
                environment=prepared.command.environment,
                on_line=prepared.on_line,
            )
            return process
        finally:
            self._around.starts.give_back(is_over, pid=process.pid if is_target and process else None)

    async def _run(self, containers: TaskContainers) -> None:
        """Until an essential container ends by itself, or until it was told to stop, drained and has ended."""
        starting = asyncio.ensure_future(containers.start(self._launch, self._around.wait_until_exposed))
        asked = asyncio.ensure_future(self._stop_asked.wait())
        over = asyncio.ensure_future(containers.over())
        try:
            await asyncio.wait({starting, asked, over}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                containers.close()  # told to stop, or an essential one has ended, before all have started
            await starting
            if not asked.done():
                self._serve()
            await asyncio.wait({asked, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            over.cancel()
        if self._stop_asked.is_set() or containers.exposed:
            await self._leave_and_stop(containers)
            self._end(code=None, reason=None, failed=self.failed)
            return
        self._leave()
        ended = containers.ended
        await containers.stop()
        if self._stop_asked.is_set():  # while the other containers ended
            self._end(code=None, reason=None, failed=self.failed)
            return
        reason = f"Essential container in task exited with code {ended.exit_code if ended else None}"
        self._end(code="EssentialContainerExited", reason=reason, failed=True)

    def _serve(self) -> None:
        """All containers have started."""
        self.record.started_at = _now()
        self._set("RUNNING")
        for place in self._places:
            self._around.targets.register(place.group_arn, self.address, place.port)

    async def _leave_and_stop(self, containers: TaskContainers) -> None:
        """Drain, and stop what runs; at once what can be reached from outside until it ends."""
        at_once = bool(containers.exposed) and not self._stop_asked.is_set()
        if at_once:
            self.stop(code="EssentialContainerExited", reason=listeners.reason(containers.exposed), failed=True)
        self._set("DEACTIVATING")
        self._leave()
        over = asyncio.ensure_future(containers.over())
        while not at_once and containers.ended is None and any(state is not None for state in self.target_states()):
            await asyncio.wait({over}, timeout=_POLL_SECONDS)
        over.cancel()
        self._set("STOPPING")
        self.record.stopping_at = _now()
        await containers.stop(at_once=at_once)

    def _leave(self) -> None:
        for place in self._places:
            self._around.targets.deregister(place.group_arn, self.address)

    def _end(self, *, code: str | None, reason: str | None, failed: bool) -> None:
        self._leave()
        if code is not None:
            self.record.stop_code, self.record.stopped_reason = code, reason
        self.record.desired_status = "STOPPED"
        self.record.stopped_at = _now()
        containers = self._containers.all if self._containers else ()
        for container in containers:
            if self._preparation is not None:
                self._preparation.release(container)
        self._around.release_interface(self.record)
        self.failed = failed
        self.stopped = True
        self._set("STOPPED")
        codes = {container.name: container.exit_code for container in containers}
        log.info("task stopped", extra={"task": self.id, "reason": self.record.stopped_reason, "exit_codes": codes})

    def _set(self, status: str) -> None:
        self.record.last_status = status
        self._show_containers()

    def _show_containers(self) -> None:
        """Let DescribeTasks show how far each container has come."""
        self.record.health_status = self.health
        started = {one.name: one for one in self._containers.all} if self._containers else {}
        for record in self.record.containers:
            container = started.get(getattr(record, "name", ""))
            record.last_status = _status(container, self.record.last_status)
            record.exit_code = record.exitCode = container.exit_code if container else None
            record.health_status = container.standing.health if container else "UNKNOWN"
        self._around.changed()


def _status(container: Container | None, of_task: str) -> str:
    """Of a container, in a task with this status."""
    if of_task == "STOPPED" or (container and container.exit_code is not None):
        return "STOPPED"
    return "RUNNING" if container and container.running and of_task in ("PENDING", "RUNNING") else "PENDING"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
