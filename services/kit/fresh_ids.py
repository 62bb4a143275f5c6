"""New ids: unlike every other, without asking the operating system for each of them."""

from __future__ import annotations

import random

_random = random.Random()  # noqa: S311 - names, no secrets; seeded by the operating system, in processes that never fork


def fresh_id() -> str:
    """128 random bits as 32 hexadecimal digits. They name things and keep no secret."""
    return f"{_random.getrandbits(128):032x}"
