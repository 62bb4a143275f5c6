"""A service that scales, on moto's own records and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.base_backend import BackendDict

from embedded.autoscaling.backend import DIMENSION, EmbeddedAutoscaling
from embedded.autoscaling.scaler import Scaler
from embedded.cloudwatch.alarms import Alarms
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key

ACCOUNT, REGION = "000000000000", "us-east-1"
RESOURCE = "service/shop-dev/shop-dev-web"
CPU = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
NOON = 1_767_268_800.0


class Stage:
    """One service with two tasks, whose CPU is what ``run`` is given."""

    def __init__(self) -> None:
        self.now = NOON
        self.service = SimpleNamespace(
            status="ACTIVE", desired_count=2, running_count=2, deployments=[{"rolloutState": "COMPLETED"}]
        )
        self.ecs = SimpleNamespace(services={"shop-dev:shop-dev-web": self.service})
        self.backend: EmbeddedAutoscaling = applicationautoscaling_backends[ACCOUNT][REGION]  # type: ignore[assignment]
        self.cloudwatch: EmbeddedCloudWatch = cloudwatch_backends[ACCOUNT][REGION]  # type: ignore[assignment]
        self.store = self.cloudwatch.store("AWS/ECS")
        self.changes = 0
        self.scaler = self.new_scaler()

    def new_scaler(self, *, speed: int = 1) -> Scaler:
        def changed() -> None:
            self.changes += 1

        self.scaler = Scaler(
            backend=self.backend,
            ecs=self.ecs,
            alarms=Alarms(self.cloudwatch, speed=speed),
            speed=speed,
            changed=changed,
            clock=lambda: self.now,
        )
        return self.scaler

    def register(self, least: int = 2, most: int = 8, **suspended: bool) -> Any:
        return self.backend.register_scalable_target("ecs", RESOURCE, DIMENSION, least, most, "", suspended)

    def track(self, target: float = 50, **more: Any) -> Any:
        body = {"PredefinedMetricSpecification": CPU, "TargetValue": target, **more}
        return self.backend.put_scaling_policy("cpu", "ecs", RESOURCE, DIMENSION, body, "TargetTrackingScaling")

    def schedule(self, expression: str, *, least: int | None = None, most: int | None = None, **more: Any) -> None:
        action = {name: value for name, value in (("MinCapacity", least), ("MaxCapacity", most)) if value is not None}
        times = {"start_time": None, "end_time": None, **more}
        self.backend.put_scheduled_action(
            "ecs", expression, "UTC", "later", RESOURCE, DIMENSION, times["start_time"], times["end_time"], action
        )
        self.backend.scheduled_actions[-1].creation_time = self.now

    def run(self, seconds: int, *, cpu: float | None = None, fulfils: bool = True) -> None:
        """Let time pass, second by second; tasks that are asked for are there a second later."""
        for _ in range(seconds):
            self.now += 1
            if cpu is not None:
                key = Key.of("CPUUtilization", {"ClusterName": "shop-dev", "ServiceName": "shop-dev-web"})
                self.store.put(key, at=self.now, samples=[(cpu, 1)])
            self.scaler.tick()
            if fulfils:
                self.service.running_count = self.service.desired_count

    def activities(self) -> list[tuple[int, str, str]]:
        """Count, cause and status of each, the newest first."""
        return [(one.count, one.cause, one.status) for one in self.backend.activities]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    BackendDict.reset()
    monkeypatch.setattr(applicationautoscaling_backends, "backend", EmbeddedAutoscaling)
    monkeypatch.setattr(cloudwatch_backends, "backend", EmbeddedCloudWatch)
    monkeypatch.setattr(EmbeddedAutoscaling, "_ecs_service_exists_for_target", lambda *_: True)
    yield Stage()
    BackendDict.reset()
