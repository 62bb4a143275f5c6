"""What is in the way only in some of its states: parts of a network, clusters and services, buckets without tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.existing import Existing, find
from settings.settings import Settings
from tests.unit.cli.serving import serve

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test"})
OWN = {**SETTINGS.tags, "Name": "nat"}


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Gateways:
    """EC2 with NAT gateways: those that carry the tags asked for, and one that the API should have left out."""

    def __init__(self, *states: str) -> None:
        self.found: list[dict[str, Any]] = [
            {"NatGatewayId": f"nat-{number}", "State": state, "Tags": pairs(OWN)} for number, state in enumerate(states)
        ]
        self.others: list[dict[str, Any]] = [
            {"NatGatewayId": "nat-other", "State": "available", "Tags": pairs({**OWN, "Name": "nat-2"})},
            {"NatGatewayId": "nat-bare", "State": "available"},
        ]
        self.filters: list[dict[str, Any]] = []

    def describe_nat_gateways(self, *, Filters: list[dict[str, Any]]) -> dict[str, Any]:
        self.filters = Filters
        return {"NatGateways": [*self.others, *self.found]}


def gateway(patch: pytest.MonkeyPatch, ec2: Gateways, tags: dict[str, str] | None = None) -> Existing | None:
    serve(patch, SETTINGS, ec2, "ec2")
    return find(SETTINGS, "aws_nat_gateway", {"tags_all": OWN if tags is None else tags})


def test_a_part_of_a_network_is_looked_for_by_all_of_its_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = Gateways("available")
    assert gateway(monkeypatch, ec2) == Existing(import_id="nat-0", what="nat_gateway nat", tags=OWN)
    assert ec2.filters == [{"Name": f"tag:{key}", "Values": [value]} for key, value in OWN.items()]


def test_one_that_is_gone_or_going_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gateway(monkeypatch, Gateways("deleted", "deleting", "failed")) is None
    found = gateway(monkeypatch, Gateways("deleted", "deleting", "failed", "pending"))
    assert found is not None
    assert found.import_id == "nat-3"


@pytest.mark.parametrize(
    "tags",
    [{}, SETTINGS.tags, {"Name": "nat"}, {**OWN, "Env": "other"}],
    ids=["none", "no name", "name alone", "another environment"],
)
def test_what_has_not_all_of_our_tags_is_not_looked_for(monkeypatch: pytest.MonkeyPatch, tags: dict[str, str]) -> None:
    ec2 = Gateways("available")
    assert gateway(monkeypatch, ec2, tags) is None
    assert ec2.filters == []


class Ecs:
    """Shows clusters and services of these states."""

    def __init__(self, *states: str) -> None:
        self._states = states

    def _members(self, asked: Iterable[str]) -> list[dict[str, Any]]:
        assert list(asked) == ["mysfits-test"]
        own = [{"key": key, "value": value} for key, value in SETTINGS.tags.items()]
        return [{"status": state, "tags": own if state == "ACTIVE" else []} for state in self._states]

    def describe_clusters(self, *, clusters: list[str], include: list[str]) -> dict[str, Any]:
        assert include == ["TAGS"]
        return {"clusters": self._members(clusters)}

    def describe_services(self, *, cluster: str, services: list[str], include: list[str]) -> dict[str, Any]:
        assert (cluster, include) == ("mysfits-test", ["TAGS"])
        return {"services": self._members(services)}


@pytest.mark.parametrize("kind", ["aws_ecs_cluster", "aws_ecs_service"])
def test_a_cluster_or_service_that_was_deleted_is_not_in_the_way(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    for states in ((), ("INACTIVE",), ("DRAINING",), ("INACTIVE", "ACTIVE")):
        serve(monkeypatch, SETTINGS, Ecs(*states), "ecs")
        found = find(SETTINGS, kind, {"name": "mysfits-test"})
        assert (found is not None) is ("ACTIVE" in states)
        assert found is None or found.belongs_to(SETTINGS)


class Storage:
    """S3 with one bucket, and STS."""

    def __init__(self, *, error: str = "", objects: int = 0) -> None:
        self._error = error
        self._objects = objects

    def head_bucket(self, *, Bucket: str) -> None:
        assert Bucket

    def get_bucket_tagging(self, *, Bucket: str) -> dict[str, Any]:
        if self._error:
            raise ClientError({"Error": {"Code": self._error}}, "GetBucketTagging")
        return {"TagSet": pairs({"Name": Bucket})}

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Account": "111122223333"}

    def list_objects_v2(self, *, Bucket: str, MaxKeys: int) -> dict[str, Any]:
        assert Bucket
        return {"KeyCount": min(self._objects, MaxKeys)}


SITE_BUCKET = SETTINGS.site_bucket_name("111122223333")


@pytest.mark.parametrize(
    ("name", "storage", "is_own"),
    [
        (SITE_BUCKET, Storage(error="NoSuchTagSet"), True),
        (SITE_BUCKET, Storage(error="NoSuchTagSet", objects=1), False),
        (SITE_BUCKET, Storage(error="AccessDenied"), False),
        ("other", Storage(error="NoSuchTagSet"), False),
    ],
    ids=["empty and ours by name", "not empty", "not readable", "another name"],
)
def test_an_untagged_bucket_is_ours_when_it_has_the_sites_name_and_nothing_in_it(
    monkeypatch: pytest.MonkeyPatch, name: str, storage: Storage, is_own: bool
) -> None:
    serve(monkeypatch, SETTINGS, storage, "s3", "sts")
    found = find(SETTINGS, "aws_s3_bucket", {"bucket": name})
    assert found is not None
    assert (found.import_id, found.what, found.belongs_to(SETTINGS)) == (name, f"bucket {name}", is_own)


@pytest.mark.parametrize("code", ["404", "NoSuchBucket", "ResourceNotFoundException", "NoSuchEntity"])
def test_every_way_of_saying_that_nothing_is_there_is_understood(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    serve(monkeypatch, SETTINGS, Storage(error=code), "s3")
    assert find(SETTINGS, "aws_s3_bucket", {"bucket": "x"}) is None


def test_a_bucket_that_cannot_be_asked_for_another_reason_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, SETTINGS, Storage(error="SlowDown"), "s3")
    with pytest.raises(ClientError, match="SlowDown"):
        find(SETTINGS, "aws_s3_bucket", {"bucket": "x"})


class Rules:
    """EC2 with the rules of one security group, in pages of one."""

    def __init__(self, *rules: dict[str, Any]) -> None:
        base = {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "Tags": pairs(SETTINGS.tags)}
        self._rules = [{**base, "SecurityGroupRuleId": f"sgr-{n}", **rule} for n, rule in enumerate(rules)]

    def get_paginator(self, operation: str) -> Rules:
        assert operation == "describe_security_group_rules"
        return self

    def paginate(self, *, Filters: list[dict[str, Any]]) -> Rules:
        assert Filters == [{"Name": "group-id", "Values": ["sg-1"]}]
        return self

    def search(self, expression: str) -> list[dict[str, Any]]:
        assert expression == "SecurityGroupRules[]"
        return self._rules


GROUP: dict[str, Any] = {"ReferencedGroupInfo": {"GroupId": "sg-2"}}
PLANNED = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 80, "to_port": 80}


def test_a_rule_for_another_group_is_found_by_both_groups_and_all_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    near: list[dict[str, Any]] = [{**GROUP, "FromPort": 79}, {**GROUP, "ToPort": 81}, {**GROUP, "IpProtocol": "udp"}]
    serve(monkeypatch, SETTINGS, Rules({"CidrIpv4": "10.0.0.0/8"}, *near, {**GROUP, "IsEgress": True}, GROUP), "ec2")
    found = find(
        SETTINGS,
        "aws_vpc_security_group_ingress_rule",
        {**PLANNED, "referenced_security_group_id": "sg-2", "cidr_ipv4": None},
    )
    what = "rule of security group sg-1 for port 80 and sg-2"
    assert found == Existing(import_id="sgr-5", what=what, tags=SETTINGS.tags)
    missing = {**PLANNED, "referenced_security_group_id": "sg-3"}
    assert find(SETTINGS, "aws_vpc_security_group_ingress_rule", missing) is None


def test_a_rule_for_all_traffic_has_no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0", "IsEgress": True}
    rules = Rules(everything)
    for rule in rules._rules:
        del rule["FromPort"], rule["ToPort"]
    serve(monkeypatch, SETTINGS, rules, "ec2")
    planned = {"security_group_id": "sg-1", "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}
    found = find(SETTINGS, "aws_vpc_security_group_egress_rule", planned)
    assert found is not None
    assert found.import_id == "sgr-0"
