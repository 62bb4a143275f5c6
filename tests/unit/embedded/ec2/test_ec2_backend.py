"""Network interfaces get the free addresses of their subnet, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.exceptions import EC2ClientError

from embedded.ec2.backend import EmbeddedEc2, free_address


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> EmbeddedEc2:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setattr(EmbeddedEc2, "_last", {})
    return EmbeddedEc2("us-east-1", "000000000000")


def test_addresses_come_one_after_the_other_and_again_when_all_had_their_turn() -> None:
    assert free_address("10.0.0.0/28", set(), 0) == ("10.0.0.4", 1)
    assert free_address("10.0.0.0/28", {"10.0.0.4"}, 0) == ("10.0.0.5", 2)
    assert free_address("10.0.0.0/28", set(), 10) == ("10.0.0.14", 11)
    assert free_address("10.0.0.0/28", set(), 11) == ("10.0.0.4", 1)
    with pytest.raises(EC2ClientError, match=r"subnet 10\.0\.0\.0/28 has no free address"):
        free_address("10.0.0.0/28", {f"10.0.0.{last}" for last in range(4, 15)}, 3)


def test_an_interface_gets_the_next_address_and_keeps_a_wished_one(ec2: EmbeddedEc2) -> None:
    vpc = ec2.create_vpc("10.7.0.0/16")
    subnet = ec2.create_subnet(vpc.id, "10.7.1.0/24")
    given = [ec2.create_network_interface(subnet.id, "").private_ip_address for _ in range(3)]
    assert given == ["10.7.1.4", "10.7.1.5", "10.7.1.6"]
    assert ec2.create_network_interface(subnet, "10.7.1.9").private_ip_address == "10.7.1.9"
    wished = [{"Primary": True, "PrivateIpAddress": "10.7.1.20"}]
    assert ec2.create_network_interface(subnet, "", wished).private_ip_address == "10.7.1.20"


def test_every_interface_has_a_dns_name_or_none(ec2: EmbeddedEc2) -> None:
    vpc = ec2.create_vpc("10.8.0.0/16")
    subnet = ec2.create_subnet(vpc.id, "10.8.1.0/24")
    assert ec2.create_network_interface(subnet, "").private_dns_name is None


def test_a_rule_leads_to_the_group_or_prefix_list_that_it_is_changed_to(ec2: EmbeddedEc2) -> None:
    vpc = ec2.create_vpc("10.9.0.0/16")
    own, one, other = (ec2.create_security_group(name, name, vpc_id=vpc.id).id for name in ("own", "one", "other"))
    options: dict[str, Any] = {"ip_protocol": "tcp", "from_port": "80", "to_port": "80", "ip_ranges": []}
    to_group, _ = ec2.authorize_security_group_egress(own, source_groups=[{"GroupId": one}], **options)
    to_list, _ = ec2.authorize_security_group_egress(own, prefix_list_ids=[{"PrefixListId": "pl-1"}], **options)
    ports = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    ec2.modify_security_group_rules(
        own,
        {
            to_group[0].id: {**ports, "ReferencedGroupId": other},
            to_list[0].id: {**ports, "PrefixListId": "pl-2"},
        },
    )
    assert to_group[0].source_group["GroupId"] == other
    assert to_list[0].prefix_list_id == "pl-2"
