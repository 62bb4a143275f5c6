"""What stands around one ECS task, played by the test: its process, its target groups, its secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from embedded.ecs.logs import AwsLogs
from embedded.ecs.starts import Starts
from embedded.ecs.surroundings import Surroundings, TargetPlace
from embedded.ecs.task import Task
from embedded.network import Addresses

GROUP, OTHER_GROUP = "arn:…:targetgroup/toy/1", "arn:…:targetgroup/other/2"
REFERENCE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/toy:v1"
ADDRESS = "10.0.0.7"
PLACES = (TargetPlace(group_arn=GROUP, port=80), TargetPlace(group_arn=OTHER_GROUP, port=81))


class FakeProcess:
    """Ends when the test says so, or when it is stopped."""

    pid = 4711

    def __init__(self, **started_with: Any) -> None:
        self.command: Sequence[str] = started_with["command"]
        self.directory: Path = started_with["directory"]
        self.environment: Mapping[str, str] = started_with["environment"]
        self.on_line: Callable[[str], None] = started_with["on_line"]
        self.stop_timeout: float | None = None
        self.on_stop: Callable[[], None] = lambda: None
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        return self._ended.done()

    def end(self, code: int) -> None:
        self._ended.set_result(code)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def stop(self, *, timeout_seconds: float) -> int:
        self.stop_timeout = timeout_seconds
        self.end(143)
        self.on_stop()
        return await self.wait()


class FakeTargets:
    """A load balancer that drains a target when the test says so."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], str] = {}
        self.ports: dict[str, int] = {}

    def register(self, group_arn: str, address: str, port: int) -> None:
        self.states[group_arn, address] = "initial"
        self.ports[group_arn] = port

    def deregister(self, group_arn: str, address: str) -> None:
        if (group_arn, address) in self.states:
            self.states[group_arn, address] = "draining"

    def state(self, group_arn: str, address: str) -> str | None:
        return self.states.get((group_arn, address))


class FakeSecrets:
    def read(self, value_from: str) -> str:
        if value_from != "arn:secret":
            raise LookupError(f"{value_from} was not found")
        return "hush"


class Stage:
    """Everything around one task."""

    def __init__(self, state_dir: Path) -> None:
        self.processes: list[FakeProcess] = []
        self.fails_to_start: Exception | None = None
        self.targets = FakeTargets()
        self.released: list[Any] = []
        self.addresses = Addresses()
        self.log_group = SimpleNamespace(streams={})
        logs = SimpleNamespace(groups={"/toy": self.log_group}, create_log_stream=self._create_stream)
        self.logs = AwsLogs(backend=logs)
        self.around = Surroundings(
            state_dir=state_dir,
            region="us-east-1",
            base_environment={"PATH": str(state_dir / "bin"), "SHARED": "base"},
            addresses=self.addresses,
            targets=self.targets,
            secrets=FakeSecrets(),
            logs=self.logs,
            registry_has=lambda repository, tag: (repository, tag) == ("toy", "v1"),
            release_interface=self.released.append,
            starts=Starts(9),
            wait_until_exposed=self._wait_until_exposed,
        )
        self.exposed: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self.container: dict[str, Any] = {
            "name": "toy",
            "image": REFERENCE,
            "portMappings": [{"containerPort": 80}],
            "environment": [{"name": "COLOUR", "value": "red"}, {"name": "SHARED", "value": "own"}],
            "secrets": [{"name": "KEY", "valueFrom": "arn:secret"}],
            "stopTimeout": 7,
            "logConfiguration": {"options": {"awslogs-group": "/toy", "awslogs-stream-prefix": "t"}},
        }
        self.record = SimpleNamespace(
            id="0123",
            desired_status="RUNNING",
            last_status="",
            stopped_reason=None,
            stop_code=None,
            overrides={},
            attachments=[{"details": [{"name": "subnetId", "value": "s"}, _detail("privateIPv4Address", ADDRESS)]}],
            containers=[_record("toy")],
        )
        self.definitions = [self.container]
        self.stopped: list[str] = []

    async def _wait_until_exposed(self, process_group: int) -> tuple[str, ...]:
        assert process_group == FakeProcess.pid
        return await asyncio.shield(self.exposed)

    def _create_stream(self, _group: str, name: str) -> None:
        self.log_group.streams[name] = []

    async def start_process(self, **arguments: Any) -> FakeProcess:
        if self.fails_to_start is not None:
            raise self.fails_to_start
        process = FakeProcess(**arguments)
        self.processes.append(process)
        process.on_stop = lambda: self.stopped.append(_name_of(process))
        return process

    def add(self, name: str, *, first: bool = False, **settings: Any) -> None:
        """Another container in the task, whose command ends with its name."""
        definition = {
            "name": name,
            "image": REFERENCE,
            "command": ["serve", name],
            "logConfiguration": self.container["logConfiguration"],
            **settings,
        }
        place = 0 if first else len(self.definitions)
        self.definitions.insert(place, definition)
        self.record.containers.insert(place, _record(name))

    def definition(self, name: str) -> dict[str, Any]:
        """A container's definition by its name."""
        return next(one for one in self.definitions if one["name"] == name)

    def record_of(self, name: str) -> Any:
        """A container's record by its name."""
        return next(one for one in self.record.containers if one.name == name)

    def started(self) -> list[str]:
        """Names of the containers that were started, in order."""
        return [_name_of(process) for process in self.processes]

    def process_of(self, name: str) -> FakeProcess:
        """The process of the container of that name."""
        return next(process for process in self.processes if _name_of(process) == name)

    def task(self, *places: TargetPlace) -> Task:
        definition = SimpleNamespace(arn="arn:toy:1", container_definitions=self.definitions)
        return Task(self.record, definition, self.around, places=places)

    async def running(self, *places: TargetPlace) -> Task:
        task = self.task(*places)
        await until(lambda: self.record.last_status == "RUNNING")
        return task

    @property
    def process(self) -> FakeProcess:
        return self.processes[0]

    def program(self, name: str) -> str:
        return str(self.around.state_dir / "bin" / name)


def _record(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, last_status="", network_bindings=[], exit_code=None)


def _name_of(process: FakeProcess) -> str:
    """What a container that was added is called; the first one is the toy."""
    return "toy" if process.command[-1].endswith("s") and "{port}" in process.command[-1] else process.command[-1]


def _detail(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("not within 100,000 turns of the event loop")
