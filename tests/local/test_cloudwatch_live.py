"""CloudWatch of a running embedded AWS by each protocol that SDKs speak to it: query, JSON and CBOR."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from cli import aws
from tests.support import EmbeddedAws, local_settings, quiet_port, running_embedded_aws, wait_for

TARGET = "GraniteServiceVersion20100801"
OURS = "AWS/ApplicationELB"
HOUR = dt.timedelta(hours=1)


class Caller:
    """Calls CloudWatch as the pinned SDK does, by query, and as newer ones do."""

    def __init__(self, embedded_aws: EmbeddedAws) -> None:
        self.by_query = embedded_aws.client("cloudwatch")
        self._endpoint = str(embedded_aws.settings.aws_endpoint_url)
        keys = aws.embedded_credentials(embedded_aws.settings)
        self._signer = SigV4Auth(Credentials(keys.access_key_id, keys.secret_access_key), "monitoring", "us-east-1")

    def by_json(self, operation: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        """Status and document of the answer."""
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}"}
        answer = self._call("/", json.dumps(parameters, default=dt.datetime.timestamp).encode(), headers)
        return answer.status_code, answer.json()

    def by_cbor(self, operation: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        """Status and document of the answer."""
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        body = cbor2.dumps(parameters, datetime_as_timestamp=True)
        answer = self._call(f"/service/{TARGET}/operation/{operation}", body, headers)
        return answer.status_code, cbor2.loads(answer.content)

    def answers(self, operation: str, parameters: dict[str, Any]) -> list[Any]:
        """The three answers, in the order of their protocols; ``operation`` in the API's spelling."""
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).removeprefix("_")
        others = [self.by_json(operation, parameters), self.by_cbor(operation, parameters)]
        assert [status for status, _ in others] == [200, 200], others
        return [getattr(self.by_query, name)(**parameters), *(answer for _, answer in others)]

    def _call(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        request = AWSRequest("POST", self._endpoint + path, data=body, headers=headers)
        self._signer.add_auth(request)
        return requests.post(request.url, data=body, headers=dict(request.headers), timeout=10)


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("cloudwatch"))) as running:
        yield running


@pytest.fixture(scope="module")
def caller(embedded_aws: EmbeddedAws) -> Caller:
    return Caller(embedded_aws)


def window(now: dt.datetime) -> dict[str, Any]:
    return {"StartTime": now - HOUR, "EndTime": now + HOUR}


def query(metric: dict[str, Any], stat: str) -> dict[str, Any]:
    return {"MetricDataQueries": [{"Id": "a", "MetricStat": {"Metric": metric, "Period": 7200, "Stat": stat}}]}


def total(answer: Any) -> float:
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


def values(answer: Any) -> list[float]:
    found: list[float] = answer["MetricDataResults"][0]["Values"]
    return found


def test_what_a_program_puts_is_answered_whatever_the_zone_of_its_times(caller: Caller) -> None:
    now = dt.datetime.now(dt.UTC)
    zones = (now, now.replace(tzinfo=None), now.astimezone(dt.timezone(dt.timedelta(hours=5))))
    for at in zones:
        datum = {"MetricName": "m", "Timestamp": at, "Value": 1.0}
        caller.by_query.put_metric_data(Namespace="protocols", MetricData=[datum])
    datum = {"MetricName": "m", "Timestamp": now, "Value": 7}
    assert caller.by_json("PutMetricData", {"Namespace": "protocols", "MetricData": [datum]}) == (200, {})
    for answer in caller.answers("ListMetrics", {"Namespace": "protocols"}):
        assert answer["Metrics"][0]["MetricName"] == "m"
    metric = {"Namespace": "protocols", "MetricName": "m"}
    asked = {**metric, "Period": 3600, "Statistics": ["Sum"]}
    for at in zones:
        assert total(caller.by_query.get_metric_statistics(**asked, **window(at))) == 10
    assert [total(answer) for answer in caller.answers("GetMetricStatistics", asked | window(now))] == [10, 10, 10]
    for stat, value in (("Sum", 10), ("p50", 1), ("p99", 7)):
        answers = caller.answers("GetMetricData", query(metric, stat) | window(now))
        assert [values(answer) for answer in answers] == [[value]] * 3, stat
    percentiles = {**metric, "Period": 7200, "ExtendedStatistics": ["p50", "p99"]}
    for answer in caller.answers("GetMetricStatistics", percentiles | window(now)):
        assert [point["ExtendedStatistics"] for point in answer["Datapoints"]] == [{"p50": 1, "p99": 7}]


@pytest.mark.parametrize(
    "wrong", [{"Statistics": ["Sum"], "EndTime": dt.datetime.fromtimestamp(1, dt.UTC)}, {"ExtendedStatistics": ["x"]}]
)
def test_a_wrong_call_is_refused_with_the_code_of_aws(caller: Caller, wrong: dict[str, Any]) -> None:
    metric = {"Namespace": "protocols", "MetricName": "m", "Period": 60}
    asked = {**metric, **window(dt.datetime.now(dt.UTC)), **wrong}
    for status, document in (
        caller.by_json("GetMetricStatistics", asked),
        caller.by_cbor("GetMetricStatistics", asked),
    ):
        assert (status, document["__type"]) == (400, "InvalidParameterValue")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        caller.by_query.get_metric_statistics(**asked)


def load_balancer_without_targets(embedded_aws: EmbeddedAws) -> tuple[str, str]:
    """Its address, and the value of its dimension in CloudWatch."""
    ec2, elb, port = embedded_aws.client("ec2"), embedded_aws.client("elbv2"), quiet_port()
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    made = elb.create_load_balancer(Name="counted", Subnets=[subnet["SubnetId"] for subnet in subnets])
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="nobody", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"]
    forward = {"Type": "forward", "TargetGroupArn": group[0]["TargetGroupArn"]}
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[forward])
    return f"http://127.0.0.1:{port}/", balancer.partition("loadbalancer/")[2]


def test_what_a_load_balancer_counted_is_answered_by_each_protocol(embedded_aws: EmbeddedAws, caller: Caller) -> None:
    """By both operations: what the embedded AWS publishes itself lies elsewhere than what programs put."""
    address, balancer = load_balancer_without_targets(embedded_aws)

    def is_refused() -> bool:
        """By the rule: before the first one is in force a listener answers 503 with nothing."""
        try:
            return "503 Service Temporarily Unavailable" in requests.get(address, timeout=5).text
        except requests.ConnectionError:
            return False

    wait_for(is_refused, what="the load balancer answers")
    asked_times = 1 + sum(is_refused() for _ in range(3))
    dimensions = [{"Name": "LoadBalancer", "Value": balancer}]
    metric = {"Namespace": OURS, "MetricName": "HTTPCode_ELB_503_Count", "Dimensions": dimensions}
    times = window(dt.datetime.now(dt.UTC))

    def sums() -> list[float]:
        sums = caller.answers("GetMetricStatistics", {**metric, "Period": 7200, "Statistics": ["Sum"], **times})
        data = caller.answers("GetMetricData", query(metric, "Sum") | times)
        return [*(total(answer) for answer in sums), *(sum(values(answer)) for answer in data)]

    wait_for(lambda: sums() == [asked_times] * 6, what=f"{asked_times} requests are counted")
    percentiles = {**metric, "Period": 60, "ExtendedStatistics": ["p0.0", "p100"], **times}
    for answer in caller.answers("GetMetricStatistics", percentiles):
        found = [point["ExtendedStatistics"] for point in answer["Datapoints"]]
        assert found
        assert all(1 <= one["p0.0"] <= one["p100"] <= asked_times for one in found)
