"""The one way to change what moto has outside its backends, which are changed by subclass (``embedded.moto_setup``).

Whoever replaces something says what it was written against. A version of moto in which that is gone, or takes other
parameters, is refused with a clear text when the embedded AWS starts, in the place of odd answers later.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

PROPERTY: Final = "property"
"""What is said of a property in the place of parameters."""

_places: list[str] = []


class PatchError(RuntimeError):
    """moto is not as a replacement was written for; the text says where, and what to do."""


def replace(owner: Any, name: str, new: Any, *, written_for: str) -> None:
    """Put ``new`` in the place of ``owner.name``.

    Args:
        owner: class or module of moto.
        name: of a function, method or property in it.
        new: called or read in its place.
        written_for: the names of the parameters of what is there, such as "self, table_name"; or PROPERTY.

    Raises:
        PatchError: there is no such name, or its parameters are others.
    """
    place = _place(owner, name)
    found = vars(owner).get(name)
    if found is None:
        raise _refusal(place, "is not there")
    there = PROPERTY if isinstance(found, property) else ", ".join(inspect.signature(found).parameters)
    if there != written_for:
        raise _refusal(place, f"has ({there}), and its replacement was written for ({written_for})")
    setattr(owner, name, new)
    _places.append(place)


def set_value(owner: ModuleType, name: str, value: Any) -> None:
    """Give a setting of moto's, which it has read from its environment already, another value of the same type.

    Raises:
        PatchError: there is no such name, or its value is of another type.
    """
    found = vars(owner).get(name)
    if found is None:
        raise _refusal(_place(owner, name), "is not there")
    if type(found) is not type(value):
        raise _refusal(_place(owner, name), f"is a {type(found).__name__}, and is to become a {type(value).__name__}")
    setattr(owner, name, value)
    _places.append(_place(owner, name))


def add(owner: Any, name: str, new: Any) -> None:
    """Give ``owner`` the attribute ``name``, which it has not had so far.

    Raises:
        PatchError: it has it.
    """
    if hasattr(owner, name):
        raise _refusal(_place(owner, name), "is there already")
    setattr(owner, name, new)
    _places.append(_place(owner, name))


def places() -> tuple[str, ...]:
    """Where something was replaced or added in this process, in order: module, class and name."""
    return tuple(_places)


def _place(owner: Any, name: str) -> str:
    return (
        f"{owner.__name__}.{name}" if isinstance(owner, ModuleType) else f"{owner.__module__}.{owner.__name__}.{name}"
    )


def _refusal(place: str, why: str) -> PatchError:
    return PatchError(
        f"{place} {why}: moto {version('moto')} is not as this program knows it. Install the version that "
        "requirements.txt pins, or adapt what replaces it."
    )
