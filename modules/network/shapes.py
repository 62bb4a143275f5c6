"""Shapes of the construct's inputs; importable without starting CDKTF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NatMode = Literal["none", "single", "per_az"]


@dataclass(frozen=True, kw_only=True)
class Zone:
    """IPv4 ranges of one availability zone's subnets, such as ``10.0.0.0/24``."""

    public_cidr_block: str
    private_cidr_block: str
