"""CloudWatch by JSON and CBOR becomes the query protocol for moto, and its answers come back in the caller's."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import cbor2
import pytest

from embedded.cloudwatch_protocols import CloudWatchProtocols

NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
DATAPOINTS = f"""<GetMetricStatisticsResponse xmlns="{NAMESPACE}"><GetMetricStatisticsResult><Label>Requests</Label>
<Datapoints><member><Timestamp>2026-01-02T03:04:05Z</Timestamp><Sum>7.0</Sum></member></Datapoints>
</GetMetricStatisticsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetMetricStatisticsResponse>"""
REFUSED = f"""<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>InvalidParameterValue</Code>
<Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"""
ASKED = {
    "Namespace": "N",
    "MetricName": "Requests",
    "StartTime": 1767323045,
    "EndTime": 1767326645.5,
    "Period": 60,
    "Statistics": ["Sum"],
}
TARGET = "GraniteServiceVersion20100801"


class Moto:
    """Answers with one text, and keeps what it was asked."""

    def __init__(self, body: str = DATAPOINTS, status: str = "200 OK") -> None:
        self.body, self.status = body, status
        self.environ: dict[str, Any] = {}
        self.form: dict[str, list[str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        self.form = parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())
        start_response(self.status, [("Content-Type", "text/xml")])
        return [self.body.encode()]


def call(moto: Moto, body: bytes, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    request = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "PATH_INFO": "/", **environ}
    answer = b"".join(CloudWatchProtocols(moto)(request, lambda status, headers: heads.append((status, headers))))
    return heads[0][0], dict(heads[0][1]), answer


def by_json(moto: Moto, parameters: object, operation: str = "GetMetricStatistics") -> tuple[str, dict[str, str], Any]:
    body = parameters if isinstance(parameters, bytes) else json.dumps(parameters).encode()
    status, headers, answer = call(moto, body, HTTP_X_AMZ_TARGET=f"{TARGET}.{operation}")
    return status, headers, json.loads(answer)


def test_json_is_asked_as_a_form_and_answered_as_json() -> None:
    moto = Moto()
    status, headers, answer = by_json(moto, ASKED)
    assert moto.form == {
        "Action": ["GetMetricStatistics"],
        "Version": ["2010-08-01"],
        "Namespace": ["N"],
        "MetricName": ["Requests"],
        "StartTime": ["2026-01-02T03:04:05Z"],
        "EndTime": ["2026-01-02T04:04:05.500000Z"],
        "Period": ["60"],
        "Statistics.member.1": ["Sum"],
    }
    assert moto.environ["CONTENT_TYPE"].startswith("application/x-www-form-urlencoded")
    assert "HTTP_X_AMZ_TARGET" not in moto.environ
    assert status == "200 OK"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert answer == {"Label": "Requests", "Datapoints": [{"Timestamp": 1767323045.0, "Sum": 7.0}]}


@pytest.mark.parametrize("at", ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05"])
def test_times_with_and_without_a_zone_are_the_same_time(at: str) -> None:
    moto = Moto()
    by_json(moto, {**ASKED, "StartTime": at})
    assert moto.form["StartTime"] == ["2026-01-02T03:04:05Z"]


def test_cbor_is_answered_as_cbor() -> None:
    moto = Moto()
    start = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    body = cbor2.dumps({**ASKED, "StartTime": start}, datetime_as_timestamp=True)
    path = f"/service/{TARGET}/operation/GetMetricStatistics"
    status, headers, answer = call(moto, body, PATH_INFO=path, HTTP_SMITHY_PROTOCOL="rpc-v2-cbor")
    assert moto.form["StartTime"] == ["2026-01-02T03:04:05Z"]
    assert moto.environ["PATH_INFO"] == "/"
    assert status == "200 OK"
    assert (headers["Content-Type"], headers["smithy-protocol"]) == ("application/cbor", "rpc-v2-cbor")
    assert cbor2.loads(answer) == {"Label": "Requests", "Datapoints": [{"Timestamp": start, "Sum": 7.0}]}


def test_percentiles_are_asked_as_a_list_and_answered_as_a_map() -> None:
    point = "<ExtendedStatistics><entry><key>p99</key><value>0.5</value></entry></ExtendedStatistics>"
    moto = Moto(
        f'<GetMetricStatisticsResponse xmlns="{NAMESPACE}"><GetMetricStatisticsResult><Datapoints><member>{point}'
        "</member></Datapoints></GetMetricStatisticsResult></GetMetricStatisticsResponse>"
    )
    asked = {name: value for name, value in ASKED.items() if name != "Statistics"} | {"ExtendedStatistics": ["p99"]}
    assert by_json(moto, asked)[2]["Datapoints"] == [{"ExtendedStatistics": {"p99": 0.5}}]
    assert moto.form["ExtendedStatistics.member.1"] == ["p99"]
    path = f"/service/{TARGET}/operation/GetMetricStatistics"
    _, _, answer = call(moto, cbor2.dumps(asked), PATH_INFO=path)
    assert cbor2.loads(answer)["Datapoints"] == [{"ExtendedStatistics": {"p99": 0.5}}]


def test_lists_of_structures_and_operations_without_an_answer() -> None:
    moto = Moto(f'<PutMetricDataResponse xmlns="{NAMESPACE}"><ResponseMetadata/></PutMetricDataResponse>')
    data = {"Namespace": "N", "MetricData": [{"MetricName": "m", "Values": [1, 2.5], "Timestamp": 1767323045}]}
    assert by_json(moto, data, "PutMetricData")[2] == {}
    assert moto.form["MetricData.member.1.Values.member.2"] == ["2.5"]
    assert moto.form["MetricData.member.1.Timestamp"] == ["2026-01-02T03:04:05Z"]


def test_a_compressed_body_is_read() -> None:
    moto = Moto()
    body = gzip.compress(json.dumps(ASKED).encode())
    target = f"{TARGET}.GetMetricStatistics"
    status, _, _ = call(moto, body, HTTP_X_AMZ_TARGET=target, HTTP_CONTENT_ENCODING="gzip")
    assert status == "200 OK"
    assert "HTTP_CONTENT_ENCODING" not in moto.environ


def test_a_refusal_keeps_its_code_status_and_text() -> None:
    status, headers, answer = by_json(Moto(REFUSED, "400 Bad Request"), ASKED)
    assert status.startswith("400 ")
    assert headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert answer == {"__type": "InvalidParameterValue", "message": "no"}


def test_an_answer_that_is_none_is_a_failure_of_the_service() -> None:
    status, _, answer = by_json(Moto("not XML"), ASKED)
    assert status.startswith("500 ")
    assert answer["__type"] == "InternalFailure"


def test_an_unknown_operation_is_refused() -> None:
    moto = Moto()
    status, _, answer = by_json(moto, {}, "DoMagic")
    assert status.startswith("404 ")
    assert answer == {
        "__type": "UnknownOperationException",
        "message": "DoMagic is no operation of CloudWatch that is known here.",
    }
    assert moto.environ == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"StartTime": "soon"}', b'{"MetricData": 1}', b"\xff"])
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    moto = Moto()
    operation = "PutMetricData" if b"MetricData" in body else "GetMetricStatistics"
    status, _, answer = by_json(moto, body, operation)
    assert status.startswith("400 ")
    assert answer["__type"] == "SerializationException"
    assert moto.environ == {}


@pytest.mark.parametrize("target", ["", "DynamoDB_20120810.GetItem", "Logs_20140328.PutLogEvents"])
def test_every_other_call_passes_as_it_is(target: str) -> None:
    moto = Moto()
    status, headers, answer = call(moto, b"Action=ListMetrics", HTTP_X_AMZ_TARGET=target)
    assert (status, headers, answer) == ("200 OK", {"Content-Type": "text/xml"}, DATAPOINTS.encode())
    assert moto.environ["HTTP_X_AMZ_TARGET"] == target
