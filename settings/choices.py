"""What is said of a value that is none of those that a setting may have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = 0.5
"""By difflib's ratio; what is less alike was no slip of the finger."""


def not_one_of(name: str, chosen: str, options: Iterable[str]) -> str:
    """A line about ``chosen`` for the setting ``name``, with the nearest of its ``options`` if one is near."""
    valid = tuple(options)
    return f"{name}={chosen} is not one of {', '.join(valid)}{meant(name, chosen, valid)}"


def meant(name: str, chosen: str, options: Iterable[str]) -> str:
    """The end of such a line: the option that was probably meant, or a full stop."""
    low = chosen.lower()
    valid = sorted(options)
    near = difflib.get_close_matches(low, valid, n=1, cutoff=_ALIKE)
    near += [option for option in valid if low and option.startswith(low)]
    return f"; did you mean {name}={near[0]}?" if near else "."
