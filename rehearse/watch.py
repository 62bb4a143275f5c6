"""What the AWS API shows during the walk: weights of the rules, tasks of the services, healthy targets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from stacks.microservices import SERVICES

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
    def whole(self) -> bool:
        """Whether all its tasks run and get requests, and nothing is being rolled."""
        return self.deployments == 1 and self.running == self.desired > 0 and self.healthy >= self.desired


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look.

    Attributes:
        at: monotonic seconds.
        services: by short name, such as ``like``.
        weights: percent of a path that each service gets, by path pattern and short name.
    """

    at: float
    services: Mapping[str, ServiceCounts]
    weights: Mapping[str, Mapping[str, float]]


class Observer:
    """Reads one sample at a time.

    ``cluster`` is also the load balancer's name; ``prefix`` is what the names of services and target groups begin with,
    such as ``mysfits-dev-``.
    """

    def __init__(self, client: Callable[[str], Any], *, cluster: str, prefix: str) -> None:
        self._ecs = client("ecs")
        self._elb = client("elbv2")
        self._cluster = cluster
        self._prefix = prefix
        self._services_by_name = {f"{prefix}{service}": service for service in SERVICES}

    def sample(self) -> Sample:
        """What stands there now.

        Raises:
            ClientError, BotoCoreError: something went away between two calls; look again.
        """
        at = time.monotonic()
        groups = {
            group["TargetGroupArn"]: self._services_by_name[group["TargetGroupName"]]
            for group in self._elb.describe_target_groups()["TargetGroups"]
            if group["TargetGroupName"] in self._services_by_name
        }
        healthy = {name: self._healthy(arn) for arn, name in groups.items()}
        return Sample(at=at, services=self._services(healthy), weights=self._weights(groups))

    def _healthy(self, group_arn: str) -> int:
        targets = self._elb.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)

    def _services(self, healthy: Mapping[str, int]) -> dict[str, ServiceCounts]:
        arns = self._ecs.list_services(cluster=self._cluster)["serviceArns"]
        found = self._ecs.describe_services(cluster=self._cluster, services=arns)["services"] if arns else []
        counts: dict[str, ServiceCounts] = {}
        for service in found:
            name = service["serviceName"].removeprefix(self._prefix)
            if service["status"] != "INACTIVE":
                counts[name] = ServiceCounts(
                    desired=service["desiredCount"],
                    running=service["runningCount"],
                    pending=service["pendingCount"],
                    healthy=healthy.get(name, 0),
                    deployments=len(service["deployments"]),
                )
        return counts

    def _weights(self, groups: Mapping[str, str]) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for balancer in self._elb.describe_load_balancers()["LoadBalancers"]:
            if balancer["LoadBalancerName"] != self._cluster:
                continue
            for listener in self._elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                for rule in self._elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                    found.update(_rule_weights(rule, groups))
        return found


def _rule_weights(rule: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Percent for each service by the rule's path pattern; nothing for a rule that does not forward."""
    patterns = [
        pattern
        for condition in rule["Conditions"]
        for pattern in condition.get("PathPatternConfig", {}).get("Values", condition.get("Values", []))
    ]
    targets = [
        group
        for action in rule["Actions"]
        if action["Type"] == "forward"
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
        or [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
    ]
    total = sum(int(target.get("Weight", 1)) for target in targets)
    if not patterns or total == 0:
        return {}
    shares: dict[str, float] = {}
    for target in targets:
        name = groups.get(target["TargetGroupArn"], "?")
        shares[name] = shares.get(name, 0.0) + 100 * int(target.get("Weight", 1)) / total
    return dict.fromkeys(patterns, shares)


class Watch:
    """Samples in a thread of its own from ``start`` to ``stop``; ``samples`` grows meanwhile."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.samples: list[Sample] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the last look is over."""
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
