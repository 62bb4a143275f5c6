"""What is really deployed, read from AWS rather than remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from cli.plan import Live
from stacks.microservices import SERVICES
from stacks.settings import Settings
from stacks.stages import STAGES


def read(settings: Settings, stage: str | None) -> Live:
    """The live state of the stage that Terraform applied last (None: nothing).

    A service that an interrupted run did not get to has no weight.

    Raises:
        CommandError: this checkout does not know the stage.
    """
    if stage is None:
        return Live(stage=None)
    if stage not in STAGES:
        raise CommandError(
            f"What is deployed as {settings.name()} is in stage {stage}, which this checkout does not know; use the "
            "checkout that deployed it."
        )
    if STAGES[stage].monolith_image == "placeholder":
        return Live(stage=stage)
    containers = running_containers(settings)
    return Live(stage=stage, weights=_weights(settings), actions=_actions(containers.get("monolith")))


def running_containers(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """The container definition that each service of the cluster runs, by the service's folder name."""
    ecs, cluster = aws.client(settings, "ecs"), settings.name()
    try:
        arns = ecs.list_services(cluster=cluster)["serviceArns"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ClusterNotFoundException":
            return {}
        raise
    found = {}
    for service in ecs.describe_services(cluster=cluster, services=arns)["services"] if arns else []:
        if service["status"] == "ACTIVE":
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            name = service["serviceName"].removeprefix(f"{settings.name()}-")
            found[name] = definition["containerDefinitions"][0]
    return found


def image_tags(settings: Settings) -> dict[str, str]:
    """Tag of the image of our own that each service runs."""
    tags = {}
    for name, container in running_containers(settings).items():
        repository, _, tag = str(container["image"]).rpartition(":")
        if repository.endswith(f"/{settings.name(name)}"):
            tags[name] = tag
    return tags


def _actions(container: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    environment = {pair["name"]: pair["value"] for pair in (container or {}).get("environment", [])}
    if "MYSFIT_ACTIONS" not in environment:
        return None
    return tuple(action for action in environment["MYSFIT_ACTIONS"].split(",") if action)


def _weights(settings: Settings) -> dict[str, int]:
    """Percent of its own rule that each microservice gets, by the live rules."""
    elb = aws.client(settings, "elbv2")
    ours = {settings.name(service): service for service in SERVICES}
    groups = elb.describe_target_groups()["TargetGroups"]
    names = {
        group["TargetGroupArn"]: ours[group["TargetGroupName"]] for group in groups if group["TargetGroupName"] in ours
    }
    weights: dict[str, int] = {}
    for rule in _rules(elb, settings.name()):
        shares = [
            (names.get(group["TargetGroupArn"]), int(group["Weight"]))
            for action in rule["Actions"]
            for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
        ]
        total = sum(weight for _, weight in shares)
        own = [(name, weight) for name, weight in shares if name is not None and name != "monolith"]
        weights |= {str(name): round(100 * weight / total) if total else 0 for name, weight in own}
    return weights


def _rules(elb: Any, balancer: str) -> list[dict[str, Any]]:
    try:
        arn = elb.describe_load_balancers(Names=[balancer])["LoadBalancers"][0]["LoadBalancerArn"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "LoadBalancerNotFound":
            return []
        raise
    listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    return [rule for one in listeners for rule in elb.describe_rules(ListenerArn=one["ListenerArn"])["Rules"]]
