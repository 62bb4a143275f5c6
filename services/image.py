"""How the image of every service is built: one Dockerfile, with the service's folder as its argument."""

from __future__ import annotations

from typing import Final

from systems.service import Image

DOCKERFILE: Final = "services/Dockerfile"

SHARED: Final = (
    DOCKERFILE,
    "services/__init__.py",
    "services/__main__.py",
    "services/requirements.txt",
    "services/kit",
    "services/mysfits",
    "services/facade",
    "systems/__init__.py",
    "systems/scaling.py",
    "systems/service.py",
)
"""What every image contains besides its service's own folder."""


def image(service: str) -> Image:
    """The image of the service in the folder ``services/<service>``."""
    return Image(dockerfile=DOCKERFILE, context=(*SHARED, f"services/{service}"), arguments={"SERVICE": service})
