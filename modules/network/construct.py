"""CDKTF construct of the module `network`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from constructs import Construct

from modules.local_module import LocalModule
from modules.network.shapes import NatMode, Zone


class Network(LocalModule):
    """A VPC with a public and a private subnet in each zone.

    Args:
        name: name of the VPC.
        cidr_block: IPv4 range of the VPC.
        zones: subnet ranges by availability zone name, at least two.
        nat_mode: way out of the private subnets; "single" costs one NAT gateway, "per_az" one for each zone.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, cidr_block: str, zones: Mapping[str, Zone], nat_mode: NatMode
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="network",
            inputs={
                "name": name,
                "cidr_block": cidr_block,
                "zones": {zone: asdict(ranges) for zone, ranges in zones.items()},
                "nat_mode": nat_mode,
            },
        )

    @property
    def vpc_id(self) -> str:
        """Id of the VPC."""
        return self.get_string("vpc_id")

    @property
    def public_subnet_ids(self) -> list[str]:
        """Ids of the public subnets, ordered by zone name."""
        return self.get_list("public_subnet_ids")

    @property
    def private_subnet_ids(self) -> list[str]:
        """Ids of the private subnets, ordered by zone name."""
        return self.get_list("private_subnet_ids")
