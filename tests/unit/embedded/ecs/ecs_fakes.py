"""A service of the API, tasks without processes, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from embedded.ecs.deployment import Deployment
from embedded.ecs.service import ServiceController
from embedded.ecs.surroundings import TargetPlace

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/toy/1"


def definition(revision: int) -> str:
    """ARN of a task definition."""
    return f"arn:aws:ecs:us-east-1:123456789012:task-definition/toy:{revision}"


class FakeTask:
    """What the controller sees of a task; the test says how it fares."""

    def __init__(self, number: int, deployment: Deployment, places: tuple[TargetPlace, ...]) -> None:
        self.id = f"task-{number}"
        self.deployment = deployment
        self.places = places
        self.running = False
        self.stopping = False
        self.stopped = False
        self.failed = False
        self.targets: tuple[str | None, ...] = ("initial",) * len(places)
        self.record = SimpleNamespace(stopped_reason="")
        self.health, self.well = "UNKNOWN", True
        self.stop_code = ""

    def target_states(self) -> tuple[str | None, ...]:
        return self.targets

    def stop(self, *, code: str, reason: str, failed: bool = False) -> None:
        self.stopping, self.running = True, False
        self.stop_code, self.record.stopped_reason = code, reason
        self.failed = self.failed or failed

    def serve(self) -> None:
        """It runs and every target group calls it healthy."""
        self.running = True
        self.targets = ("healthy",) * len(self.places)

    def end(self, *, reason: str = "", failed: bool | None = None) -> None:
        """Its process is gone."""
        self.running, self.stopped = False, True
        self.record.stopped_reason = reason or self.record.stopped_reason
        self.failed = self.failed if failed is None else failed


class Service:
    """A controller with fakes around it."""

    def __init__(self, *, desired: int = 2, **differs: Any) -> None:
        self.now = 1000.0
        self.launched: list[FakeTask] = []
        self.refuses: Exception | None = None
        values: dict[str, Any] = {
            "name": "toy",
            "status": "ACTIVE",
            "desired_count": desired,
            "task_definition": definition(1),
            "load_balancers": [{"targetGroupArn": GROUP, "containerPort": "80", "containerName": "toy"}],
            "launch_type": "FARGATE",
            "platform_version": "LATEST",
            "network_configuration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
            "health_check_grace_period_seconds": 0,
            "deployment_configuration": {
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            "deployments": [],
            "events": [],
            "running_count": 0,
            "pending_count": 0,
        }
        self.record = SimpleNamespace(**{**values, **differs})
        self.controller = ServiceController(self.record, launch=self._launch, clock=lambda: self.now)

    def _launch(self, _record: Any, deployment: Deployment, places: tuple[TargetPlace, ...]) -> Any:
        if self.refuses is not None:
            raise self.refuses
        self.launched.append(FakeTask(len(self.launched) + 1, deployment, places))
        return self.launched[-1]

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.controller.tick()

    def tasks(self, **wanted: bool) -> list[FakeTask]:
        """Tasks that have not stopped and whose attributes are as wanted."""
        return [
            task
            for task in self.launched
            if not task.stopped and all(getattr(task, name) is value for name, value in wanted.items())
        ]

    def serve_all(self) -> None:
        """Every task that was not told to stop serves; every one that was has ended; and the controller noticed."""
        for task in self.tasks():
            task.end() if task.stopping else task.serve()
        self.tick()

    def until(self, condition: Callable[[], bool]) -> None:
        """Let tasks come and go until the condition holds."""
        for _ in range(20):
            if condition():
                return
            self.tick()
            self.serve_all()
        raise AssertionError(f"not within 20 rounds: {self.record.deployments}")

    def steady(self) -> None:
        self.until(lambda: bool(self.record.deployments) and self.primary["rolloutState"] == "COMPLETED")

    @property
    def primary(self) -> dict[str, Any]:
        """The primary deployment as the API shows it."""
        found: dict[str, Any] = self.record.deployments[0]
        assert found["status"] == "PRIMARY"
        return found

    def messages(self) -> list[str]:
        """Events, the newest first."""
        return [event["message"] for event in self.record.events]
