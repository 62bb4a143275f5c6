"""Names of the stack's Terraform variables: the stack declares them, the deployer sets them."""

from __future__ import annotations

from typing import Final

MONOLITH_ROUTES: Final = "monolith_routes"
"""What the monolith serves of the services' routes, separated by commas."""


def image_tag_variable(service: str) -> str:
    """Tag of the image of a service."""
    return f"{_identifier(service)}_image_tag"


def weight_variable(service: str) -> str:
    """Percentage of its requests that a service gets itself."""
    return f"{_identifier(service)}_weight"


def _identifier(service: str) -> str:
    return service.replace("-", "_")
