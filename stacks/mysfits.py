"""The stack: network, load balancer, cluster, data, registries, site and the services of the stage."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster
from constructs import Construct

from modules.alb.construct import Alb
from modules.fargate_service.construct import FargateService
from modules.fargate_service.shapes import Placement
from modules.network.construct import Network
from modules.rotating_key.construct import RotatingKey
from settings.settings import Settings
from stacks.data import Tables
from stacks.facade_rules import facade_rules
from stacks.log_groups import log_groups
from stacks.microservices import MICROSERVICES, SERVICES
from stacks.provider import configure_terraform
from stacks.registries import registry
from stacks.rollout import ALB_IDLE_TIMEOUT_SECONDS
from stacks.services import ServiceScope, microservice, monolith
from stacks.site import Site
from stacks.stages import STAGES
from stacks.zones import VPC_CIDR_BLOCK, zones


class MysfitsStack(TerraformStack):
    """Everything of one environment in one stage.

    Stages differ in the services only. Network, load balancer, table, registries, log groups and site are the same in
    all of them: an edit of the load balancer takes half a minute and risks what is being served, and lines are wanted
    most when their service has just gone.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(scope, settings.system.name)
        configure_terraform(self, settings=settings)
        network = Network(
            self,
            "network",
            name=settings.name(),
            cidr_block=VPC_CIDR_BLOCK,
            zones=zones(settings.region),
            nat_mode="single",
        )
        alb = Alb(
            self,
            "alb",
            name=settings.name(),
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            listener_port=settings.listener_port,
            idle_timeout_seconds=ALB_IDLE_TIMEOUT_SECONDS,
        )
        cluster = EcsCluster(self, "cluster", name=settings.name())
        tables = Tables.create(self, settings=settings)
        key = RotatingKey(
            self,
            "fulfill_key",
            name=settings.path("fulfill-key"),
            description="Opens the facade of the monolith to the services in front of it",
        )
        api_url = f"http://{alb.host}"
        site = Site.create(self, settings=settings, api_url=api_url, api_domain_name=alb.dns_name)
        shared = ServiceScope(
            settings=settings,
            stage=STAGES[settings.stage],
            tables=tables,
            fulfill_key=key,
            site_origins=site.origins,
            log_groups=log_groups(self, settings=settings),
            repositories={name: registry(self, settings=settings, service=name) for name in SERVICES},
            placement=Placement(
                cluster_arn=cluster.arn,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                listener_arn=alb.listener_arn,
                alb_security_group_id=alb.security_group_id,
            ),
        )
        services = self._services(shared=shared, monolith_host=f"{alb.dns_name}:{settings.listener_port}")
        outputs: dict[str, object] = {
            "stage": settings.stage,
            "api_url": api_url,
            "site_url": site.origin,
            "site_api_url": site.api_url,
            "site_distribution_id": site.distribution_id,
            "alb_arn": alb.arn,
            "alb_dns_name": alb.dns_name,
            "cluster_name": cluster.name,
            "vpc_id": network.vpc_id,
            "public_subnet_ids": network.public_subnet_ids,
            "table_name": tables.mysfits.name,
            "ledger_table_name": tables.ledger.name,
            "site_bucket_name": site.bucket_name,
            "repository_urls": {name: repository.repository_url for name, repository in shared.repositories.items()},
            "services": {name: _service_facts(service) for name, service in services.items()},
        }
        for name, value in outputs.items():
            TerraformOutput(self, name, value=value)

    def _services(self, *, shared: ServiceScope, monolith_host: str) -> Mapping[str, FargateService]:
        base = monolith(self, shared=shared)
        facade_rules(self, listener_arn=shared.placement.listener_arn, monolith_target_group_arn=base.target_group_arn)
        split_off = {
            name: microservice(
                self, shared=shared, service=MICROSERVICES[name], fallback=base, monolith_host=monolith_host
            )
            for name in shared.stage.microservices
        }
        return {"monolith": base, **split_off}


def _service_facts(service: FargateService) -> dict[str, str]:
    """What the deployer needs to know about one service."""
    return {
        "service_name": service.service_name,
        "task_definition_arn": service.task_definition_arn,
        "target_group_arn": service.target_group_arn,
        "log_group_name": service.log_group_name,
        "security_group_id": service.security_group_id,
    }
