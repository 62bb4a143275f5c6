"""Names of the stack's Terraform variables: the stack declares them, the deployer sets them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MONOLITH_ROUTES: Final = "monolith_routes"
"""What the monolith serves of the services' routes, separated by commas."""

STICKY_SECONDS: Final = "sticky_seconds"
"""How long a visitor stays with the tasks that a shared rule sent it to first; 0: not at all."""


def image_tag_variable(service: str) -> str:
    """Tag of the image of a service."""
    return f"{_identifier(service)}_image_tag"


def weight_variable(service: str) -> str:
    """Percentage of its requests that a service gets itself."""
    return f"{_identifier(service)}_weight"


def tasks_variable(service: str) -> str:
    """Number of a service's own tasks, where it does not scale by itself."""
    return f"{_identifier(service)}_tasks"


def canary_tasks_variable(service: str) -> str:
    """Number of tasks of a service's canary."""
    return f"{_identifier(service)}_canary_tasks"


def canary_weight_variable(service: str) -> str:
    """Percentage of a service's requests that its canary gets."""
    return f"{_identifier(service)}_canary_weight"


def held_revision_variable(service: str) -> str:
    """ARN of the task definition that a service's own tasks keep while its canary tries another one."""
    return f"{_identifier(service)}_held_revision"


def _identifier(service: str) -> str:
    return service.replace("-", "_")


def path_is_shared(services: Iterable[str]) -> str | None:
    """Whether one of these has less than all of its path, as a Terraform expression; None without services."""
    weights = ", ".join(f"var.{weight_variable(name)}" for name in services)
    return f"${{min({weights}) < 100}}" if weights else None
