"""Availability zones and address ranges of the network, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from modules.network.shapes import Zone

VPC_CIDR_BLOCK: Final = "10.0.0.0/16"

_SUFFIXES: Final = "abc"
_SUFFIXES_BY_REGION: Final[Mapping[str, str]] = {
    "ap-northeast-1": "acd",  # b is closed to new accounts
    "ca-central-1": "abd",  # there is no c
    "us-west-1": "ac",  # accounts get two of three; most get these
}


def zones(region: str, count: int) -> dict[str, Zone]:
    """The first ``count`` zones to use in ``region`` with the ranges of their subnets; fewer where it has no more.

    Written out rather than looked up: the names are resource keys and must be known before anything is planned. The
    ranges follow the zone's letter, so another zone changes no subnet that stands. The module `network` checks at plan
    time that the account may use the zones.
    """
    return {
        f"{region}{suffix}": Zone(
            public_cidr_block=f"10.0.{ord(suffix) - ord('a')}.0/24",
            private_cidr_block=f"10.0.{100 + ord(suffix) - ord('a')}.0/24",
        )
        for suffix in _SUFFIXES_BY_REGION.get(region, _SUFFIXES)[:count]
    }
