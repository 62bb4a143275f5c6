"""Availability zones and address ranges of the network, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from modules.network.shapes import Zone

VPC_CIDR_BLOCK: Final = "10.0.0.0/16"

_SUFFIXES: Final = "ab"
_SUFFIXES_BY_REGION: Final[Mapping[str, str]] = {
    "ap-northeast-1": "ac",  # b is closed to new accounts
    "ca-central-1": "ab",
    "us-west-1": "ac",  # accounts get two of three; most get these
}


def zones(region: str) -> dict[str, Zone]:
    """Zones to use in ``region`` with the ranges of their subnets.

    Written out rather than looked up: the names are resource keys and must be known before anything is planned. The
    ranges follow the zone's letter, so another zone changes no subnet that stands. The module `network` checks at plan
    time that the account may use the zones.
    """
    return {
        f"{region}{suffix}": Zone(
            public_cidr_block=f"10.0.{ord(suffix) - ord('a')}.0/24",
            private_cidr_block=f"10.0.{100 + ord(suffix) - ord('a')}.0/24",
        )
        for suffix in _SUFFIXES_BY_REGION.get(region, _SUFFIXES)
    }
