"""Records of the API and everything around a task, for decisions that are tested without processes or a clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from embedded.ecs.capacity import NoCapacity
from embedded.ecs.deployment import Deployment
from embedded.ecs.logs import AwsLogs
from embedded.ecs.service import ServiceController
from embedded.ecs.surroundings import Surroundings, TargetPlace
from embedded.network import Addresses

ONE, TWO, THREE = (f"arn:aws:ecs:us-east-1:123456789012:task-definition/toy:{number}" for number in (1, 2, 3))
BREAKER = {"enable": True, "rollback": True}


def service_record(name: str = "toy", **differs: Any) -> SimpleNamespace:
    """A service of the API: two tasks of the first revision behind one target group."""
    values = {
        "name": name,
        "arn": f"arn:aws:ecs:us-east-1:123456789012:service/one/{name}",
        "cluster_arn": "arn:aws:ecs:us-east-1:123456789012:cluster/one",
        "cluster_name": "one",
        "status": "ACTIVE",
        "desired_count": 2,
        "task_definition": ONE,
        "load_balancers": [{"targetGroupArn": "group", "containerPort": "8080"}],
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "network_configuration": {},
        "deployment_configuration": {
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": BREAKER,
        },
        "health_check_grace_period_seconds": 10,
        "deployments": [],
        "events": [],
    }
    return SimpleNamespace(**{**values, **differs})


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeTask:
    """A task as its service sees it."""

    def __init__(self, number: int, deployment: Deployment, places: tuple[TargetPlace, ...]) -> None:
        self.id = f"task-{number}"
        self.deployment = deployment
        self.places = places
        self.running = self.stopping = self.stopped = self.failed = False
        self.states: tuple[str | None, ...] = ("initial",)
        self.record = SimpleNamespace(stopped_reason="")
        self.health, self.well = "UNKNOWN", True
        self.stops: list[dict[str, Any]] = []

    def target_states(self) -> tuple[str | None, ...]:
        return self.states

    def stop(self, *, code: str, reason: str, failed: bool = False) -> None:
        self.stops.append({"code": code, "reason": reason, "failed": failed})
        self.running, self.stopping, self.failed = False, True, self.failed or failed

    def come_up(self, state: str | None = "healthy") -> None:
        self.running, self.states = True, (state,)

    def end(self, *, failed: bool, reason: str = "it ended") -> None:
        self.running, self.stopped, self.failed = False, True, failed
        self.record.stopped_reason = reason


class Toy:
    """A service's controller with fake tasks and a clock."""

    def __init__(self, record: Any | None = None) -> None:
        self.record = record or service_record()
        self.clock = Clock()
        self.tasks: list[FakeTask] = []
        self.refuse: Exception | None = None
        self.places: float = math.inf
        self.alarms_off: set[str] = set()
        self.remarks: tuple[str, ...] = ()
        self.controller = self.start()

    def start(self) -> ServiceController:
        """A controller of the record, as after the start of the embedded AWS."""
        launch: Callable[..., Any] = self._launch
        self.controller = ServiceController(
            self.record,
            launch=launch,
            clock=self.clock,
            alarms=lambda names: self.alarms_off & set(names),
            remarks=lambda *_: self.remarks,
        )
        return self.controller

    def _launch(self, record: Any, deployment: Deployment, places: tuple[TargetPlace, ...]) -> FakeTask:
        assert record is self.record
        if self.refuse is not None:
            raise self.refuse
        if sum(not task.stopped for task in self.tasks) >= self.places:
            raise NoCapacity
        self.tasks.append(FakeTask(len(self.tasks) + 1, deployment, places))
        return self.tasks[-1]

    def tick(self, *, seconds: float = 0.0) -> None:
        self.clock.now += seconds
        self.controller.tick()

    def active(self) -> list[FakeTask]:
        return [task for task in self.tasks if not task.stopping and not task.stopped]

    def bring_up(self) -> None:
        """Let every task that was started come into service, and what was told to stop end, until nothing changes."""
        for _ in range(10):
            for task in self.tasks:
                if task.stopping and not task.stopped:
                    task.end(failed=False)
                elif not task.stopped:
                    task.come_up()
            self.tick()

    @property
    def messages(self) -> list[str]:
        return [event["message"] for event in self.record.events]

    @property
    def primary(self) -> dict[str, Any]:
        found: dict[str, Any] = self.record.deployments[0]
        return found


def quiet_surroundings(state_dir: Path) -> Surroundings:
    """Of a scheduler whose tasks are fakes, so that nobody asks for the rest."""
    unused: Any = None
    return Surroundings(
        state_dir=state_dir,
        region="us-east-1",
        base_environment={},
        addresses=Addresses(),
        targets=unused,
        secrets=unused,
        logs=AwsLogs(backend=SimpleNamespace(groups={})),
        registry_has=unused,
        release_interface=unused,
    )


def roll(toy: Toy, definition: str) -> None:
    toy.record.task_definition = definition
    toy.tick()


def fail(toy: Toy, times: int) -> None:
    for _ in range(times):
        toy.active()[-1].end(failed=True)
        toy.tick()
        toy.tick(seconds=60)
