"""Terraform's DescribeServices waits for the services that it names, and no longer than a moment."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from moto.ecs.responses import EC2ContainerServiceResponse

from embedded.ecs import long_poll
from embedded.ecs.long_poll import LONGEST_SECONDS, wait_until_settled

STEADY: dict[str, Any] = {
    "name": "toy",
    "cluster_name": "toys",
    "status": "ACTIVE",
    "deployments": [{"rolloutState": "COMPLETED"}],
    "running_count": 2,
    "desired_count": 2,
}


class Waited:
    """How long a call waited, by a clock of its own; ``meanwhile`` happens at each pause."""

    def __init__(self, services: list[Any], parameters: dict[str, Any], meanwhile: Callable[[int], object]) -> None:
        self.seconds = 0.0
        self.pauses = 0
        self._meanwhile = meanwhile
        backend = SimpleNamespace(services=dict(enumerate(services)))
        request = SimpleNamespace(_get_params=lambda: parameters, ecs_backend=backend)
        wait_until_settled(request, clock=lambda: self.seconds, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.pauses += 1
        self.seconds += seconds
        self._meanwhile(self.pauses)


def waited(
    *services: dict[str, Any],
    parameters: dict[str, Any] | None = None,
    meanwhile: Callable[[int], object] = lambda _: None,
) -> Waited:
    records = [SimpleNamespace(**{**STEADY, **differs}) for differs in services]
    return Waited(records, parameters or {"cluster": "toys", "services": ["toy"]}, meanwhile)


def test_a_settled_service_is_answered_at_once() -> None:
    assert waited({}).pauses == 0


@pytest.mark.parametrize(
    "unsettled",
    [
        {"status": "DRAINING"},
        {"deployments": [{"rolloutState": "COMPLETED"}, {"rolloutState": "COMPLETED"}]},
        {"deployments": []},
        {"deployments": [{"rolloutState": "IN_PROGRESS"}]},
        {"running_count": 1},
        {"running_count": 3},
    ],
    ids=str,
)
def test_what_is_under_way_is_waited_for_but_not_for_ever(unsettled: dict[str, Any]) -> None:
    assert waited(unsettled).seconds == pytest.approx(LONGEST_SECONDS, abs=0.1)


@pytest.mark.parametrize(
    "settled", [{"status": "INACTIVE", "running_count": 0}, {"deployments": [{"rolloutState": "FAILED"}]}]
)
def test_an_end_is_settled_too(settled: dict[str, Any]) -> None:
    assert waited(settled).pauses == 0


def test_it_answers_as_soon_as_the_service_is_settled() -> None:
    record = SimpleNamespace(**{**STEADY, "running_count": 0})

    def meanwhile(pauses: int) -> None:
        record.running_count = 2 if pauses == 3 else 0

    assert Waited([record], {"cluster": "toys", "services": ["toy"]}, meanwhile).pauses == 3


@pytest.mark.parametrize("other", [{"name": "another"}, {"cluster_name": "elsewhere"}])
def test_services_that_nobody_asked_for_are_not_waited_for(other: dict[str, Any]) -> None:
    assert waited({}, {**other, "running_count": 0}).pauses == 0


def test_cluster_and_services_may_be_arns() -> None:
    parameters = {"cluster": "arn:aws:ecs:r:1:cluster/toys", "services": ["arn:aws:ecs:r:1:service/toys/toy"]}
    assert waited({"running_count": 0}, parameters=parameters).pauses > 0


def test_without_a_cluster_it_is_the_default_one() -> None:
    assert waited({"cluster_name": "default", "running_count": 0}, parameters={"services": ["toy"]}).pauses > 0


def test_without_services_there_is_nothing_to_wait_for() -> None:
    assert waited({"running_count": 0}, parameters={"cluster": "toys"}).pauses == 0


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"User-Agent": "APN/1.0 HashiCorp/1.0 Terraform/1.11.4"}, True),
        ({"User-Agent": "aws-cli/2.0"}, False),
        ({}, False),
    ],
    ids=["terraform", "another", "nobody"],
)
def test_terraform_waits_and_everybody_is_answered(
    headers: dict[str, str], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[tuple[str, Any]] = []

    def answer(self: Any) -> str:
        did.append(("answered", self))
        return "the answer"

    monkeypatch.setattr(EC2ContainerServiceResponse, "describe_services", answer)
    monkeypatch.setattr(long_poll, "wait_until_settled", lambda request: did.append(("waited", request)))
    long_poll.answer_terraform_when_steady()
    call: Any = SimpleNamespace(headers=headers)
    answered: Any = EC2ContainerServiceResponse.describe_services(call)
    assert answered == "the answer"
    assert did == [*([("waited", call)] if waits else []), ("answered", call)]
