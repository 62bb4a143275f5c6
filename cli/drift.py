"""What somebody changed by hand: values of Terraform's state beside the live ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws, state_file, task_counts
from cli.inventory import percent, weights_of
from modules.fargate_service.shapes import CANARY_SUFFIX, FALLBACK_SUFFIX, INTERNAL_CANARY_SUFFIX, INTERNAL_SUFFIX
from settings.names import short_name
from settings.settings import Settings

_GONE: Final = "gone"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One value that is not what the last deploy left."""

    what: str
    recorded: str
    live: str

    def __str__(self) -> str:
        return f"{self.what}: the last deploy left {self.recorded}, live is {self.live}"


def find(settings: Settings) -> list[Drift]:
    """Compare listener rules' weights, desired counts and task definitions with the Terraform state.

    The number of tasks of a service that scales by itself is its own business; one that make scale left is expected.

    Returns:
        Every value that differs.
    """
    resources = state_file.resources(state_file.read(settings))
    rules = [attributes for kind, attributes in resources if kind == "aws_lb_listener_rule"]
    services = [attributes for kind, attributes in resources if kind == "aws_ecs_service"]
    names = {
        str(attributes["arn"]): short_name(str(attributes["name"]), environment=settings.name())
        for kind, attributes in resources
        if kind == "aws_lb_target_group"
    }
    scaled = {
        str(attributes["resource_id"]).rpartition("/")[2]
        for kind, attributes in resources
        if kind == "aws_appautoscaling_target"
    }
    return [*_of_rules(settings, rules, names), *_of_services(settings, services, scaled)]


def _of_rules(settings: Settings, rules: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Drift]:
    elb = aws.client(settings, "elbv2")
    found: list[Drift] = []
    for rule in rules:
        wanted = {
            group["arn"]: int(group["weight"])
            for action in rule["action"]
            for forward in action.get("forward") or []
            for group in forward["target_group"]
        }
        if not wanted:
            continue
        live = _live_weights(elb, str(rule["arn"]))
        if live is None or _percent(live) != _percent(wanted):
            paths = ", ".join(path for condition in rule["condition"] for path in _paths(condition))
            shown = told(names, wanted, live or {})
            now = _GONE if live is None else _shares(live, shown)
            found.append(Drift(what=f"weights of {paths}", recorded=_shares(wanted, shown), live=now))
    return found


def _paths(condition: Mapping[str, Any]) -> list[str]:
    return [path for pattern in condition.get("path_pattern") or [] for path in pattern.get("values") or []]


def _live_weights(elb: Any, arn: str) -> dict[str, int] | None:
    try:
        (rule,) = elb.describe_rules(RuleArns=[arn])["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "RuleNotFound":
            return None
        raise
    return weights_of(rule)


def _percent(weights: Mapping[str, int]) -> dict[str, int]:
    """Turn weights, which are relative to each other, into percentages by group; those of 0 are left out."""
    total = sum(weights.values())
    return {arn: percent(weight, total) for arn, weight in weights.items() if weight}


def told(names: Mapping[str, str], *rules: Mapping[str, int]) -> dict[str, str]:
    """Choose how the target groups of some weights are named to people.

    Args:
        names: of target groups, by ARN.
        rules: weights by ARN.

    Returns:
        Name by ARN, without groups in rest: those that get nothing in any of the rules. A service's group for the paths
        of others, and the one inside the VPC, go by the service's name.
    """
    found = {arn: names.get(arn, arn) for weights in rules for arn in weights}
    busy = {arn for weights in rules for arn in _percent(weights)}
    shown = {arn: name for arn, name in found.items() if arn in busy or not _may_rest(name, found.values())}
    plain = {arn: _outside(name).removesuffix(FALLBACK_SUFFIX) for arn, name in shown.items()}
    return {arn: shown[arn] if name in shown.values() else name for arn, name in plain.items()}


def _may_rest(name: str, beside: Collection[str]) -> bool:
    own = name.removesuffix(FALLBACK_SUFFIX)
    return _outside(name).endswith(CANARY_SUFFIX) or (own != name and own in beside)


def _outside(name: str) -> str:
    """The target group of the same tasks behind the public load balancer."""
    if name.endswith(INTERNAL_CANARY_SUFFIX):
        return name.removesuffix(INTERNAL_CANARY_SUFFIX) + CANARY_SUFFIX
    return name.removesuffix(INTERNAL_SUFFIX)


def _shares(weights: Mapping[str, int], names: Mapping[str, str]) -> str:
    shares = _percent(weights)
    return ", ".join(sorted(f"{names[arn]} {shares.get(arn, 0)} %" for arn in weights if arn in names)) or "nothing"


def _of_services(settings: Settings, services: Iterable[Mapping[str, Any]], scaled: Collection[str]) -> list[Drift]:
    ecs, cluster = aws.client(settings, "ecs"), settings.name()
    chosen = {settings.name(service): count for service, count in task_counts.by_hand(settings).items()}
    found: list[Drift] = []
    for wanted in services:
        name = str(wanted["name"])
        try:
            answer = ecs.describe_services(cluster=cluster, services=[name])["services"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ClusterNotFoundException":
                raise
            answer = []
        live = next((service for service in answer if service["status"] == "ACTIVE"), None)
        pairs = [
            ("desired count", str(chosen.get(name, wanted["desired_count"])), live and str(live["desiredCount"])),
            ("task definition", _short(wanted["task_definition"]), live and _short(live["taskDefinition"])),
        ]
        found += [
            Drift(what=f"{what} of {name}", recorded=before, live=now or _GONE)
            for what, before, now in pairs
            if before != now and not (live and what == "desired count" and name in scaled)
        ]
    return found


def _short(definition: str) -> str:
    return definition.rpartition("/")[2]
