"""Which resource types cost what: each type that a stack may have is priced by a row, or free for a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

PRICED: Final[Mapping[str, str]] = {
    "aws_ecs_service": "tasks",
    "aws_ecs_task_definition": "tasks",
    "aws_nat_gateway": "nat",
    "aws_eip": "addresses",
    "aws_lb": "balancer",
    "aws_ecr_repository": "stored",
    "aws_dynamodb_table": "stored",
    "aws_s3_bucket": "stored",
    "aws_cloudwatch_log_group": "logs",
    "aws_vpc_endpoint": "endpoints",
    "aws_cloudwatch_metric_alarm": "alarms",
    "aws_cloudwatch_dashboard": "alarms",
    "aws_appautoscaling_policy": "alarms",
    "aws_cloudfront_distribution": "out",
}
"""Key of the row by resource type."""

_PART_OF_VPC: Final = "AWS charges nothing for this part of a VPC"
_PART_OF_BALANCER: Final = "part of the load balancer, whose price has it"
_PART_OF_BUCKET: Final = "a property of the bucket"
_SCALING: Final = "Application Auto Scaling is free; the alarms of its policies are not"
_IAM: Final = "IAM is free"

FREE: Final[Mapping[str, str]] = {
    "aws_vpc": _PART_OF_VPC,
    "aws_subnet": _PART_OF_VPC,
    "aws_internet_gateway": _PART_OF_VPC,
    "aws_route": _PART_OF_VPC,
    "aws_route_table": _PART_OF_VPC,
    "aws_route_table_association": _PART_OF_VPC,
    "aws_default_security_group": _PART_OF_VPC,
    "aws_security_group": _PART_OF_VPC,
    "aws_vpc_security_group_ingress_rule": _PART_OF_VPC,
    "aws_vpc_security_group_egress_rule": _PART_OF_VPC,
    "aws_egress_only_internet_gateway": _PART_OF_VPC,
    "aws_flow_log": "its lines are paid for as what takes them, a log group or a bucket",
    "aws_lb_listener": _PART_OF_BALANCER,
    "aws_lb_listener_certificate": "part of the load balancer, and certificates of ACM are free",
    "aws_lb_listener_rule": _PART_OF_BALANCER,
    "aws_lb_target_group": _PART_OF_BALANCER,
    "aws_wafv2_web_acl_association": "the web ACL itself is made and paid elsewhere",
    "aws_ecs_cluster": "a cluster of Fargate tasks is free without Container Insights",
    "aws_ecs_cluster_capacity_providers": "tasks are paid, not the places where they may run",
    "aws_appautoscaling_target": _SCALING,
    "aws_appautoscaling_scheduled_action": _SCALING,
    "aws_iam_role": _IAM,
    "aws_iam_role_policy": _IAM,
    "aws_ssm_parameter": "standard parameters are free, and so is the key of AWS that encrypts them",
    "aws_ecr_lifecycle_policy": "a property of the registry",
    "aws_s3_bucket_policy": _PART_OF_BUCKET,
    "aws_s3_bucket_public_access_block": _PART_OF_BUCKET,
    "aws_s3_bucket_website_configuration": _PART_OF_BUCKET,
    "aws_cloudfront_origin_access_control": "a property of the distribution",
}
"""Why a type costs nothing, by type."""


def unknown(types: Iterable[str]) -> list[str]:
    """Types that are neither priced nor free, sorted."""
    return sorted(set(types) - PRICED.keys() - FREE.keys())
