"""moto's records come back from bytes as they were, with what they refer to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.ecs.models import ecs_backends

from embedded.control_plane import records
from embedded.control_plane.records import Volatile
from embedded.ecs.backend import EmbeddedEcs

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture(autouse=True)
def empty_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    BackendDict.reset()
    yield
    BackendDict.reset()


def backend(service: str, region: str = REGION) -> Any:
    return get_backend(service)[ACCOUNT][region]


def again() -> None:
    """As in a process that starts with what another one kept."""
    content = records.encode()
    BackendDict.reset()
    records.decode(content)


def test_parameters_and_secrets_come_back() -> None:
    ssm = backend("ssm")
    ssm.put_parameter("/a/key", "", "s3cret", "SecureString", "", None, False, [], "text", None, None)
    before = vars(ssm.get_parameters(["/a/key"])["/a/key"])
    again()
    assert vars(backend("ssm").get_parameters(["/a/key"])["/a/key"]) == before
    assert backend("ssm").get_parameters(["/not/there"]) == {}


def test_objects_of_a_bucket_come_back_with_their_owner() -> None:
    s3 = backend("s3", "aws")
    s3.create_bucket("site", REGION)
    s3.put_object("site", "index.html", b"<html>")
    etag = s3.get_object("site", "index.html").etag
    again()
    assert backend("s3", "aws").get_object("site", "index.html").value == b"<html>"
    assert backend("s3", "aws").get_object("site", "index.html").etag == etag
    assert get_backend("s3").bucket_accounts["site"] == ("aws", ACCOUNT)


def test_records_of_one_service_still_refer_to_those_of_another() -> None:
    vpc = backend("ec2").create_vpc("10.0.0.0/16")
    subnet = backend("ec2").create_subnet(vpc.id, "10.0.1.0/24", "us-east-1a")
    again()
    found = backend("ec2").get_subnet(subnet.id)
    assert found.ec2_backend is backend("ec2")
    assert found.vpc_id == vpc.id


def make_table() -> Any:
    return backend("dynamodb").create_table(
        "t",
        [{"AttributeName": "Id", "KeyType": "HASH"}],
        None,
        [{"AttributeName": "Id", "AttributeType": "S"}],
        None,
        None,
        None,
        "PAY_PER_REQUEST",
        None,
        [],
        False,
        None,
    )


def test_tables_come_back_without_items_and_backups_with_them() -> None:
    make_table()
    backend("dynamodb").put_item("t", {"Id": {"S": "x"}})
    arn = backend("dynamodb").create_backup("t", "b").arn
    again()
    assert backend("dynamodb").get_table("t").all_items() == []
    assert backend("dynamodb").get_table("t").hash_key_attr == "Id"
    assert [item.hash_key.value for item in backend("dynamodb").get_backup(arn).table.all_items()] == ["x"]


def test_log_events_are_kept_elsewhere() -> None:
    logs = backend("logs")
    logs.create_log_group("g", {})
    logs.create_log_stream("g", "s")
    logs.groups["g"].streams["s"].put_log_events([{"timestamp": 1, "message": "hello"}])
    again()
    assert backend("logs").groups["g"].streams["s"].events == []


def test_foreign_content_changes_nothing() -> None:
    make_table()
    with pytest.raises(Exception, match=r".*"):
        records.decode(b"no pickle")
    assert backend("dynamodb").get_table("t")


def test_a_service_that_cannot_be_kept_is_named_and_can_be_left_out() -> None:
    make_table()
    backend("sqs").oddity = memoryview(b"abc")
    with pytest.raises(TypeError):
        records.encode()
    assert set(records.unkeepable()) == {"sqs"}
    content = records.encode(leave_out=frozenset({"sqs"}))
    BackendDict.reset()
    records.decode(content)
    assert backend("dynamodb").get_table("t")


def test_an_answer_in_pages_that_nobody_read_to_its_end_keeps_nothing_from_being_kept() -> None:
    tagging = backend("resourcegroupstaggingapi")
    tagging._pages["token"] = {"gen": (number for number in (1, 2)), "misc": {"ResourceARN": "arn:kept"}}
    again()
    page = backend("resourcegroupstaggingapi")._pages["token"]
    assert (list(page["gen"]), page["misc"]) == ([], {"ResourceARN": "arn:kept"})


def test_records_of_a_version_with_motos_own_class_are_taken_over_by_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    backend("ecs").create_cluster("one")
    content = records.encode()
    BackendDict.reset()
    monkeypatch.setattr(ecs_backends, "backend", EmbeddedEcs)
    records.decode(content)
    assert type(backend("ecs")) is EmbeddedEcs
    assert list(backend("ecs").clusters) == ["one"]
    again()
    assert type(backend("ecs")) is EmbeddedEcs, "and come back as such"


def test_data_points_of_a_version_that_gave_them_a_zone_can_be_compared_with_others() -> None:
    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    backend("cloudwatch").put_metric_data("N", [{"MetricName": "m", "Value": 1, "Timestamp": at}])
    content = Volatile.now().encode()
    BackendDict.reset()
    Volatile.decode(content).put_back()
    start, end = dt.datetime(2026, 1, 2, 2), dt.datetime(2026, 1, 2, 3)
    found = backend("cloudwatch").get_metric_statistics("N", "m", start, end, 60, ["Sum"], [])
    assert [point.timestamp for point in found] == [dt.datetime(2026, 1, 2, 2, 4, 5)]
