"""Shapes of the construct's inputs; importable without starting CDKTF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TaskSize:
    """What one task gets: CPU in 1/1024 vCPU, memory in MiB, in a combination that Fargate offers."""

    cpu_units: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where tasks run and who may reach them, the same for all services of a stack.

    Attributes:
        cluster_arn: the ECS cluster.
        vpc_id: the VPC.
        subnet_ids: subnets of the tasks, at least two.
        listener_arn: the load balancer's listener, which gets the rule.
        alb_security_group_id: the only source from which tasks accept traffic.
    """

    cluster_arn: str
    vpc_id: str
    subnet_ids: Sequence[str]
    listener_arn: str
    alb_security_group_id: str


@dataclass(frozen=True, kw_only=True)
class LogGroup:
    """A CloudWatch log group that stands outside of the service's module."""

    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """Which paths a service serves; the lowest priority wins. ``*`` in a pattern matches ``/`` too."""

    priority: int
    path_patterns: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How tasks are checked, drained and stopped; all times in seconds, thresholds in checks."""

    health_check_path: str
    health_check_interval_seconds: int
    health_check_timeout_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int
    health_check_grace_period_seconds: int
    drain_seconds: int
    stop_timeout_seconds: int

    def inputs(self) -> dict[str, object]:
        """The module's variables for this."""
        return {
            "health_check": {
                "path": self.health_check_path,
                "interval_seconds": self.health_check_interval_seconds,
                "timeout_seconds": self.health_check_timeout_seconds,
                "healthy_threshold": self.healthy_threshold,
                "unhealthy_threshold": self.unhealthy_threshold,
            },
            "health_check_grace_period_seconds": self.health_check_grace_period_seconds,
            "drain_seconds": self.drain_seconds,
            "stop_timeout_seconds": self.stop_timeout_seconds,
        }
