"""CDKTF construct of the module `fargate_service`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from cdktf import Op, Token
from constructs import Construct

from modules.fargate_service.options import ServiceOptions
from modules.fargate_service.scaling import AUTOSCALED, Autoscaling
from modules.fargate_service.shapes import (
    Canary,
    Fallback,
    HealthCheck,
    InternalListener,
    ListenerRule,
    LogGroup,
    Placement,
    PreviewHeader,
    TaskSize,
)
from modules.local_module import LocalModule, given


class FargateService(LocalModule):
    """One service: roles, security group, target group, rule, task definition, ECS service.

    Args:
        name: name of the service and what belongs to it, at most 32 characters.
        container_name: name of its container.
        container_port: where the container listens; None: 80.
        health_check: how the load balancer finds out whether a task can serve; None: ``/`` answers 200.
        image: image reference with an immutable tag.
        placement: where it runs.
        rule: which requests it serves; None: it has no load balancer.
        additional_rules: more of them, by names that stay.
        internal_listener: where some of these stand; None: all are on the placement's listener.
        size: CPU and memory of a task.
        log_group: where its lines go: a log group that outlives it, or the name of one that it makes for itself.
        desired_count: number of tasks; with ``autoscaling`` the one to begin with.
        autoscaling: how Application Auto Scaling sets their number from then on; None: Terraform sets it.
        environment: environment of the container, without PORT.
        secrets: environment variable => ARN of an SSM parameter or Secrets Manager secret.
        task_policies: policy name => policy JSON of the task role.
        repository_arn: ECR repository that the image is pulled from; None for a public image.
        egress_tcp_ports: TCP ports that tasks may call.
        weight: percentage of the rule's requests for this service, as a number or a Terraform expression.
        fallback: service that gets the rest.
        fallback_group: whether those that fall back on this service have a target group of its tasks for themselves.
        canary: second set of tasks for a new revision; None: there is none, and every revision is rolled out.
        preview_header: picks a side where a rule has previews; None: no rule has any.
        sticky_seconds: how long a visitor stays where a shared rule sent it first; None: not at all.
        readonly_root_filesystem: whether the container's own files are write-protected.
        cpu_architecture: ``X86_64`` or ``ARM64``; None: the module's default, as for all that follows.
        assign_public_ip: whether tasks have public addresses, for subnets without a NAT gateway.
        drain_seconds: how long a task that leaves may finish its requests.
        stop_timeout_seconds: how long its container may take to end after SIGTERM.
        health_check_grace_period_seconds: how long a new task may fail its health checks.
        wait_for_steady_state: whether an apply ends only when the tasks are steady.
        log_retention_days: of a log group of its own.
        open_alb_to_tasks: whether the load balancer's security group gets a rule by which it may call the tasks.
        options: what few services ask for; None: nothing of it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        container_name: str,
        image: str,
        placement: Placement,
        rule: ListenerRule | None,
        size: TaskSize,
        log_group: LogGroup | str,
        desired_count: float,
        autoscaling: Autoscaling | None = None,
        additional_rules: Mapping[str, ListenerRule] | None = None,
        internal_listener: InternalListener | None = None,
        preview_header: PreviewHeader | None = None,
        container_port: int | None = None,
        health_check: HealthCheck | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        task_policies: Mapping[str, str] | None = None,
        repository_arn: str | None = None,
        egress_tcp_ports: Sequence[int] | None = None,
        weight: float | None = None,
        fallback: FargateService | None = None,
        fallback_group: bool = False,
        canary: Canary | None = None,
        sticky_seconds: float | None = None,
        readonly_root_filesystem: bool | None = None,
        cpu_architecture: str | None = None,
        assign_public_ip: bool | None = None,
        drain_seconds: int | None = None,
        stop_timeout_seconds: int | None = None,
        health_check_grace_period_seconds: int | None = None,
        wait_for_steady_state: bool | None = None,
        log_retention_days: int | None = None,
        open_alb_to_tasks: bool | None = None,
        options: ServiceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "name": name,
            "container_name": container_name,
            "container_port": container_port,
            "health_check": None if health_check is None else given(asdict(health_check)),
            "image": image,
            "repository_arn": repository_arn,
            "cluster_arn": placement.cluster_arn,
            "vpc_id": placement.vpc_id,
            "subnet_ids": placement.subnet_ids,
            "listener_arn": placement.listener_arn,
            "alb_security_group_id": placement.alb_security_group_id,
            "listener_rule": None if rule is None else rule.inputs(),
            "additional_listener_rules": {name: one.inputs() for name, one in (additional_rules or {}).items()} or None,
            "internal_listener": None if internal_listener is None else internal_listener.inputs(),
            "preview_header": None if preview_header is None else asdict(preview_header),
            "cpu_units": size.cpu_units,
            "memory_mib": size.memory_mib,
            "log_group_name": log_group if isinstance(log_group, str) else None,
            "log_group": None if isinstance(log_group, str) else {"name": log_group.name, "arn": log_group.arn},
            "desired_count": desired_count,
            "autoscaling": None if autoscaling is None else autoscaling.inputs(),
            "environment": environment,
            "secrets": secrets,
            "task_policies": task_policies,
            "egress_tcp_ports": egress_tcp_ports,
            "weight": weight,
            "fallback": None if fallback is None else fallback.as_fallback(),
            "fallback_group": fallback_group or None,
            "canary": None if canary is None else asdict(canary),
            "sticky_seconds": sticky_seconds,
            "readonly_root_filesystem": readonly_root_filesystem,
            "cpu_architecture": cpu_architecture,
            "assign_public_ip": assign_public_ip,
            "drain_seconds": drain_seconds,
            "stop_timeout_seconds": stop_timeout_seconds,
            "health_check_grace_period_seconds": health_check_grace_period_seconds,
            "wait_for_steady_state": wait_for_steady_state,
            "log_retention_days": log_retention_days,
            "open_alb_to_tasks": open_alb_to_tasks,
            **(options or ServiceOptions()).inputs(),
        }
        folder = "fargate_service" if autoscaling is None else f"fargate_service/{AUTOSCALED}"
        super().__init__(scope, id, folder=folder, inputs=inputs)
        self._canary = canary
        self._fallback_group = fallback_group

    @property
    def target_shares(self) -> Sequence[tuple[str, float]]:
        """ARN and percent of the requests of each target group: the service's own and, with a canary, that one's."""
        if self._canary is None:
            return [(self.target_group_arn, 100)]
        weight = self._canary.weight
        rest = Token.as_number(Op.sub(100, weight))
        return [(self.target_group_arn, rest), (self.canary_target_group_arn, weight)]

    def as_fallback(self) -> dict[str, object]:
        """The module's input ``fallback`` of a service that shares its requests with this one."""
        group = self.get_string("fallback_target_group_arn") if self._fallback_group else self.target_group_arn
        fallback = Fallback(target_group_arn=group)
        if self._canary is not None:
            fallback = Fallback(
                target_group_arn=group,
                canary_target_group_arn=self.canary_target_group_arn,
                canary_weight=self._canary.weight,
            )
        return given(asdict(fallback))

    @property
    def service_name(self) -> str:
        """Name of the ECS service."""
        return self.get_string("service_name")

    @property
    def target_group_arn(self) -> str:
        """ARN of the target group."""
        return self.get_string("target_group_arn")

    @property
    def task_definition_arn(self) -> str:
        """ARN of the task definition revision that the service's own tasks were asked for."""
        return self.get_string("task_definition_arn")

    @property
    def canary_service_name(self) -> str:
        """Name of the canary's ECS service."""
        return self.get_string("canary_service_name")

    @property
    def canary_task_definition_arn(self) -> str:
        """ARN of the task definition revision that the canary was asked for."""
        return self.get_string("canary_task_definition_arn")

    @property
    def canary_target_group_arn(self) -> str:
        """ARN of the canary's target group."""
        return self.get_string("canary_target_group_arn")

    @property
    def log_group_name(self) -> str:
        """Name of the log group."""
        return self.get_string("log_group_name")

    @property
    def security_group_id(self) -> str:
        """Security group of the tasks."""
        return self.get_string("security_group_id")
