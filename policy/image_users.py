"""Whether images run as a user without privileges, read from their Dockerfiles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from embedded.image_build.dockerfile import Instruction, instructions
from systems.checkout import ROOT
from systems.system import System

_PRIVILEGED: Final = frozenset({"", "root", "0"})


def dockerfiles(system: System) -> tuple[Path, ...]:
    """Of all images of a system, once each."""
    images = [service.image for service in system.images.values()]
    return tuple(sorted({ROOT / image.root / image.dockerfile for image in images}))


def user_of(text: str) -> str:
    """By whom containers of a Dockerfile run; empty: nobody is named, and so by root."""
    return _last_user(instructions(text))


def runs_as_root(text: str) -> bool:
    """Whether containers of a Dockerfile run as root."""
    return user_of(text).partition(":")[0] in _PRIVILEGED


def _last_user(found: Iterable[Instruction]) -> str:
    """The user of the last stage: each FROM begins with that of its base, which nobody here vouches for."""
    user = ""
    for one in found:
        if one.name == "FROM":
            user = ""
        elif one.name == "USER":
            user = one.value.strip()
    return user
