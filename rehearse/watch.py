"""What the AWS API shows during the walk: weights of the rules, tasks of the services, healthy targets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from cli import inventory
from modules.fargate_service.shapes import service_of

_POLL_SECONDS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class ServiceCounts:
    """One service as DescribeServices and DescribeTargetHealth show it."""

    desired: int
    running: int
    pending: int
    healthy: int
    deployments: int

    @property
    def steady(self) -> bool:
        """Whether all its tasks run and get requests, and nothing is being rolled."""
        return self.deployments == 1 and self.running == self.desired > 0 and self.healthy >= self.desired


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look.

    Attributes:
        at: monotonic seconds.
        services: by short name, without the environment's.
        weights: percent of a rule's requests that each service gets, by what the rule takes and short name.
    """

    at: float
    services: Mapping[str, ServiceCounts]
    weights: Mapping[str, Mapping[str, float]]


class Observer:
    """Reads one sample at a time.

    Args:
        client: makes a boto3 client of a service.
        environment: name of the environment, which is the cluster's and the load balancer's too, and the first part of
            the names of services and target groups.
        services: short names of the services that may be there.
        port: of the load balancer's listener.
    """

    def __init__(self, client: Callable[[str], Any], *, environment: str, services: Iterable[str], port: int) -> None:
        self._ecs = client("ecs")
        self._elb = client("elbv2")
        self._environment = environment
        self._short_names = {f"{environment}-{service}": service for service in services}
        self._port = port

    def sample(self) -> Sample:
        """Look once.

        Returns:
            What is there now.

        Raises:
            ClientError, BotoCoreError: something went away between two calls; look again.
        """
        at = time.monotonic()
        names = inventory.target_groups(self._elb)
        own = {arn: self._short_names[name] for arn, name in names.items() if name in self._short_names}
        healthy = {name: self._healthy(arn) for arn, name in own.items()}
        # What a service's canary gets, the service gets; and the monolith gets what others leave to it.
        both = {arn: service_of(name) for arn, name in names.items()}
        groups = {arn: self._short_names[name] for arn, name in both.items() if name in self._short_names}
        return Sample(at=at, services=self._services(healthy), weights=self._weights(groups))

    def _healthy(self, group_arn: str) -> int:
        targets = self._elb.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)

    def _services(self, healthy: Mapping[str, int]) -> dict[str, ServiceCounts]:
        return {
            name: ServiceCounts(
                desired=service["desiredCount"],
                running=service["runningCount"],
                pending=service["pendingCount"],
                healthy=healthy.get(name, 0),
                deployments=len(service["deployments"]),
            )
            for service in inventory.services(self._ecs, self._environment)
            if (name := self._short_names.get(service["serviceName"]))
        }

    def _weights(self, groups: Mapping[str, str]) -> dict[str, dict[str, float]]:
        rules = inventory.rules(self._elb, self._environment, port=self._port)
        shares = {inventory.label_of(rule): _shares(rule, groups) for rule in rules if not inventory.is_preview(rule)}
        return {label: services for label, services in shares.items() if label and services}


def _shares(rule: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, float]:
    """Percent of a rule's requests by short name of the service; nothing for a rule that does not forward."""
    weights = inventory.weights_of(rule)
    total = sum(weights.values())
    shares: dict[str, float] = {}
    for arn, weight in weights.items():
        name = groups.get(arn, "?")
        shares[name] = shares.get(name, 0.0) + (100 * weight / total if total else 0.0)
    return shares if total else {}


class Watch:
    """Samples in a thread of its own from ``start`` to ``stop``. ``samples`` grows meanwhile."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.samples: list[Sample] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End. Return when the last look is over."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def last(self) -> Sample | None:
        """The latest look, if there was one."""
        return self.samples[-1] if self.samples else None

    def _run(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            try:
                self.samples.append(self._observer.sample())
            except (ClientError, BotoCoreError):  # a group or service went between two calls
                continue
