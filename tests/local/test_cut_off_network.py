"""Parts of a network that a cut-off run made, but could not write down, are found by their tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli.existing import _NETWORK, find
from tests.support import EmbeddedAws, local_settings, running_embedded_aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("network"))) as running:
        yield running


def tags(aws: EmbeddedAws, name: str) -> dict[str, str]:
    return {**aws.settings.tags, "Name": name}


def made(aws: EmbeddedAws, name: str) -> dict[str, str]:
    """One of each kind with the tags of ``name``: id by kind."""
    ec2 = aws.client("ec2")

    def tagged(kind: str) -> dict[str, Any]:
        pairs = [{"Key": key, "Value": value} for key, value in tags(aws, name).items()]
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": pairs}]}

    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", **tagged("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24", **tagged("subnet"))["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc", **tagged("elastic-ip"))["AllocationId"]
    gateway = ec2.create_internet_gateway(**tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, **tagged("natgateway"))["NatGateway"]
    table = ec2.create_route_table(VpcId=vpc, **tagged("route-table"))["RouteTable"]["RouteTableId"]
    group = ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc, **tagged("security-group"))
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", **tagged("vpc-endpoint")
    )
    return {
        "aws_vpc": vpc,
        "aws_subnet": subnet,
        "aws_eip": address,
        "aws_internet_gateway": gateway,
        "aws_nat_gateway": nat["NatGatewayId"],
        "aws_route_table": table,
        "aws_security_group": group["GroupId"],
        "aws_vpc_endpoint": endpoint["VpcEndpoint"]["VpcEndpointId"],
    }


def test_each_part_is_found_by_all_of_its_tags_and_by_no_others(aws: EmbeddedAws) -> None:
    ids, others = made(aws, "ours"), made(aws, "ours-2")
    assert set(ids) == set(_NETWORK)
    for kind, one in ids.items():
        found = find(aws.settings, kind, {"tags_all": tags(aws, "ours")})
        assert found is not None, kind
        assert (found.import_id, found.belongs_to(aws.settings)) == (one, True)
        assert one != others[kind]
        assert find(aws.settings, kind, {"tags_all": tags(aws, "nobody's")}) is None
        assert find(aws.settings, kind, {"tags_all": {"Name": "ours"}}) is None
        assert find(aws.settings, kind, {}) is None


def test_a_gateway_that_is_gone_is_not_taken_over(aws: EmbeddedAws) -> None:
    ids = made(aws, "left")
    aws.client("ec2").delete_nat_gateway(NatGatewayId=ids["aws_nat_gateway"])
    assert find(aws.settings, "aws_nat_gateway", {"tags_all": tags(aws, "left")}) is None
