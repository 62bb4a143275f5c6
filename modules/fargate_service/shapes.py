"""Shapes of the construct's inputs; importable without starting CDKTF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final


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
        listener_arn: the load balancer's listener, which gets the rule; None for services without one.
        alb_security_group_id: the source from which tasks accept traffic; None as well.
    """

    cluster_arn: str
    vpc_id: str
    subnet_ids: Sequence[str]
    listener_arn: str | None = None
    alb_security_group_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class InternalListener:
    """Listener of a second load balancer, such as one inside the VPC.

    Attributes:
        arn: of the listener.
        security_group_id: of its load balancer.
        rules: names of those additional rules of the service that stand on it.
        registers: whether the service's tasks are in the target groups behind it.
    """

    arn: str
    security_group_id: str
    rules: Sequence[str]
    registers: bool = True

    def inputs(self) -> dict[str, object]:
        """The module's value of this."""
        return {**asdict(self), "rules": list(self.rules)}


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer finds out whether a task can serve; None leaves an attribute to the module's default.

    Attributes:
        path: answers as ``matcher`` says while it can.
        matcher: status codes, such as ``200``, ``200,202`` or ``200-299``.
        interval_seconds: between two checks.
        timeout_seconds: after which no answer is a failure.
        healthy_threshold: successes in a row that let a task serve.
        unhealthy_threshold: failures in a row that end it.
    """

    path: str | None = None
    matcher: str | None = None
    interval_seconds: int | None = None
    timeout_seconds: int | None = None
    healthy_threshold: int | None = None
    unhealthy_threshold: int | None = None


CANARY_SUFFIX: Final = "-c"
"""After a service's name: names of its canary's ECS service and target group, as in canary.tf."""

FALLBACK_SUFFIX: Final = "-f"
"""After a service's name: its target group for the paths of others that fall back on it, as in main.tf."""

INTERNAL_SUFFIX: Final = "-i"
"""After a service's name: its target group behind the second load balancer, as in internal.tf."""

INTERNAL_CANARY_SUFFIX: Final = "-n"
"""After a service's name: its canary's target group there. A longer one would make the longest names too long."""

_SUFFIXES: Final = (CANARY_SUFFIX, FALLBACK_SUFFIX, INTERNAL_SUFFIX, INTERNAL_CANARY_SUFFIX)


def service_of(name: str) -> str:
    """Find whose tasks are behind a target group.

    Returns:
        The service's name, from that of its own group, its canary's, the one for others, or one inside the VPC.
    """
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A second set of tasks for a new revision; each value may be a Terraform expression.

    Attributes:
        desired_count: number of its tasks; 0 in rest.
        weight: percent of the service's requests that they get.
        held_task_definition_arn: what the service's own tasks keep meanwhile; empty: they take the new revision too.
    """

    desired_count: float
    weight: float
    held_task_definition_arn: str


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Target group that gets what a weight leaves over, and that of its canary with this one's percent of it."""

    target_group_arn: str
    canary_target_group_arn: str | None = None
    canary_weight: float | None = None


@dataclass(frozen=True, kw_only=True)
class LogGroup:
    """A CloudWatch log group that stands outside of the service's module."""

    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class QueryString:
    """A pair in the query string; without a key the value alone, wherever it stands. ``*`` and ``?`` are wildcards."""

    value: str
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class PreviewPriorities:
    """Priorities of a rule's previews, both lower than its own."""

    new: int
    old: int


@dataclass(frozen=True, kw_only=True)
class PreviewHeader:
    """Header that picks a side, with the value ``new:KEY`` or ``old:KEY``."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """Which requests a service serves: those that match every condition that is given, 1 to 5 values in all.

    It has just the attributes that the module knows, which refuses any other.

    Attributes:
        priority: the lowest wins.
        path_patterns: ``*`` in a pattern matches ``/`` too.
        methods: in capitals.
        host_headers: host names, with wildcards.
        http_headers: values, with wildcards, by the header's name.
        query_strings: pairs of which one is enough.
        source_ips: address blocks.
        preview_priorities: of the rules that pick a side by the preview header; None: it has none.
    """

    priority: int
    path_patterns: Sequence[str] = ()
    methods: Sequence[str] = ()
    host_headers: Sequence[str] = ()
    http_headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query_strings: Sequence[QueryString] = ()
    source_ips: Sequence[str] = ()
    preview_priorities: PreviewPriorities | None = None

    def inputs(self) -> dict[str, object]:
        """The module's value of this, without the conditions that are not given."""
        lists = {
            "path_patterns": self.path_patterns,
            "methods": self.methods,
            "host_headers": self.host_headers,
            "source_ips": self.source_ips,
        }
        found: dict[str, object] = {"priority": self.priority}
        found |= {name: list(values) for name, values in lists.items() if values}
        if self.http_headers:
            found["http_headers"] = {name: list(values) for name, values in self.http_headers.items()}
        if self.query_strings:
            found["query_strings"] = [asdict(pair) for pair in self.query_strings]
        if self.preview_priorities:
            found["preview_priorities"] = asdict(self.preview_priorities)
        return found
