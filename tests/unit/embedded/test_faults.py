from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from embedded.faults import CONNECTION, FaultInjector, FaultSwitch, Plan


class Api:
    """What lies behind the injector: counts requests and answers them."""

    def __init__(self) -> None:
        self.served = 0

    def __call__(self, _: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.served += 1
        start_response("200 OK", [])
        return [b"served"]


class Client:
    """Asks an injector whose draws and clock are given."""

    def __init__(self, *, draws: Iterable[float] = ()) -> None:
        self.api = Api()
        self.now = 100.0
        self.closed = 0
        self.slept: list[float] = []
        draw = iter(draws)
        self.switch = FaultSwitch(draw=lambda: next(draw), clock=lambda: self.now)
        self.injector = FaultInjector(self.api, self.switch, sleep=self.slept.append)

    def ask(self, operation: str = "UpdateItem", *, agent: str = "aiobotocore/2") -> tuple[str, bytes]:
        environ = {
            CONNECTION: self,
            "PATH_INFO": "/",
            "REQUEST_METHOD": "POST",
            "HTTP_X_AMZ_TARGET": f"DynamoDB_20120810.{operation}",
            "HTTP_USER_AGENT": agent,
        }
        return self._call(environ)

    def shutdown(self, _: int) -> None:
        """As the connection's socket."""
        self.closed += 1

    def _call(self, environ: dict[str, Any]) -> tuple[str, bytes]:
        statuses: list[str] = []
        body = b"".join(self.injector(environ, lambda status, _: statuses.append(status)))
        return statuses[0], body


def test_without_a_plan_everything_is_served() -> None:
    client = Client()
    assert client.ask() == ("200 OK", b"served")
    assert client.switch.report()["counts"] == {"requests": 0, "slow": 0, "throttle": 0, "drop": 0}


def test_each_fault_gets_its_share_of_the_draws() -> None:
    client = Client(draws=[0.05, 0.15, 0.25, 0.31])
    client.switch.set({"slow": 0.1, "throttle": 0.1, "drop": 0.1, "slow_seconds": 2})
    assert client.ask() == ("200 OK", b"served")
    assert client.slept == [2]
    status, body = client.ask()
    assert (status, json.loads(body)["__type"].endswith("#ThrottlingException")) == ("400 Bad Request", True)
    assert client.api.served == 1
    with pytest.raises(ConnectionAbortedError):
        client.ask()
    assert client.api.served == 2, "a dropped reply is one to a request that was applied"
    assert client.closed == 1
    assert client.ask() == ("200 OK", b"served")
    assert client.switch.report()["counts"] == {"requests": 4, "slow": 1, "throttle": 1, "drop": 1}


@pytest.mark.parametrize("operation", ["DescribeTable", "CreateTable", "ListTables"])
def test_table_operations_are_never_touched(operation: str) -> None:
    client = Client()
    client.switch.set({"throttle": 1})
    assert client.ask(operation) == ("200 OK", b"served")


def test_only_the_named_caller_meets_faults() -> None:
    client = Client(draws=[0.0])
    client.switch.set({"throttle": 1, "caller": "aiobotocore"})
    assert client.ask(agent="Boto3/1.40")[0] == "200 OK"
    assert client.ask()[0] == "400 Bad Request"


def test_a_plan_ends_with_its_lease() -> None:
    client = Client(draws=[0.0])
    client.switch.set({"throttle": 1, "lease_seconds": 5})
    assert client.ask()[0] == "400 Bad Request"
    client.now += 5
    assert client.ask()[0] == "200 OK"
    assert client.switch.report()["active"] is False


def test_a_plan_ends_when_it_is_deleted() -> None:
    client = Client()
    client.switch.set({"throttle": 1})
    client.switch.end()
    assert client.ask()[0] == "200 OK"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ([], "JSON object"),
        ({"slowness": 1}, "slowness"),
        ({"slow": "much"}, "slow='much'"),
        ({"slow": True}, "slow=True"),
        ({"slow": 0.6, "drop": 0.6}, "together at most 1"),
        ({"slow": -0.1}, "shares from 0 to 1"),
        ({"lease_seconds": 3600}, "lease_seconds to 60"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_and_changes_nothing(document: object, what: str) -> None:
    client = Client()
    with pytest.raises(ValueError, match=what):
        client.switch.set(document)
    assert client.switch.report()["active"] is False


def test_the_default_plan_has_no_faults() -> None:
    assert {Plan().fault_at(point / 10) for point in range(10)} == {None}
