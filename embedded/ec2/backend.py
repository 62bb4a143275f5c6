"""EC2 where moto differs from AWS: interfaces' addresses, security group rules' descriptions, states of IPv6 ranges."""

from __future__ import annotations

import functools
import inspect
import ipaddress
from typing import Any, ClassVar

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet

from embedded import patches
from embedded.overriding import override
from embedded.registration import OurBackend


class EmbeddedEc2(OurBackend, EC2Backend):
    """moto's EC2; an interface without a wished address gets the next free one of its subnet.

    moto draws addresses at random, reserved and used ones too. Upstream issue: none.
    """

    _last: ClassVar[dict[str, int]] = {}
    """Where the search in a subnet goes on, by its CIDR block: an address is not used again at once."""

    @override
    def create_network_interface(  # noqa: PLR0917 - moto's positions
        self,
        subnet: Any,
        private_ip_address: str | list[str],
        private_ip_addresses: list[dict[str, Any]] | None = None,
        group_ids: list[str] | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        delete_on_termination: bool | None = False,
        **kwargs: Any,
    ) -> NetworkInterface:
        """As EC2Backend's."""
        if not private_ip_address and not private_ip_addresses:
            private_ip_address = self._free_address(subnet)
        interface = super().create_network_interface(
            subnet,
            private_ip_address,
            private_ip_addresses,
            group_ids=group_ids,
            description=description,
            tags=tags,
            delete_on_termination=delete_on_termination,
            **kwargs,
        )
        # moto leaves it out in a VPC without DNS host names, and then fails where it reads it. Upstream issue: none.
        vars(interface).setdefault("private_dns_name", None)
        return interface

    @override
    def modify_security_group_rules(self, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
        """moto leaves other groups and prefix lists as they were: an endless diff. Upstream issue: none."""
        super().modify_security_group_rules(group_id, rules)
        group: Any = self.get_security_group_by_name_or_id(group_id)
        for rule_id, wanted in rules.items():
            rule = group.get_rule(rule_id)
            if "ReferencedGroupId" in wanted:
                rule.source_group = {**rule.source_group, "GroupId": wanted["ReferencedGroupId"]}
            if "PrefixListId" in wanted:
                rule.prefix_list_id = wanted["PrefixListId"]

    def _free_address(self, subnet: Any) -> str:
        cidr = str((self.get_subnet(subnet) if isinstance(subnet, str) else subnet).cidr_block)
        used = {str(interface.private_ip_address) for interface in list(self.enis.values())}
        address, self._last[cidr] = free_address(cidr, used, self._last.get(cidr, 0))
        return address


def free_address(cidr: str, used: set[str], last: int) -> tuple[str, int]:
    """The next address of a subnet that nobody has; AWS keeps the first four and the final one for itself.

    Args:
        cidr: of the subnet.
        used: addresses that somebody has.
        last: the number that came with the address before; 0 at first.

    Returns:
        The address, and a number for the next search.

    Raises:
        EC2ClientError: none is left.
    """
    network = ipaddress.ip_network(cidr)
    usable = network.num_addresses - 5
    for step in range(usable):
        offset = (last + step) % usable
        address = str(network.network_address + 4 + offset)
        if address not in used:
            return address, offset + 1
    raise EC2ClientError("InsufficientFreeAddressesInSubnet", f"subnet {cidr} has no free address")


def keep_descriptions() -> None:
    """A rule whose other side is a group or a prefix list forgets its description: an endless diff.

    Upstream issue: none.
    """
    init = SecurityGroupRule.__init__
    parameters = inspect.signature(init)

    @functools.wraps(init)
    def remembering(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        beside = parameters.bind(self, *arguments, **named).arguments.get("prefix_list_id") or {}
        self.prefix_list_description = beside.get("Description")

    def description(self: Any) -> str | None:
        beside: str | None = getattr(self, "prefix_list_description", None)
        return self.ip_range.get("Description") or self.source_group.get("Description") or beside

    patches.replace(
        SecurityGroupRule,
        "__init__",
        remembering,
        written_for="self, ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, source_group, "
        "prefix_list_id, is_egress, tags",
    )
    patches.replace(SecurityGroupRule, "description", property(description), written_for=patches.PROPERTY)


def tell_states_of_ipv6_ranges() -> None:
    """The state of a subnet's IPv6 range comes one level too deep, so that Terraform waits for it until it gives up.

    Upstream issue: none.
    """

    def associations(self: Any) -> list[dict[str, Any]]:
        found = self.ipv6_cidr_block_associations.values()
        associated = [one for one in found if one["ipv6CidrBlockState"]["State"] == "associated"]
        return [{**one, "ipv6CidrBlockState": {"state": "associated"}} for one in associated]

    patches.replace(Subnet, "ipv6_cidr_block_association_set", property(associations), written_for=patches.PROPERTY)
