"""The services of a stage: the monolith, and what was split off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository
from constructs import Construct

from modules.fargate_service.construct import FargateService
from modules.fargate_service.shapes import ListenerRule, LogGroup, Placement, TaskSize
from modules.rotating_key.construct import RotatingKey
from settings.settings import Settings
from stacks.data import Tables
from stacks.images import image_tag
from stacks.microservices import Microservice
from stacks.rollout import ROLLOUT
from stacks.stages import Stage

PLACEHOLDER_IMAGE: Final = "public.ecr.aws/nginx/nginx:1.29"
"""What runs before the first image of our own is published."""

_MONOLITH_RULE: Final = ListenerRule(priority=100, path_patterns=("/*",))
_MONOLITH_SIZE: Final = TaskSize(cpu_units=256, memory_mib=512)
_DESIRED_COUNT: Final = 2
_HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class ServiceScope:
    """What all services of the stack share.

    Attributes:
        settings: names and ports.
        stage: what runs.
        placement: where it runs.
        repositories: image registries by service name.
        log_groups: where the lines of a service go, by its name.
        tables: what services may persist to.
        fulfill_key: what opens the monolith's facade.
        site_origins: origins of the website, the only ones that the services' CORS lets in.
    """

    settings: Settings
    stage: Stage
    placement: Placement
    repositories: Mapping[str, EcrRepository]
    log_groups: Mapping[str, LogGroup]
    tables: Tables
    fulfill_key: RotatingKey
    site_origins: tuple[str, ...]


def monolith(scope: Construct, *, shared: ServiceScope) -> FargateService:
    """The monolith, or the placeholder in its place; it serves every path that no microservice has taken over."""
    placeholder = shared.stage.monolith_image == "placeholder"
    own_image = _own_image(scope, shared=shared, service="monolith")
    environment = {
        **shared.tables.environment(ledger=True),
        "MYSFIT_ACTIONS": _monolith_actions(scope, stage=shared.stage),
        "SITE_ORIGIN": ",".join(shared.site_origins),
    }
    # Both keys are accepted while one is replaced by the other.
    accepted_keys = {
        "FULFILL_KEYS": shared.fulfill_key.current_arn,
        "FULFILL_KEYS_OTHER": shared.fulfill_key.other_arn,
    }
    return FargateService(
        scope,
        "monolith",
        name=shared.settings.name("monolith"),
        container_name="monolith",
        image=PLACEHOLDER_IMAGE if placeholder else own_image,
        # Also for the placeholder: a permission to pull must not go before the tasks that may have to be pulled again.
        repository_arn=shared.repositories["monolith"].arn,
        placement=shared.placement,
        rule=_MONOLITH_RULE,
        size=_MONOLITH_SIZE,
        rollout=ROLLOUT,
        log_group=shared.log_groups["monolith"],
        desired_count=_DESIRED_COUNT,
        environment={} if placeholder else environment,
        secrets={} if placeholder else accepted_keys,
        task_policies={} if placeholder else {"mysfits-table": shared.tables.monolith_policy()},
        # NGINX writes its cache and pid file beside its code.
        readonly_root_filesystem=not placeholder,
    )


def microservice(
    scope: Construct, *, shared: ServiceScope, service: Microservice, fallback: FargateService, monolith_host: str
) -> FargateService:
    """A service in front of the monolith, which gets the share of its paths that the weight leaves over.

    ``monolith_host`` is the load balancer's host and port. The weight is a Terraform variable, so that the deployer can
    bring a new service up at 0 before requests reach it.
    """
    settings = shared.settings
    weight = TerraformVariable(
        scope,
        f"{service.name}_weight",
        type="number",
        default=100,
        nullable=False,
        description=f"Percentage of {service.name}'s requests that it gets itself; the monolith gets the rest.",
    )
    persists = shared.stage.microservices_persist
    way_to_data = (
        shared.tables.environment(ledger=service.keeps_ledger) if persists else {"MONOLITH_URL": monolith_host}
    )
    return FargateService(
        scope,
        service.name,
        name=settings.name(service.name),
        container_name=service.name,
        image=_own_image(scope, shared=shared, service=service.name),
        repository_arn=shared.repositories[service.name].arn,
        placement=shared.placement,
        rule=service.rule,
        size=service.size,
        rollout=ROLLOUT,
        log_group=shared.log_groups[service.name],
        desired_count=service.desired_count,
        environment={"SITE_ORIGIN": ",".join(shared.site_origins)} | way_to_data,
        secrets={} if persists else {"FULFILL_KEY": shared.fulfill_key.current_arn},
        task_policies={"mysfits-table": shared.tables.writer_policy(ledger=service.keeps_ledger)} if persists else {},
        egress_tcp_ports=sorted({_HTTPS} if persists else {_HTTPS, settings.listener_port}),
        weight=weight.number_value,
        fallback=fallback,
    )


def _monolith_actions(scope: Construct, *, stage: Stage) -> str:
    """What the monolith serves; a variable, because between two stages it serves what both of them need."""
    actions = TerraformVariable(
        scope,
        "monolith_actions",
        type="string",
        default=",".join(stage.monolith_actions),
        nullable=False,
        description="POST actions that the monolith serves, separated by commas.",
    )
    return str(actions.string_value)


def _own_image(scope: Construct, *, shared: ServiceScope, service: str) -> str:
    """Image of ``service`` in our registry; its tag is a Terraform variable, by default that of the sources here."""
    tag = TerraformVariable(
        scope,
        f"{service}_image_tag",
        type="string",
        default=image_tag(service),
        nullable=False,
        description=f"Tag of the image of {service}.",
        validation=[
            TerraformVariableValidationConfig(
                condition=f'${{can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}$", var.{service}_image_tag))}}',
                error_message=f"{service}_image_tag must be an image tag.",
            )
        ],
    )
    return f"{shared.repositories[service].repository_url}:{tag.string_value}"
