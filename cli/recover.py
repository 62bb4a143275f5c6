"""Taking over what a killed run created but could not write into the Terraform state.

Terraform writes a resource into its state when its provider returns. A run that is killed before that leaves an object
whose name is taken, and the next apply would fail on it. Objects with a name of their own are found here by what the
plan wants to create, and imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws
from cli.terraform import Terraform
from stacks.settings import Settings

Find = Callable[[Settings, Mapping[str, Any]], str | None]
"""Import id of the object that the planned attributes describe, or None when there is none."""


def adopt(
    settings: Settings, terraform: Terraform, variables: Mapping[str, str], *, say: Callable[[str], None]
) -> None:
    """Import every named object that exists and that the plan wants to create."""
    while True:
        found = [
            (address, import_id)
            for address, kind, planned in terraform.planned_creations(variables)
            if kind in _FINDERS and (import_id := _find(settings, kind, planned)) is not None
        ]
        for address, import_id in found:
            say(f"  {address} exists already; taking it over")
            terraform.import_resource(address, import_id, variables)
        if not found:
            return  # importing a load balancer, say, makes the name of its listener known: look until nothing is found


def _find(settings: Settings, kind: str, planned: Mapping[str, Any]) -> str | None:
    try:
        return _FINDERS[kind](settings, planned)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or code in {"404", "NoSuchEntity", "NoSuchBucket", "ClusterNotFoundException"}:
            return None
        raise


def _load_balancer(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    found = aws.client(settings, "elbv2").describe_load_balancers(Names=[planned["name"]])["LoadBalancers"]
    return str(found[0]["LoadBalancerArn"]) if found else None


def _target_group(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    found = aws.client(settings, "elbv2").describe_target_groups(Names=[planned["name"]])["TargetGroups"]
    return str(found[0]["TargetGroupArn"]) if found else None


def _listener(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    if not planned.get("load_balancer_arn"):
        return None
    elb = aws.client(settings, "elbv2")
    listeners = elb.describe_listeners(LoadBalancerArn=planned["load_balancer_arn"])["Listeners"]
    return next((str(found["ListenerArn"]) for found in listeners if found["Port"] == planned["port"]), None)


def _listener_rule(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    if not planned.get("listener_arn"):
        return None
    rules = aws.client(settings, "elbv2").describe_rules(ListenerArn=planned["listener_arn"])["Rules"]
    return next((str(rule["RuleArn"]) for rule in rules if rule["Priority"] == str(planned["priority"])), None)


def _cluster(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    clusters = aws.client(settings, "ecs").describe_clusters(clusters=[planned["name"]])["clusters"]
    return str(planned["name"]) if any(found["status"] == "ACTIVE" for found in clusters) else None


def _service(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    cluster = settings.name()
    found = aws.client(settings, "ecs").describe_services(cluster=cluster, services=[planned["name"]])["services"]
    return f"{cluster}/{planned['name']}" if any(service["status"] == "ACTIVE" for service in found) else None


def _log_group(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    groups = aws.client(settings, "logs").describe_log_groups(logGroupNamePrefix=planned["name"])["logGroups"]
    return str(planned["name"]) if any(group["logGroupName"] == planned["name"] for group in groups) else None


def _role(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    aws.client(settings, "iam").get_role(RoleName=planned["name"])
    return str(planned["name"])


def _repository(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    aws.client(settings, "ecr").describe_repositories(repositoryNames=[planned["name"]])
    return str(planned["name"])


def _bucket(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    if not planned.get("bucket"):
        return None
    aws.client(settings, "s3").head_bucket(Bucket=planned["bucket"])
    return str(planned["bucket"])


def _table(settings: Settings, planned: Mapping[str, Any]) -> str | None:
    aws.client(settings, "dynamodb").describe_table(TableName=planned["name"])
    return str(planned["name"])


_FINDERS: Final[Mapping[str, Find]] = {
    "aws_cloudwatch_log_group": _log_group,
    "aws_dynamodb_table": _table,
    "aws_ecr_repository": _repository,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_service": _service,
    "aws_iam_role": _role,
    "aws_lb": _load_balancer,
    "aws_lb_listener": _listener,
    "aws_lb_listener_rule": _listener_rule,
    "aws_lb_target_group": _target_group,
    "aws_s3_bucket": _bucket,
}
