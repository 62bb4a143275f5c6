"""One ECS task: from PROVISIONING to STOPPED, with its process, log stream, address and targets."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from embedded import images
from embedded.ecs import listeners
from embedded.ecs.command import Command, command_of
from embedded.ecs.logs import AwsLogs, LogGroupMissing
from embedded.ecs.process import ContainerProcess
from embedded.ecs.starts import Starts, half_of_the_processors, listens
from embedded.network import Addresses
from embedded.supervisor import one_line

log = logging.getLogger(__name__)

EXECUTION_ENV: Final = "AWS_ECS_FARGATE"
"""Value of AWS_EXECUTION_ENV in every container of Fargate."""

_DEFAULT_STOP_TIMEOUT_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.1


class Targets(Protocol):
    """The load balancer's side of a task."""

    def register(self, group_arn: str, address: str, port: int) -> None:
        """Make the address a target of the group."""

    def deregister(self, group_arn: str, address: str) -> None:
        """Start draining the target; nothing happens when it is none."""

    def state(self, group_arn: str, address: str) -> str | None:
        """State as DescribeTargetHealth names it, or None when it is no target (any more)."""


class Secrets(Protocol):
    """Values behind the ``secrets`` of a container definition."""

    def read(self, value_from: str) -> str:
        """The secret's value; raises LookupError when there is none."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every task of one region shares."""

    state_dir: Path
    region: str
    base_environment: Mapping[str, str]
    addresses: Addresses
    targets: Targets
    secrets: Secrets
    logs: AwsLogs
    registry_has: Any
    release_interface: Any
    starts: Starts = field(default_factory=lambda: Starts(half_of_the_processors()))
    wait_until_exposed: Callable[[int], Awaitable[tuple[str, ...]]] = listeners.wait_until_exposed
    """Returns when something in a process group listens beyond loopback, and where."""
    changed: Callable[[], None] = lambda: None
    """Told when a record of ECS has changed."""


@dataclass(frozen=True, kw_only=True)
class TargetPlace:
    """A target group the task joins, with the container port that serves there."""

    group_arn: str
    port: int


class TaskFailed(Exception):
    """The task could not start; the text is its stopped reason."""


class Task:
    """Drives one task record of the API (``record``, moto's Task) through its life.

    ``stop`` may be called at any time; a task whose process ends by itself stops as an essential container's exit.
    """

    def __init__(
        self, record: Any, definition: Any, surroundings: Surroundings, *, places: Sequence[TargetPlace] = ()
    ) -> None:
        self.record = record
        self._definition = definition
        self._around = surroundings
        self._places = tuple(places)
        self._process: ContainerProcess | None = None
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
        """Process id while the container runs."""
        return self._process.pid if self._process else None

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
        """Whether its container runs and was not told to stop."""
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
            process = await self._start()
        except (TaskFailed, images.ImageError, LogGroupMissing, OSError) as problem:
            self._end(code="TaskFailedToStart", reason=str(problem), exit_code=None, failed=True)
            return
        except Exception as problem:  # a definition that nobody foresaw must not leave the task pending for ever
            log.exception("task %s could not start", self.id)
            reason = f"CannotStartContainerError: {one_line(problem)}"
            self._end(code="TaskFailedToStart", reason=reason, exit_code=None, failed=True)
            return
        exit_code = await self._run(process)
        self._leave()
        if self.stopping:
            self._end(code=None, reason=None, exit_code=exit_code, failed=self.failed)
        else:
            reason = f"Essential container in task exited with code {exit_code}"
            self._end(code="EssentialContainerExited", reason=reason, exit_code=exit_code, failed=True)

    async def _start(self) -> ContainerProcess:
        definitions = self._definition.container_definitions
        if len(definitions) != 1:
            raise TaskFailed(
                f"the embedded ECS runs one container a task; {self._definition.arn} has {len(definitions)}"
            )
        container = definitions[0]
        self._set("PENDING")
        reference = container["image"]
        parsed = images.parse_ecr_reference(reference)
        if parsed is not None and not self._around.registry_has(*parsed):
            raise TaskFailed(f"CannotPullContainerError: {reference}: not found")
        runnable = images.resolve(self._around.state_dir, reference)
        options = container.get("logConfiguration", {}).get("options", {})
        stream = self._around.logs.open_stream(options, container=container["name"], task_id=self.id)
        port = self._around.addresses.claim(self.address)
        command = command_of(
            container,
            self._override(container["name"]),
            runnable,
            port=port,
            base_environment=self._around.base_environment,
            secret=self._secret,
        )
        self._process = await self._start_in_turn(command, runnable.directory, stream.write, port)
        for record in self.record.containers:
            mappings = container.get("portMappings", [])
            record.network_bindings = [
                {"bindIP": "127.0.0.1", "containerPort": mapping["containerPort"], "hostPort": port, "protocol": "tcp"}
                for mapping in mappings
            ]
        self.record.started_at = _now()
        self._set("RUNNING")
        for place in self._places:
            self._around.targets.register(place.group_arn, self.address, place.port)
        return self._process

    async def _start_in_turn(
        self, command: Command, directory: Path, on_line: Callable[[str], None], port: int
    ) -> ContainerProcess:
        """Start the container when it is its turn, which is over when it listens or is to stop.

        Nobody waits for one that is no target: it may never listen.
        """
        process: ContainerProcess | None = None

        async def is_over() -> bool:
            return process is None or process.ended or self.stopping or not self._places or await listens(port)

        await self._around.starts.take()
        try:
            process = await ContainerProcess.start(
                command=command.words, directory=directory, environment=command.environment, on_line=on_line
            )
            return process
        finally:
            self._around.starts.give_back(is_over)

    async def _run(self, process: ContainerProcess) -> int:
        """Until the process ends by itself, or until it was told to stop, drained and has ended."""
        ended = asyncio.ensure_future(process.wait())
        asked = asyncio.ensure_future(self._stop_asked.wait())
        exposed = asyncio.ensure_future(self._around.wait_until_exposed(process.pid))
        await asyncio.wait({ended, asked, exposed}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if ended.done() and not self._stop_asked.is_set():
            exposed.cancel()
            return ended.result()
        at_once = exposed.done()  # not drained either: until it ends, it can be reached from outside
        if at_once:
            self.stop(code="EssentialContainerExited", reason=listeners.reason(exposed.result()), failed=True)
        exposed.cancel()
        self._set("DEACTIVATING")
        self._leave()
        while not at_once and not ended.done() and any(state is not None for state in self.target_states()):
            await asyncio.wait({ended}, timeout=_POLL_SECONDS)
        self._set("STOPPING")
        self.record.stopping_at = _now()
        container = self._definition.container_definitions[0]
        timeout = container.get("stopTimeout", _DEFAULT_STOP_TIMEOUT_SECONDS)
        if not ended.done():
            await process.stop(timeout_seconds=0 if at_once else float(timeout))
        return await ended

    def _leave(self) -> None:
        for place in self._places:
            self._around.targets.deregister(place.group_arn, self.address)

    def _end(self, *, code: str | None, reason: str | None, exit_code: int | None, failed: bool) -> None:
        self._leave()
        if code is not None:
            self.record.stop_code, self.record.stopped_reason = code, reason
        self.record.desired_status = "STOPPED"
        self.record.stopped_at = _now()
        for container in self.record.containers:
            container.exit_code = exit_code
            container.exitCode = exit_code
        self._around.addresses.release(self.address)
        self._around.release_interface(self.record)
        self.failed = failed
        self.stopped = True
        self._set("STOPPED")
        log.info("task stopped", extra={"task": self.id, "reason": self.record.stopped_reason, "exit_code": exit_code})

    def _set(self, status: str) -> None:
        self.record.last_status = status
        for container in self.record.containers:
            container.last_status = status if status in ("RUNNING", "STOPPED") else "PENDING"
        self._around.changed()

    def _override(self, name: str) -> Mapping[str, Any]:
        overrides = (self.record.overrides or {}).get("containerOverrides", [])
        return next((override for override in overrides if override.get("name") == name), {})

    def _secret(self, value_from: str) -> str:
        try:
            return self._around.secrets.read(value_from)
        except LookupError as problem:
            raise TaskFailed(str(problem)) from problem


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
