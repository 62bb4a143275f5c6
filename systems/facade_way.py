"""The way from services to the monolith's facade: by the public load balancer, or by one inside the VPC."""

from __future__ import annotations

from enum import IntEnum


class FacadeWay(IntEnum):
    """How far the way inside is taken. From each to the next, and back, no call is lost while old and new tasks run."""

    PUBLIC = 0
    """By the public load balancer; there is no other."""

    PREPARED = 1
    """The internal load balancer stands, and nobody is behind it."""

    READY = 2
    """The monolith's tasks are behind both, and services may call either."""

    MOVED = 3
    """Services call the internal one; the public one still takes calls with the key."""

    INTERNAL = 4
    """The public one refuses the facade's paths."""
