"""The services of a stage: the monolith, and what was split off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository
from constructs import Construct

from modules.fargate_service.construct import FargateService
from modules.fargate_service.options import EgressRule, MountPoint, ServiceOptions, Volume
from modules.fargate_service.scaling import Autoscaling, Tracking
from modules.fargate_service.shapes import (
    Canary,
    HealthCheck,
    ListenerRule,
    LogGroup,
    Placement,
    PreviewHeader,
    PreviewPriorities,
    TaskSize,
)
from settings.settings import Settings
from stacks.containers import NOTHING, Container, Supplies
from stacks.exempt import exempt_use
from stacks.facade import InsideWay
from stacks.spot import ALL_ON_SPOT
from stacks.variables import (
    canary_tasks_variable,
    canary_weight_variable,
    held_revision_variable,
    image_tag_variable,
    path_is_shared,
    tasks_variable,
    weight_variable,
)
from systems.facade_way import FacadeWay
from systems.image_tags import image_tag
from systems.rules import MONOLITH_RULE, Rule
from systems.service import Mode, Service

PLACEHOLDER_IMAGE: Final = "public.ecr.aws/nginx/nginx:1.29"
"""What runs before the first image of our own is published."""

_NGINX_WRITES: Final = {"cache": "/var/cache/nginx", "run": "/run"}
"""Folders of NGINX's temporary files and of its pid file, by the name of their volume."""

_OPTIONS: Final = ServiceOptions(fail_on_rollback=False)
"""The deployer itself finds out whether ECS went back, and says why."""

_HTTPS: Final = 443
_HTTP: Final = 80


@dataclass(frozen=True, kw_only=True)
class ServiceScope:
    """What all services of the stack share.

    Attributes:
        settings: names, ports and the stage.
        placement: where services run.
        repositories: image registries by service name.
        log_groups: where the lines of a service go, by its name.
        supplies: what their containers ask for.
        preview_header: by which whoever has the key picks a side.
        sticky_seconds: how long a visitor stays where a shared rule sent it first, as a Terraform expression.
        inside: the way to the facade inside the VPC, if there is one.
    """

    settings: Settings
    placement: Placement
    repositories: Mapping[str, EcrRepository]
    log_groups: Mapping[str, LogGroup]
    supplies: Supplies
    preview_header: PreviewHeader
    sticky_seconds: float
    inside: InsideWay | None


def monolith(scope: Construct, *, shared: ServiceScope) -> FargateService:
    """The monolith, or the placeholder in its place; it serves every path that no other service has taken over."""
    settings = shared.settings
    service, placeholder = settings.system.monolith, settings.stage_row.placeholder
    tag = _image_tag(scope, service)
    container = NOTHING if placeholder else shared.supplies.container(service, Mode.OWN, revision=tag)
    made = FargateService(
        scope,
        service.name,
        name=settings.name(service.name),
        container_name=service.name,
        container_port=_HTTP if placeholder else service.container_port,
        image=PLACEHOLDER_IMAGE if placeholder else _own_image(shared, service, tag),
        # Also for the placeholder: a permission to pull must not go before the tasks that may have to be pulled again.
        repository_arn=shared.repositories[service.name].arn,
        placement=shared.placement,
        rule=_listener_rule(MONOLITH_RULE),
        additional_rules=shared.inside.rules if shared.inside else None,
        internal_listener=shared.inside.listener if shared.inside else None,
        preview_header=shared.preview_header,
        size=_size(service),
        cpu_architecture=None if placeholder else service.image.architecture.value,
        health_check=HealthCheck(path="/" if placeholder else service.health_check_path),
        log_group=shared.log_groups[service.name],
        desired_count=_tasks(scope, service),
        autoscaling=_autoscaling(service, suspended=path_is_shared(settings.stage_row.separate)),
        environment=container.environment,
        secrets=container.secrets,
        task_policies=container.task_policies,
        egress_tcp_ports=_egress(settings, service, container),
        readonly_root_filesystem=not (placeholder and settings.is_local),
        fallback_group=True,
        canary=_canary(scope, service),
        sticky_seconds=shared.sticky_seconds,
        open_alb_to_tasks=True,
        options=_with_written_folders(settings) if placeholder else _options(settings),
    )
    if placeholder:
        reason = "NGINX starts as root, to whom Fargate gives the volumes that it writes to; it holds nothing of ours"
        exempt_use(made, "NON_ROOT", reason=reason)
    return made


def separate_service(
    scope: Construct, *, shared: ServiceScope, service: Service, fallback: FargateService
) -> FargateService:
    """A service in front of the monolith, which gets the share of its requests that the weight leaves over.

    The weight is a Terraform variable, so that the deployer can bring a new service up at 0 before requests reach it.
    """
    settings = shared.settings
    weight = TerraformVariable(
        scope,
        weight_variable(service.name),
        type="number",
        default=100,
        nullable=False,
        description=f"Percentage of {service.name}'s requests that it gets itself; the monolith gets the rest.",
    )
    tag = _image_tag(scope, service)
    container = shared.supplies.container(service, settings.stage_row.mode(service.name), revision=tag)
    first, *more = settings.system.rules(service.name)
    return FargateService(
        scope,
        service.name,
        name=settings.name(service.name),
        container_name=service.name,
        container_port=service.container_port,
        image=_own_image(shared, service, tag),
        repository_arn=shared.repositories[service.name].arn,
        placement=shared.placement,
        rule=_listener_rule(first),
        additional_rules={str(rule.slot): _listener_rule(rule) for rule in more},
        preview_header=shared.preview_header,
        size=_size(service),
        cpu_architecture=service.image.architecture.value,
        health_check=HealthCheck(path=service.health_check_path),
        log_group=shared.log_groups[service.name],
        desired_count=_tasks(scope, service),
        autoscaling=_autoscaling(service),
        environment=container.environment,
        secrets=container.secrets,
        task_policies=container.task_policies,
        egress_tcp_ports=_egress(settings, service, container),
        weight=weight.number_value,
        fallback=fallback,
        canary=_canary(scope, service),
        sticky_seconds=shared.sticky_seconds,
        open_alb_to_tasks=True,
        options=replace(_options(settings), egress_rules=_egress_inside(shared, container)),
    )


def _tasks(scope: Construct, service: Service) -> float:
    """Number of the service's own tasks: a Terraform variable, unless it scales by itself."""
    if service.scaling is not None:
        return service.desired_count
    return TerraformVariable(
        scope,
        tasks_variable(service.name),
        type="number",
        default=service.desired_count,
        nullable=False,
        description=f"Number of tasks of {service.name}.",
    ).number_value


def _autoscaling(service: Service, *, suspended: str | None = None) -> Autoscaling | None:
    scaling = service.scaling
    if scaling is None:
        return None

    def tracking(target: float | None) -> Tracking | None:
        if target is None:
            return None
        return Tracking(
            target=target,
            scale_out_cooldown_seconds=scaling.out_cooldown_seconds,
            scale_in_cooldown_seconds=scaling.in_cooldown_seconds,
        )

    return Autoscaling(
        min_capacity=scaling.least,
        max_capacity=scaling.most,
        scale_in_suspended=suspended,
        cpu=tracking(scaling.cpu_percent),
        memory=tracking(scaling.memory_percent),
        requests_per_target=tracking(scaling.requests_per_minute),
    )


def _canary(scope: Construct, service: Service) -> Canary:
    """The service's canary, at rest by default; the deployer gives it tasks and requests by Terraform variables."""
    numbers = {
        canary_tasks_variable(service.name): f"Number of tasks of the canary of {service.name}; 0 in rest.",
        canary_weight_variable(service.name): f"Percentage of the requests of {service.name} that its canary gets.",
    }
    tasks, weight = (
        TerraformVariable(scope, name, type="number", default=0, nullable=False, description=text).number_value
        for name, text in numbers.items()
    )
    held = TerraformVariable(
        scope,
        held_revision_variable(service.name),
        type="string",
        default="",
        nullable=False,
        description=f"Task definition that {service.name}'s own tasks keep beside the canary; empty: the one declared.",
    )
    return Canary(desired_count=tasks, weight=weight, held_task_definition_arn=str(held.string_value))


def _options(settings: Settings) -> ServiceOptions:
    return replace(_OPTIONS, capacity_provider_strategy=ALL_ON_SPOT) if settings.profile_here.is_spot else _OPTIONS


def _with_written_folders(settings: Settings) -> ServiceOptions:
    """Where NGINX writes, as its image's documentation has it for a read-only root.

    The embedded AWS has no volumes, and what stands in for NGINX there writes nothing.
    """
    if settings.is_local:
        return _options(settings)
    return replace(
        _options(settings),
        volumes={name: Volume() for name in _NGINX_WRITES},
        mount_points={name: MountPoint(container_path=path) for name, path in _NGINX_WRITES.items()},
    )


def _size(service: Service) -> TaskSize:
    return TaskSize(cpu_units=service.size.cpu_units, memory_mib=service.size.memory_mib)


def _listener_rule(rule: Rule) -> ListenerRule:
    previews = rule.previews
    return ListenerRule(
        priority=rule.priority,
        path_patterns=rule.path_patterns,
        methods=rule.methods,
        preview_priorities=None if previews is None else PreviewPriorities(new=previews.new, old=previews.old),
    )


def _egress(settings: Settings, service: Service, container: Container) -> list[int]:
    """TCP ports that tasks may call anywhere: AWS's, declared ones, and the public load balancer's if they call it."""
    by_public = container.calls_facade and settings.facade_way < FacadeWay.INTERNAL
    balancer = {settings.listener_port} if container.calls_load_balancer or by_public else set()
    return sorted({_HTTPS, *service.egress_tcp_ports} | balancer)


def _egress_inside(shared: ServiceScope, container: Container) -> Mapping[str, EgressRule]:
    return shared.inside.egress if shared.inside and container.calls_facade else {}


def _own_image(shared: ServiceScope, service: Service, tag: str) -> str:
    """Image of ``service`` in our registry."""
    return f"{shared.repositories[service.name].repository_url}:{tag}"


def _image_tag(scope: Construct, service: Service) -> str:
    """Tag of the image of ``service``: a Terraform variable, by default that of the sources here."""
    name = image_tag_variable(service.name)
    tag = TerraformVariable(
        scope,
        name,
        type="string",
        default=image_tag(service.image),
        nullable=False,
        description=f"Tag of the image of {service.name}.",
        validation=[
            TerraformVariableValidationConfig(
                condition=f'${{can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}$", var.{name}))}}',
                error_message=f"{name} must be an image tag.",
            )
        ],
    )
    return str(tag.string_value)
