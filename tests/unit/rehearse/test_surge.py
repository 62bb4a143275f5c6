"""The course of a surge, and whether services got what they needed and gave it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cli.errors import OptionsError
from rehearse.load_plan import LoadPlan
from rehearse.options import parse
from rehearse.records import Attempt, Record
from rehearse.surge import Surge
from rehearse.surge_rehearsal import of_service, surge_mix, tasks_needed
from rehearse.watch import Sample, ServiceCounts
from systems.scaling import Scaling
from systems.service import Image, Route, Service
from systems.workload import Visit
from tests.unit.rehearse.shop import SHOP

SURGE = Surge(before_seconds=10, rise_seconds=20, hold_seconds=30, fall_seconds=10, factor=5)


def rate_at(surge: Surge, at: float) -> float:
    """Visits a second around a moment, when one a second is usual."""
    times = [surge.when(number / 100) for number in range(30_000)]
    return sum(at - 0.5 <= moment < at + 0.5 for moment in times) / 100


@pytest.mark.parametrize(
    ("at", "rate"), [(5, 1), (15, 2), (20, 3), (25, 4), (40, 5), (55, 5), (65, 3), (80, 1), (90, 1)]
)
def test_visitors_become_five_times_as_many_and_as_few_as_before(at: float, rate: float) -> None:
    assert rate_at(SURGE, at) == pytest.approx(rate, abs=0.1)


def test_every_visit_keeps_its_place() -> None:
    times = [SURGE.when(number / 10) for number in range(3000)]
    assert times == sorted(times)
    assert times[0] == 0
    assert (SURGE.seconds, SURGE.peak) == (70, (30, 60))


def test_a_surge_without_a_rise_is_a_step() -> None:
    assert Surge(before_seconds=10, rise_seconds=1e-9, factor=2).when(12) == pytest.approx(11)


def test_the_plan_of_the_load_carries_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    plan = LoadPlan(
        system="shop",
        api="http://a",
        rate=1,
        seed=1,
        mix={"order": 1},
        run_id="r",
        timeout_seconds=1,
        retry_seconds=0,
        records=tmp_path_factory.getbasetemp() / "x",
        surge=SURGE,
    )
    assert LoadPlan.parse(plan.line()) == plan


def counts(running: int) -> ServiceCounts:
    return ServiceCounts(desired=running, running=running, pending=0, healthy=running, deployments=1)


def samples(*running: int) -> list[Sample]:
    return [
        Sample(at=10 * number, services={"orders": counts(count)}, weights={}) for number, count in enumerate(running)
    ]


SCALING = Scaling(least=2, most=6, requests_per_minute=60)


@pytest.mark.parametrize(
    ("running", "met"), [((2, 3, 4, 2), [True, True]), ((2, 3, 2), [False, True]), ((2, 4, 3), [True, False])]
)
def test_a_service_is_to_have_what_the_peak_takes_and_the_least_in_the_end(
    running: tuple[int, ...], met: list[bool]
) -> None:
    found = of_service("orders", SCALING, 4, samples(*running))
    assert [criterion.met for criterion in found] == met


def test_it_is_told_when_the_tasks_were_there() -> None:
    peak, _ = of_service("orders", SCALING, 4, samples(2, 3, 4, 2))
    assert peak.measured == "4 running, 4 of them 20 s after the begin"
    assert not any(criterion.met for criterion in of_service("orders", SCALING, 4, []))


def visits(path: str, every_seconds: float) -> list[Record]:
    attempt = Attempt(sent=0, done=0, status=200, outcome="ok")
    return [
        Record(number=n, kind="k", path=path, counts_as="", due=100 + n * every_seconds, attempts=(attempt,))
        for n in range(int(70 / every_seconds))
    ]


def test_what_the_peak_takes_follows_from_the_visits_of_the_service() -> None:
    service = Service(
        name="orders",
        image=Image(dockerfile="d", context=()),
        routes=(Route(method="POST", path="/orders/{order_id}/refund"),),
        scaling=SCALING,
    )
    of_others = visits("/orders", 0.01)
    assert tasks_needed(service, SCALING, [*of_others, *visits("/orders/7/refund?x", 0.2)], SURGE) == 5
    assert tasks_needed(service, SCALING, visits("/orders/7/refund", 0.05), SURGE) == 6, "at most what it may have"
    assert tasks_needed(service, SCALING, of_others, SURGE) == 2
    by_cpu = Scaling(least=2, most=6, cpu_percent=50)
    assert tasks_needed(service, by_cpu, of_others, SURGE) == 3


def test_a_surge_is_asked_for_by_its_variable() -> None:
    with pytest.raises(OptionsError, match="scales by itself, so a surge has nothing to show"):
        parse([], {"SURGE": "1"}, system=SHOP, mix={"order": 1})


def test_a_surge_comes_to_the_first_stage_in_which_a_service_scales() -> None:
    (orders,) = SHOP.services
    scales = replace(SHOP, services=(replace(orders, scaling=SCALING),))
    found = parse([], {"SURGE": "1"}, system=scales, mix={"order": 1})
    assert (found.order, found.rate, found.delivers, found.surge) == (("carved",), 12, False, Surge())
    assert parse(["--rate", "3"], {"SURGE": "1"}, system=scales, mix={"order": 1}).rate == 3
    assert parse([], {}, system=scales, mix={"order": 1}).rate == 75
    with pytest.raises(OptionsError, match="A surge comes to one stage, without faults"):
        parse([], {"SURGE": "1", "FAULTS": "kill"}, system=scales, mix={"order": 1})


def test_most_visits_of_a_surge_go_to_services_that_scale() -> None:
    def visits(**_: Any) -> Iterator[Visit]:
        for number, path in enumerate(("/", "/orders?x=1", "/")):
            kind = "order" if "orders" in path else "look"
            yield Visit(number=number, due_seconds=number, kind=kind, method="POST", path=path)

    workload: Any = SimpleNamespace(mix={"look": 3, "order": 1}, visits=visits)
    (orders,) = SHOP.services
    scales = replace(SHOP, services=(replace(orders, scaling=SCALING),))
    assert surge_mix(scales, workload) == {"order": 700, "look": 300}
    assert surge_mix(SHOP, workload) == workload.mix, "nothing scales"
