"""The stack: network, load balancer, cluster, data, registries, site and the services of the stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from cdktf import TerraformOutput, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTable
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster
from constructs import Construct

from modules.alb.construct import Alb
from modules.fargate_service.construct import FargateService
from modules.fargate_service.shapes import Placement
from modules.network.construct import Network
from modules.network.zones import VPC_CIDR_BLOCK, zones
from settings.settings import Settings
from stacks.alarms import alarms
from stacks.containers import ShadowSupplies, Supplies
from stacks.exempt import exempt
from stacks.facade import facade_key, facade_rules, inside_way
from stacks.log_groups import log_groups
from stacks.previews import canary_key, preview_header
from stacks.provider import configure_terraform
from stacks.registries import registry
from stacks.services import ServiceScope, monolith, separate_service
from stacks.site import Site
from stacks.spot import with_spot
from stacks.tables import tables
from stacks.variables import MONOLITH_ROUTES, STICKY_SECONDS
from systems.facade_way import FacadeWay
from systems.service import Mode, Supplied

_HTTP: Final = 80


class SystemStack(TerraformStack):
    """Everything of one environment of a system in one stack.

    Stages differ in the services only. Network, load balancer, tables, registries, log groups and site are the same in
    all of them: an edit of the load balancer takes half a minute and risks what is being served, and lines are wanted
    most when their service has just gone.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(scope, settings.system.name)
        configure_terraform(self, settings=settings)
        self._settings = settings
        profile = settings.profile_here
        self._network = Network(
            self,
            "network",
            name=settings.name(),
            cidr_block=VPC_CIDR_BLOCK,
            zones=zones(settings.region, profile.zone_count),
            nat_mode=profile.nat_mode,
        )
        self._alb = Alb(
            self,
            "alb",
            name=settings.name(),
            vpc_id=self._network.vpc_id,
            subnet_ids=self._network.public_subnet_ids,
            listener_port=settings.listener_port,
            certificate_arn=profile.certificate_arn or None,
            redirect_http_port=_HTTP if profile.certificate_arn else None,
            deletion_protection=profile.is_protected or None,
        )
        self._inside = inside_way(
            self, settings=settings, vpc_id=self._network.vpc_id, subnet_ids=self._network.private_subnet_ids
        )
        self._cluster = EcsCluster(self, "cluster", name=settings.name())
        exempt(
            self._cluster,
            "CKV_AWS_65",
            reason="its metrics cost by service and task; those of the load balancer decide here, and are free",
        )
        self._cluster_arn = with_spot(self, self._cluster) if profile.is_spot else self._cluster.arn
        self._tables = tables(self, settings=settings)
        self._canary_key = canary_key(self, settings=settings)
        self._site = self._make_site()
        shared = self._shared()
        services = self._services(shared)
        alarms(self, settings=settings, alb=self._alb, cluster_name=self._cluster.name, services=services)
        self._outputs(shared, services)

    @property
    def _api_url(self) -> str:
        profile = self._settings.profile_here
        return f"https://{profile.domain}" if profile.certificate_arn else f"http://{self._alb.host}"

    @property
    def _load_balancer(self) -> str:
        """By what services call the public one: over HTTPS by the name of its certificate."""
        profile = self._settings.profile_here
        return self._api_url if profile.certificate_arn else f"{self._alb.dns_name}:{self._settings.listener_port}"

    @property
    def _facade_address(self) -> str:
        if self._inside is None or self._settings.facade_way < FacadeWay.MOVED:
            return self._load_balancer
        return f"{self._inside.alb.dns_name}:{self._settings.internal_listener_port}"

    def _make_site(self) -> Site | None:
        site = self._settings.system.site
        if site is None:
            return None
        return Site.create(
            self,
            settings=self._settings,
            api_url=self._api_url,
            api_domain_name=self._settings.profile_here.domain or self._alb.dns_name,
            api_path_patterns=site.api_path_patterns,
        )

    def _shared(self) -> ServiceScope:
        settings = self._settings
        system = settings.system
        supplied = {
            Supplied.FACADE: self._facade_address,
            Supplied.SITE_ORIGINS: ",".join(self._site.origins if self._site else ()),
        }
        if system.monolith_routes_variable is not None and not settings.stage_row.placeholder:
            supplied[Supplied.MONOLITH_ROUTES] = self._monolith_routes()
        return ServiceScope(
            settings=settings,
            supplies=Supplies(
                policy_name=f"{system.name}-table",
                tables=self._tables,
                values=supplied,
                facade_key=facade_key(self, settings=settings, facade=system.facade) if system.facade else None,
                parameter_arn=self._parameter_arn,
                shadow=self._shadow(),
            ),
            log_groups=log_groups(self, settings=settings),
            repositories={name: registry(self, settings=settings, service=name) for name in system.images},
            placement=Placement(
                cluster_arn=self._cluster_arn,
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.private_subnet_ids,
                listener_arn=self._alb.listener_arn,
                alb_security_group_id=self._alb.security_group_id,
            ),
            preview_header=preview_header(self, key=self._canary_key),
            sticky_seconds=self._sticky_seconds(),
            inside=self._inside,
        )

    def _parameter_arn(self, name: str) -> str:
        """Asks for the account only where a parameter is declared by its name, and the site has not asked before."""
        account = self.node.try_find_child("account") or DataAwsCallerIdentity(self, "account")
        return f"arn:aws:ssm:{self._settings.region}:{cast(DataAwsCallerIdentity, account).account_id}:parameter{name}"

    def _shadow(self) -> ShadowSupplies | None:
        """No variable: it is the same in all phases of a walk, and without it nothing of it is there."""
        percent = self._settings.shadow_percent
        if percent == 0:
            return None
        return ShadowSupplies(percent=percent, load_balancer=self._load_balancer, key_arn=self._canary_key.current_arn)

    def _sticky_seconds(self) -> float:
        """A variable, because it matters only while requests are shared."""
        seconds = TerraformVariable(
            self,
            STICKY_SECONDS,
            type="number",
            default=0,
            nullable=False,
            description="Seconds for which a visitor stays with the tasks that a shared rule chose first; 0: none.",
        )
        return float(seconds.number_value)

    def _monolith_routes(self) -> str:
        """A variable, because between two stages the monolith serves what both of them need."""
        routes = TerraformVariable(
            self,
            MONOLITH_ROUTES,
            type="string",
            default=",".join(self._settings.system.monolith_routes(self._settings.stage_row)),
            nullable=False,
            description="What the monolith serves of the services' routes, separated by commas.",
        )
        return str(routes.string_value)

    def _services(self, shared: ServiceScope) -> Mapping[str, FargateService]:
        system, stage = self._settings.system, self._settings.stage_row
        base = monolith(self, shared=shared)
        if system.facade is not None:
            facade_rules(
                self,
                facade=system.facade,
                way=self._settings.facade_way,
                listener_arn=self._alb.listener_arn,
                monolith=base,
            )
        split_off = {
            name: separate_service(self, shared=shared, service=system.service_by_name[name], fallback=base)
            for name in stage.separate
        }
        if self._inside is not None:
            behind = {name: one for name, one in split_off.items() if stage.mode(name) is Mode.FACADE}
            self._inside.let_in(behind)
        return {system.monolith.name: base, **split_off}

    def _outputs(self, shared: ServiceScope, services: Mapping[str, FargateService]) -> None:
        repositories = shared.repositories
        outputs: dict[str, object] = {
            "stage": self._settings.stage,
            "profile": self._settings.profile_here.name,
            "api_url": self._api_url,
            "alb_arn": self._alb.arn,
            "alb_dns_name": self._alb.dns_name,
            "cluster_name": self._cluster.name,
            "vpc_id": self._network.vpc_id,
            "public_subnet_ids": self._network.public_subnet_ids,
            **self._table_outputs(self._tables),
            **self._site_outputs(),
            **self._facade_outputs(),
            "canary_key_parameter": self._canary_key.current_name,
            "repository_urls": {name: repository.repository_url for name, repository in repositories.items()},
            "services": {name: _service_outputs(service) for name, service in services.items()},
        }
        for name, value in outputs.items():
            TerraformOutput(self, name, value=value)

    def _table_outputs(self, made: Mapping[str, DynamodbTable]) -> dict[str, object]:
        return {table.output_name: made[table.name].name for table in self._settings.system.tables}

    def _facade_outputs(self) -> dict[str, object]:
        inside = self._inside
        return {} if inside is None else {"internal_alb_arn": inside.alb.arn, "facade_url": f"http://{inside.alb.host}"}

    def _site_outputs(self) -> dict[str, object]:
        site = self._site
        if site is None:
            return {}
        return {
            "site_url": site.origin,
            "site_api_url": site.api_url,
            "site_distribution_id": site.distribution_id,
            "site_bucket_name": site.bucket_name,
        }


def _service_outputs(service: FargateService) -> dict[str, str]:
    """What the deployer needs to know about one service."""
    return {
        "service_name": service.service_name,
        "task_definition_arn": service.task_definition_arn,
        "target_group_arn": service.target_group_arn,
        "canary_service_name": service.canary_service_name,
        "canary_task_definition_arn": service.canary_task_definition_arn,
        "log_group_name": service.log_group_name,
        "security_group_id": service.security_group_id,
    }
