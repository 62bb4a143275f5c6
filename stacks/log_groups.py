"""Log groups, one for each service, the same in every stage: the lines of a service outlive it until the destroy."""

from __future__ import annotations

from typing import Final

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from modules.fargate_service.shapes import LogGroup
from settings.settings import Settings
from stacks.exempt import exempt

_KIND: Final = "aws_cloudwatch_log_group"
_YEAR: Final = 365


def log_groups(scope: Construct, *, settings: Settings) -> dict[str, LogGroup]:
    """Log group of every service by the service's name, such as ``/shop/dev/orders``."""
    found = {}
    for service in settings.system.images:
        group = CloudwatchLogGroup(
            scope,
            f"{service}_logs",
            name=settings.path(service),
            retention_in_days=settings.profile_here.log_days,
        )
        exempt(group, "CKV_AWS_158", reason="AWS's own key encrypts it; who may read the lines could use ours too")
        if settings.profile_here.log_days < _YEAR:
            exempt(group, "CKV_AWS_338", reason=f"PROFILE={settings.profile_here.name} is gone before a year is over")
        found[service] = LogGroup(name=group.name, arn=group.arn)
    # Up to the version before, each group was part of its service's module and went with it.
    moves = [
        {
            "from": f'module.{service}.aws_cloudwatch_log_group.this["own"]',
            "to": f"aws_cloudwatch_log_group.{service}_logs",
        }
        for service in settings.system.images
    ]
    TerraformStack.of(scope).add_override("moved", moves)
    return found
