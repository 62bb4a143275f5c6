"""No record of moto outlives its use: moto keeps each one that was ever made, for a page and a reset that are off here.

Every item of every answer is one, so a day of visitors would fill the machine.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel

from embedded import patches


def let_go_of_records() -> None:
    """Patch moto; done once, before serving. Upstream issue: none."""
    patches.replace(BaseModel, "__new__", staticmethod(_make), written_for="cls, args, kwargs")


def _make(cls: type[Any], *_: Any, **__: Any) -> Any:
    return super(BaseModel, cls).__new__(cls)
