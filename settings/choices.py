"""What is said of a value that is none of those that a setting may have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def not_one_of(name: str, chosen: str, options: Iterable[str]) -> str:
    """A line about ``chosen`` for the setting ``name``, with the nearest of its ``options``."""
    valid = tuple(options)
    nearest = difflib.get_close_matches(chosen.lower(), valid, n=1, cutoff=0.0)
    return f"{name}={chosen} is not one of {', '.join(valid)}; did you mean {name}={nearest[0]}?"
