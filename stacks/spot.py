"""Spare capacity of Fargate for a cluster's tasks."""

from __future__ import annotations

from typing import Final

from cdktf import Fn, Token
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from constructs import Construct

from modules.fargate_service.options import CapacityShare

_SPOT: Final = "FARGATE_SPOT"

ALL_ON_SPOT: Final = {_SPOT: CapacityShare(weight=1)}
"""Strategy of a service all of whose tasks run on spare capacity."""


def with_spot(scope: Construct, cluster: EcsCluster) -> str:
    """Let services of the cluster ask for spare capacity.

    Returns:
        The cluster's ARN, known only when they may: ECS refuses a service that asks before.
    """
    providers = EcsClusterCapacityProviders(
        scope, "capacity", cluster_name=cluster.name, capacity_providers=["FARGATE", _SPOT]
    )
    return str(Token.as_string(Fn.element([cluster.arn, providers.id], 0)))
