"""Our own checks of planned stacks: what the general tools do not look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from policy.terraform_runs import Resource
from settings.profile import PROFILES, Profile

Found = Iterator[tuple[str, str]]
"""Address and what is wrong there."""

_LEAST_DAYS: Final = 7


def examine(resources: Sequence[Resource], *, profile: str) -> Iterator[tuple[str, str, str]]:
    """Address, rule and text of everything that is wrong in a planned stack."""
    for name, rule in RULES.items():
        for address, text in rule(resources, PROFILES[profile]):
            yield address, name, text


def _private_services(resources: Sequence[Resource], _: Profile) -> Found:
    for service in _of(resources, "aws_ecs_service"):
        if any(network["assign_public_ip"] for network in service.values["network_configuration"]):
            yield service.address, "its tasks have public addresses"


def _several_zones(resources: Sequence[Resource], profile: Profile) -> Found:
    zones = {one.values["id"]: one.values["availability_zone"] for one in _of(resources, "aws_subnet")}

    def lacking(subnet_ids: Iterable[str]) -> str:
        found = {zones[subnet] for subnet in subnet_ids}
        return "" if len(found) >= profile.zone_count else f"is in {len(found)} zones, not in {profile.zone_count}"

    for service in _of(resources, "aws_ecs_service"):
        if text := lacking(service.values["network_configuration"][0]["subnets"]):
            yield service.address, text
    for balancer in _of(resources, "aws_lb"):
        if text := lacking(balancer.values["subnets"]):
            yield balancer.address, text


def _circuit_breakers(resources: Sequence[Resource], _: Profile) -> Found:
    for service in _of(resources, "aws_ecs_service"):
        breakers = service.values["deployment_circuit_breaker"]
        if not breakers or not all(one["enable"] and one["rollback"] for one in breakers):
            yield service.address, "a deployment that fails is not ended and taken back"


def _no_privileges(resources: Sequence[Resource], _: Profile) -> Found:
    for definition in _of(resources, "aws_ecs_task_definition"):
        for container in json.loads(definition.values["container_definitions"]):
            name = container["name"]
            if container.get("privileged"):
                yield definition.address, f"{name} is privileged"
            if (container.get("user") or "").partition(":")[0] in ("root", "0"):
                yield definition.address, f"{name} runs as root"


def _known_users(resources: Sequence[Resource], _: Profile) -> Found:
    """Of images in registries of the stack the Dockerfiles are looked at; of others nobody here knows who runs."""
    own = [str(registry.values["repository_url"]) for registry in _of(resources, "aws_ecr_repository")]
    for definition in _of(resources, "aws_ecs_task_definition"):
        for container in json.loads(definition.values["container_definitions"]):
            image = container["image"]
            is_own = any(image.startswith((f"{registry}:", f"{registry}@")) for registry in own)
            if not container.get("user") and not is_own:
                yield definition.address, f"{container['name']} runs as whom {image} says, which may be root"


def _fixed_images(resources: Sequence[Resource], _: Profile) -> Found:
    for registry in _of(resources, "aws_ecr_repository"):
        if registry.values["image_tag_mutability"] != "IMMUTABLE":
            yield registry.address, "its tags can be moved to other images"
    for definition in _of(resources, "aws_ecs_task_definition"):
        for container in json.loads(definition.values["container_definitions"]):
            if _is_moving(container["image"]):
                yield (
                    definition.address,
                    f"{container['name']} runs {container['image']}, which can become another image",
                )


def _is_moving(image: str) -> bool:
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return "@" not in image and tag in ("", "latest")


def _retention(resources: Sequence[Resource], profile: Profile) -> Found:
    least = profile.log_days if profile.is_protected else _LEAST_DAYS
    for group in _of(resources, "aws_cloudwatch_log_group"):
        days = group.values["retention_in_days"] or 0
        if days < least:
            yield group.address, f"keeps its lines {days} days, not {least}" if days else "keeps its lines for ever"


def _protection(resources: Sequence[Resource], profile: Profile) -> Found:
    if not profile.is_protected:
        return
    for balancer in _of(resources, "aws_lb"):
        if not balancer.values["enable_deletion_protection"]:
            yield balancer.address, "is not protected from deletion"
    for table in _of(resources, "aws_dynamodb_table"):
        recovers = any(one["enabled"] for one in table.values["point_in_time_recovery"])
        if recovers and not table.values["deletion_protection_enabled"]:
            yield table.address, "has backups, and is not protected from deletion"
    if not any(one.values["protocol"] == "HTTPS" for one in _of(resources, "aws_lb_listener")):
        yield "aws_lb_listener", "nobody can call the load balancer over HTTPS"


def _narrow_trust(resources: Sequence[Resource], _: Profile) -> Found:
    for role in _of(resources, "aws_iam_role"):
        for statement in json.loads(role.values["assume_role_policy"])["Statement"]:
            principal: Mapping[str, Any] | str = statement.get("Principal", "*")
            if principal == "*" or "*" in principal.values():  # type: ignore[union-attr]
                yield role.address, "anybody may take this role"
            elif "Federated" in principal and not _names_subject(statement.get("Condition", {})):
                yield role.address, "anybody whom the identity provider knows may take this role"


def _names_subject(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a condition says whose tokens are taken, and not those of everybody."""
    subjects = [
        subject
        for operator, keys in condition.items()
        if operator in ("StringEquals", "StringLike")
        for key, values in keys.items()
        if key.endswith(":sub")
        for subject in ([values] if isinstance(values, str) else values)
    ]
    return bool(subjects) and all(not subject.startswith("*") for subject in subjects)


RULES: Final[Mapping[str, Callable[[Sequence[Resource], Profile], Found]]] = {
    "PRIVATE_SERVICES": _private_services,
    "SEVERAL_ZONES": _several_zones,
    "CIRCUIT_BREAKERS": _circuit_breakers,
    "NO_PRIVILEGES": _no_privileges,
    "NON_ROOT": _known_users,
    "FIXED_IMAGES": _fixed_images,
    "RETENTION": _retention,
    "PROTECTION": _protection,
    "NARROW_TRUST": _narrow_trust,
}
"""By name."""


def _of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    return [one for one in resources if one.type == kind]
