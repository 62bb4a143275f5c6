"""CDKTF construct of the module `network`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

from constructs import Construct

from modules.local_module import given
from modules.network.shapes import FlowLogs, NatMode, Zone
from modules.vpc_module import VpcModule


class Network(VpcModule):
    """A VPC with a public and a private subnet in each zone.

    None stands for the module's default.

    Args:
        name: name of the VPC.
        cidr_block: IPv4 range of the VPC.
        zones: subnet ranges by availability zone, all by name or all by id, at least two.
        nat_mode: way out of the private subnets; "single" costs one NAT gateway, "per_az" one for each zone.
        interface_endpoints: services of AWS that private subnets reach inside the VPC, such as ``ecr.api``.
        interface_endpoint_policies: policies in JSON by service; an empty one: AWS's own, which allows all.
        required_endpoints: what tasks in private subnets cannot do without where there is no NAT gateway.
        flow_logs: a line about each flow; None: none is written.
        ipv6: whether there are IPv6 ranges too.
        tags: of everything here, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        cidr_block: str,
        zones: Mapping[str, Zone],
        nat_mode: NatMode | None = None,
        interface_endpoints: Collection[str] | None = None,
        interface_endpoint_policies: Mapping[str, str] | None = None,
        required_endpoints: Collection[str] | None = None,
        flow_logs: FlowLogs | None = None,
        ipv6: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="network",
            inputs={
                "name": name,
                "cidr_block": cidr_block,
                "zones": {zone: given(asdict(ranges)) for zone, ranges in zones.items()},
                "nat_mode": nat_mode,
                "interface_endpoints": None if interface_endpoints is None else sorted(interface_endpoints),
                "interface_endpoint_policies": interface_endpoint_policies,
                "required_endpoints": None if required_endpoints is None else sorted(required_endpoints),
                "flow_logs": None if flow_logs is None else given(asdict(flow_logs)),
                "ipv6": ipv6,
                "tags": tags,
            },
        )

    @property
    def endpoints_security_group_id(self) -> str:
        """Security group of the interface endpoints; null without any."""
        return self.get_string("endpoints_security_group_id")
