"""Which requests are answered only after the control plane is on disk."""

from __future__ import annotations

import io
from typing import Any

import pytest

from embedded.control_plane.calls import is_change, operation

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def json_call(target: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": target, "PATH_INFO": "/"}


def form_call(body: str) -> dict[str, Any]:
    content = body.encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
    }


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("AmazonEC2ContainerServiceV20141113.CreateService", True),
        ("AmazonEC2ContainerServiceV20141113.RunTask", True),
        ("AmazonEC2ContainerServiceV20141113.DescribeServices", False),
        ("AmazonEC2ContainerRegistry_V20150921.BatchGetImage", False),
        ("AmazonEC2ContainerRegistry_V20150921.BatchDeleteImage", True),
        ("DynamoDB_20120810.CreateTable", True),
        ("DynamoDB_20120810.UpdateTimeToLive", True),
        ("DynamoDB_20120810.PutItem", False),
        ("DynamoDB_20120810.TransactWriteItems", False),
        ("DynamoDB_20120810.BatchExecuteStatement", False),
        ("DynamoDB_20120810.Query", False),
        ("DynamoDB_20120810.Scan", False),
        ("Logs_20140328.PutLogEvents", False),
        ("Logs_20140328.PutRetentionPolicy", True),
        ("Logs_20140328.FilterLogEvents", False),
        ("AmazonSSM.PutParameter", True),
        ("secretsmanager.GetRandomPassword", False),
        ("TrentService.GenerateDataKey", False),
        ("Whatever.SomethingNew", True),
    ],
)
def test_json_calls_by_their_target(target: str, changes: bool) -> None:
    assert is_change(json_call(target)) is changes


@pytest.mark.parametrize(("name", "changes"), [("CreateListener", True), ("DescribeListeners", False)])
def test_form_calls_by_their_action_and_the_body_stays_readable(name: str, changes: bool) -> None:
    body = f"Version=2015-12-01&Action={name}&Port=80"
    call = form_call(body)
    assert is_change(call) is changes
    assert call["wsgi.input"].read().decode() == body


def test_an_action_in_the_address_leaves_the_body_alone() -> None:
    call = {**form_call("Action=DescribeVpcs"), "QUERY_STRING": "Action=CreateVpc"}
    assert operation(call) == "CreateVpc"
    assert call["wsgi.input"].tell() == 0


def test_newer_protocols_name_the_operation_in_the_path() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    call = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_TYPE": "application/cbor"}
    assert operation(call) == "PutMetricData"
    assert not is_change(call)


@pytest.mark.parametrize(
    ("method", "changes"), [("GET", False), ("HEAD", False), ("OPTIONS", False), ("PUT", True), ("DELETE", True)]
)
def test_calls_without_a_name_by_their_method(method: str, changes: bool) -> None:
    assert is_change({"REQUEST_METHOD": method, "PATH_INFO": "/bucket/key"}) is changes
