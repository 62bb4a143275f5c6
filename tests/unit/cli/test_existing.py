"""Objects in the way of a plan, as moto tells of them in this process; tests/local asks a live embedded AWS."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cli import aws
from cli.existing import Existing, find
from settings.settings import Settings
from tests.existing_objects import KINDS, Maker
from tests.support import EmbeddedAws
from tests.unit.cli.serving import serve

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test"})


@pytest.fixture(scope="module")
def account() -> Iterator[EmbeddedAws]:
    """An account of this module alone; boto3 is kept from every other one."""
    make = aws.client
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        aws._session.cache_clear()
        clients = cache(lambda service: make(SETTINGS, service))  # a client takes longer to make than all of its calls

        def client(settings: Settings, service: str) -> Any:
            assert settings is SETTINGS
            return clients(service)

        patch.setattr(aws, "client", client)
        yield EmbeddedAws(settings=SETTINGS)
    aws._session.cache_clear()


def unique() -> str:
    return f"thing-{uuid.uuid4().hex[:12]}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_with_its_import_id_and_its_tags(account: EmbeddedAws, kind: str) -> None:
    maker = Maker(account, name=unique(), tagged=True)
    import_id, planned = KINDS[kind](maker)
    found = find(SETTINGS, kind, planned)
    assert found is not None
    assert found.import_id == import_id
    assert dict(found.tags) == SETTINGS.tags
    assert found.belongs_to(SETTINGS)
    places = ("name", "bucket", "port", "priority", "destination_cidr_block", "subnet_id")
    place = str(next((planned[name] for name in places if name in planned), "80"))
    assert found.what.split(" ")[0] in {
        "association",
        "bucket",
        "cluster",
        "ECS",
        "image",
        "listener",
        "load",
        "log",
        "parameter",
        "role",
        "route",
        "rule",
        "table",
        "target",
    }
    assert place in found.what


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_without_our_tags_is_not_ours(account: EmbeddedAws, kind: str) -> None:
    _, planned = KINDS[kind](Maker(account, name=unique(), tagged=False))
    found = find(SETTINGS, kind, planned)
    assert found is not None
    assert dict(found.tags) == {"Env": "somebody"}
    assert not found.belongs_to(SETTINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_another_name_or_place_is_free(account: EmbeddedAws, kind: str) -> None:
    _, planned = KINDS[kind](Maker(account, name=unique(), tagged=True))
    other = {
        "port": 1,
        "priority": 1,
        "to_port": 81,
        "name": "other-thing",
        "bucket": "other-thing",
        "destination_cidr_block": "192.0.2.0/24",
        "subnet_id": "subnet-0123456789abcdef0",
    }
    elsewhere = {name: other.get(name, value) for name, value in planned.items()}
    assert find(SETTINGS, kind, elsewhere) is None


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        ("aws_lb_listener", "load_balancer_arn"),
        ("aws_lb_listener_rule", "listener_arn"),
        ("aws_route", "route_table_id"),
        ("aws_route", "destination_cidr_block"),
        ("aws_route_table_association", "subnet_id"),
        ("aws_s3_bucket", "bucket"),
        ("aws_vpc_security_group_egress_rule", "security_group_id"),
        ("aws_vpc_security_group_egress_rule", "cidr_ipv4"),
    ],
)
def test_what_is_not_known_before_an_apply_is_not_looked_for(account: EmbeddedAws, kind: str, unknown: str) -> None:
    _, planned = KINDS[kind](Maker(account, name=unique(), tagged=True))
    assert find(SETTINGS, kind, {name: value for name, value in planned.items() if name != unknown}) is None


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        ("aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"),
        ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"),
    ],
)
def test_a_rule_of_the_other_direction_is_another_one(account: EmbeddedAws, made: str, asked: str) -> None:
    _, planned = KINDS[made](Maker(account, name=unique(), tagged=True))
    assert find(SETTINGS, asked, planned) is None


def test_what_the_api_refuses_is_not_taken_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def describe_table(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeTable")

    serve(monkeypatch, SETTINGS, Refusing(), "dynamodb")
    with pytest.raises(ClientError, match="AccessDenied"):
        find(SETTINGS, "aws_dynamodb_table", {"name": "x"})
    assert find(SETTINGS, "aws_eip", {"name": "x"}) is None


def test_a_bucket_of_another_account_is_in_the_way_and_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidding:
        def head_bucket(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "403"}}, "HeadBucket")

    serve(monkeypatch, SETTINGS, Forbidding(), "s3")
    found = find(SETTINGS, "aws_s3_bucket", {"bucket": "x"})
    assert found == Existing(import_id="x", what="bucket x", tags={})
