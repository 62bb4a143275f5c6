"""Alarms on the stage's services, and a dashboard with the weights of the walk, where ALARMS or the profile asks."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import TerraformOutput
from constructs import Construct

from modules.alarms.construct import Alarms
from modules.alarms.shapes import TargetGroup, WatchedService
from modules.alb.construct import Alb
from modules.fargate_service.construct import FargateService
from settings.alarms import AlarmSettings
from settings.settings import Settings
from stacks.variables import canary_weight_variable, weight_variable


def alarms(
    scope: Construct,
    *,
    settings: Settings,
    alb: Alb,
    cluster_name: str,
    services: Mapping[str, FargateService],
) -> None:
    """Watch the services, the load balancer and the system's tables; nothing is made where nobody asks for that.

    Args:
        scope: the stack.
        settings: names, and who hears of alarms.
        alb: in front of the services.
        cluster_name: where they run.
        services: of the stage, by name; the monolith takes what the others do not.
    """
    asked = settings.alarms if settings.alarms.on else AlarmSettings(on=settings.profile_here.has_alarms)
    if not asked.on:
        return
    system = settings.system
    made = Alarms(
        scope,
        "alarms",
        name=settings.name(),
        load_balancer_arn=alb.arn,
        cluster_name=cluster_name,
        services={
            name: WatchedService(
                service_name=settings.name(name),
                min_tasks=system.images[name].desired_count,
                target_group=TargetGroup(arn=service.target_group_arn),
                weight=None if name == system.monolith.name else f"${{var.{weight_variable(name)}}}",
                canary_weight=f"${{var.{canary_weight_variable(name)}}}",
            )
            for name, service in services.items()
        },
        table_names=settings.table_names,
        topic_arns=asked.topic_arns,
    )
    TerraformOutput(scope, "dashboard_name", value=made.dashboard_name)
