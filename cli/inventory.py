"""What an environment's cluster and load balancer have, read from their APIs: services, target groups, rules, weights.

Every list is read to its end: the APIs show ten services or some hundred rules at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.existing import by_key
from systems.rules import CANARY_HEADER

_DESCRIBED_AT_ONCE: Final = 10
"""Services that DescribeServices takes."""


def every(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """Read a list that the API shows in pages.

    Args:
        client: boto3 client.
        operation: its method, such as ``list_services``.
        key: of the list in an answer, such as ``serviceArns``.
        arguments: of the operation.

    Returns:
        The items of all pages.
    """
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]


def services(ecs: Any, cluster: str) -> list[dict[str, Any]]:
    """Read the services of a cluster.

    Returns:
        Each as DescribeServices shows it, without those that were deleted; none when there is no such cluster.
    """
    try:
        arns = every(ecs, "list_services", "serviceArns", cluster=cluster)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ClusterNotFoundException":
            return []
        raise
    found: list[dict[str, Any]] = []
    for start in range(0, len(arns), _DESCRIBED_AT_ONCE):
        some = arns[start : start + _DESCRIBED_AT_ONCE]
        found += ecs.describe_services(cluster=cluster, services=some)["services"]
    return [service for service in found if service["status"] != "INACTIVE"]


def target_groups(elb: Any) -> dict[str, str]:
    """Read every target group of the account.

    Returns:
        Name by ARN.
    """
    groups = every(elb, "describe_target_groups", "TargetGroups")
    return {group["TargetGroupArn"]: group["TargetGroupName"] for group in groups}


def load_balancer_of(elb: Any, name: str) -> dict[str, Any] | None:
    """Find a load balancer by its name.

    Returns:
        As DescribeLoadBalancers shows it; None when there is none of that name.
    """
    try:
        found: list[dict[str, Any]] = elb.describe_load_balancers(Names=[name])["LoadBalancers"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "LoadBalancerNotFound":
            return None
        raise
    return found[0]


def own_load_balancer(elb: Any, name: str, tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Find a load balancer of an environment: its name alone may be that of another environment's.

    Returns:
        As DescribeLoadBalancers shows it; None when there is none of that name that carries the environment's tags.
    """
    found = load_balancer_of(elb, name)
    if found is None:
        return None
    described = elb.describe_tags(ResourceArns=[found["LoadBalancerArn"]])["TagDescriptions"]
    return found if any(tags.items() <= by_key(one["Tags"]).items() for one in described) else None


def rules(elb: Any, load_balancer: str, *, port: int) -> list[dict[str, Any]]:
    """Read the rules of one listener; the load balancer may have others.

    Args:
        elb: boto3 client of ELBv2.
        load_balancer: name.
        port: of the listener.

    Returns:
        Each as DescribeRules shows it; none when there is no such load balancer or listener.
    """
    found = load_balancer_of(elb, load_balancer)
    if found is None:
        return []
    arn = found["LoadBalancerArn"]
    listeners = every(elb, "describe_listeners", "Listeners", LoadBalancerArn=arn)
    own = [listener["ListenerArn"] for listener in listeners if listener["Port"] == port]
    return [rule for listener in own for rule in every(elb, "describe_rules", "Rules", ListenerArn=listener)]


def weights_of(rule: Mapping[str, Any]) -> dict[str, int]:
    """The weights by which a rule forwards.

    Returns:
        Weight by ARN of the target group; nothing for a rule that does not forward.
    """
    found: dict[str, int] = {}
    for action in rule["Actions"]:
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        found |= {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
        if not groups and "TargetGroupArn" in action:
            found[action["TargetGroupArn"]] = 1
    return found


def is_preview(rule: Mapping[str, Any]) -> bool:
    """Whether a rule takes only what picks a side by the canary's header."""
    return any(
        condition["Field"] == "http-header" and condition["HttpHeaderConfig"]["HttpHeaderName"] == CANARY_HEADER
        for condition in rule["Conditions"]
    )


def percent(part: int, whole: int) -> int:
    """A weight as people read it.

    Returns:
        ``part`` of ``whole`` in percent, 0 of nothing.
    """
    return round(100 * part / whole) if whole else 0


def label_of(rule: Mapping[str, Any]) -> str:
    """What a rule takes, for people.

    Returns:
        Its methods, if it names any, and path patterns, such as ``/books/*`` or ``POST /orders, /orders/*``; empty for
        a rule without path patterns, such as the default one.
    """
    methods = _values(rule, "http-request-method", "HttpRequestMethodConfig")
    patterns = _values(rule, "path-pattern", "PathPatternConfig")
    if not patterns:
        return ""
    return " ".join([*(["/".join(methods)] if methods else []), ", ".join(patterns)])


def _values(rule: Mapping[str, Any], kind: str, config: str) -> list[str]:
    return [
        value
        for condition in rule["Conditions"]
        if condition["Field"] == kind
        for value in condition.get(config, {}).get("Values") or condition.get("Values", [])
    ]
