"""The arithmetic of an estimate, with round prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from cli.cost import assumptions as given
from cli.cost import prices
from cli.cost.estimate import RequestMix, Row, fixed, per_million, request_mix, total_cents, write_units
from cli.cost.kinds import PRICED
from cli.cost.report import HALVING
from examples.bookshop.system import SYSTEM as BOOKSHOP
from mysfits.system import SYSTEM
from systems.layout import Layout, TaskGroup
from systems.service import Architecture

ONES = dict.fromkeys(prices.read().prices, 1.0)
MIX = RequestMix(writing=0.25, through_facade=0.5)

LAYOUT = Layout(
    tasks=(
        TaskGroup(name="front", count=2, cpu_units=512, memory_mib=1024),
        TaskGroup(name="monolith", count=3, cpu_units=256, memory_mib=512, public_addresses=True),
    ),
    nat_gateways=1,
    load_balancers=1,
    load_balancer_addresses=2,
    log_groups=2,
    tables=1,
    registries=2,
    buckets=1,
    distributions=0,
)


def cents(rows: Iterable[Row]) -> dict[str, int]:
    return {row.key: row.cents for row in rows}


def test_each_row_is_amount_times_price_times_hours() -> None:
    assert cents(fixed(LAYOUT, ONES)) == {
        "tasks": 100 * 730 * (2 * (0.5 + 1) + 3 * (0.25 + 0.5)),
        "nat": 100 * 730,
        "balancer": 100 * 730,
        "addresses": 100 * 730 * (1 + 2 + 3),
        "stored": round(100 * (2 * given.REGISTRY_GB + given.TABLE_GB + given.BUCKET_GB)),
    }


def test_each_row_is_paid_by_its_own_prices() -> None:
    """Prices that no two rows share; a gigabyte of a table costs as much as ten of a registry."""
    own = {name: float(number) for number, name in enumerate(ONES, start=2)}
    layout = replace(LAYOUT, tasks=(*LAYOUT.tasks, replace(LAYOUT.tasks[0], name="more", count=4)), tables=100)
    tasks = 6 * (0.5 * own["fargate_vcpu_hour"] + own["fargate_gb_hour"])
    tasks += 3 * (0.25 * own["fargate_vcpu_hour"] + 0.5 * own["fargate_gb_hour"])
    assert cents(fixed(layout, own)) == {
        "tasks": 100 * 730 * tasks,
        "nat": 100 * 730 * own["nat_gateway_hour"],
        "balancer": 100 * 730 * own["load_balancer_hour"],
        "addresses": 100 * 730 * 6 * own["public_ipv4_hour"],
        "stored": 200 * own["registry_gb_month"] + 100 * own["dynamodb_gb_month"] + own["bucket_gb_month"],
    }
    gigabytes = (given.REQUEST_BYTES + given.ANSWER_BYTES) / 1000
    inside = 0.5 * gigabytes * (2 * own["regional_gb"] + own["nat_gateway_gb"])
    assert cents(per_million(layout, own, MIX, write_units=4)) == {
        "lcu": round(100 * 1.5 * 1_000_000 / (25 * 3600) * own["lcu_hour"]),
        "reads": 75 * own["dynamodb_million_reads"],
        "writes": 100 * own["dynamodb_million_writes"],
        "logs": round(150 * given.LOG_BYTES / 1000 * own["log_gb"]),
        "facade": round(100 * inside),
        "out": round(100 * given.ANSWER_BYTES / 1000 * own["internet_gb"]),
    }
    edge = cents(per_million(replace(layout, distributions=2), own, MIX))["out"]
    gigabyte = given.ANSWER_BYTES / 1000 * own["cloudfront_gb"]
    assert edge == round(100 * (gigabyte + own["cloudfront_million_requests"]))


@pytest.mark.parametrize(("is_spot", "kind"), [(False, "fargate_arm"), (True, "fargate_spot_arm")])
def test_tasks_on_arm_have_prices_of_their_own(is_spot: bool, kind: str) -> None:
    own = {name: float(number) for number, name in enumerate(ONES, start=2)}
    on_arm = replace(LAYOUT.tasks[0], architecture=Architecture.ARM64, is_spot=is_spot)
    row = fixed(replace(LAYOUT, tasks=(on_arm,)), own)[0]
    assert row.cents == 100 * 730 * 2 * (0.5 * own[f"{kind}_vcpu_hour"] + own[f"{kind}_gb_hour"])
    assert row.amount == "2 × 0.5 vCPU ARM 1024 MiB" + (" on Spot" if is_spot else "")


def test_each_row_says_how_many_of_what() -> None:
    layout = replace(LAYOUT, tasks=(*LAYOUT.tasks, replace(LAYOUT.tasks[0], name="more", count=4)))
    assert {row.key: row.amount for row in fixed(layout, ONES)} == {
        "tasks": "3 × 0.25 vCPU 512 MiB, 6 × 0.5 vCPU 1024 MiB",
        "nat": "1",
        "balancer": "1",
        "addresses": "6",
        "stored": "2 registries, 1 tables, 1 buckets",
    }
    assert {row.key: row.amount for row in per_million(layout, ONES, MIX, write_units=4)} == {
        "lcu": "16.7 LCU-hours",
        "reads": "0.75 million units",
        "writes": "1.00 million units",
        "logs": "0.60 GB",
        "facade": "1.85 GB",
        "out": "3.0 GB",
    }


def test_the_total_is_the_sum_of_the_rows_that_are_printed() -> None:
    for region in prices.read().regions:
        rows = fixed(LAYOUT, prices.read().of(region))
        assert total_cents(rows) == sum(row.cents for row in rows)
        assert all(row.cents == int(row.cents) for row in rows)


def test_twice_the_tasks_cost_twice_as_much_and_nothing_else_changes() -> None:
    once = replace(LAYOUT, tasks=tuple(replace(group, public_addresses=False) for group in LAYOUT.tasks))
    twice = replace(once, tasks=tuple(replace(group, count=2 * group.count) for group in once.tasks))
    before, after = (cents(fixed(layout, prices.read().of("eu-west-1"))) for layout in (once, twice))
    assert after.pop("tasks") == pytest.approx(2 * before.pop("tasks"), abs=1)
    assert after == before


def test_no_task_costs_nothing() -> None:
    rows = fixed(replace(LAYOUT, tasks=()), ONES)
    assert (cents(rows)["tasks"], rows[0].amount) == (0, "none")


def test_interface_endpoints_are_paid_by_zone_and_have_a_row_where_there_are_any() -> None:
    rows = cents(fixed(replace(LAYOUT, endpoint_addresses=6), ONES))
    assert rows == {**cents(fixed(LAYOUT, ONES)), "endpoints": 100 * 730 * 6}


def test_alarms_are_paid_by_metric_and_dashboards_by_piece() -> None:
    prices_of = {**ONES, "dashboard_month": 3.0, "alarm_metric_month": 0.1}
    assert cents(fixed(replace(LAYOUT, alarm_metrics=13, dashboards=1), prices_of))["alarms"] == 130 + 300


def test_half_a_cent_counts_as_one() -> None:
    """0.0225 USD × 730 hours are 16.425 USD, which a float has as a hair less or more."""
    assert cents(fixed(LAYOUT, {**ONES, "load_balancer_hour": 0.0225}))["balancer"] == 1643


def test_a_million_requests_cost_what_they_use() -> None:
    found = cents(per_million(LAYOUT, ONES, MIX, write_units=4))
    gigabytes = (given.REQUEST_BYTES + given.ANSWER_BYTES) / 1000
    assert found == {
        "lcu": round(100 * 1.5 * 1_000_000 / (25 * 3600)),
        "reads": 75,
        "writes": 100,
        "logs": round(100 * 1.5 * given.LOG_BYTES / 1000),
        "facade": round(100 * 0.5 * gigabytes * 3),
        "out": given.ANSWER_BYTES // 10,
    }


def test_without_nat_gateway_calls_between_services_are_not_processed_by_one() -> None:
    with_nat, without = (cents(per_million(layout, ONES, MIX))["facade"] for layout in (LAYOUT, LAYOUT.without_nat()))
    assert without == pytest.approx(with_nat * 2 / 3, abs=1)


def test_through_cloudfront_requests_and_bytes_are_paid_there() -> None:
    rows = per_million(replace(LAYOUT, distributions=1), {**ONES, "internet_gb": 1e9}, MIX)
    assert cents(rows)["out"] == 100 + given.ANSWER_BYTES // 10


def test_without_nat_gateway_each_task_has_an_address() -> None:
    other = LAYOUT.without_nat()
    assert (other.nat_gateways, other.public_addresses) == (0, 2 + 5)


def test_shares_are_those_of_the_declared_traffic() -> None:
    """30 of 100 visits are likes and 5 adoptions, by the mix of the system's workload."""
    mixes = {name: request_mix(SYSTEM, SYSTEM.stage_by_name[name]) for name in ("glue", "split", "adopt", "extracted")}
    assert all(mix.writing == pytest.approx(0.35, abs=0.03) for mix in mixes.values())
    through = {name: pytest.approx(mix.through_facade, abs=0.03) for name, mix in mixes.items()}
    assert through == {"glue": 0, "split": 0.3, "adopt": 0.35, "extracted": 0}


def test_without_declared_traffic_a_fixed_share_writes() -> None:
    system = replace(BOOKSHOP, workload=None)
    mix = request_mix(system, system.stages[-1])
    assert mix == RequestMix(writing=given.WRITE_SHARE, through_facade=0)


def test_a_write_that_counts_once_is_a_transaction_of_two_items() -> None:
    assert write_units(SYSTEM) == 4
    assert write_units(replace(SYSTEM, idempotency_header=None)) == 1


def test_every_row_has_a_word_on_what_would_halve_it_and_every_priced_type_has_a_row() -> None:
    rows = {row.key for row in fixed(replace(LAYOUT, endpoint_addresses=6, dashboards=1), ONES)}
    assert rows == set(HALVING)
    assert set(PRICED.values()) <= rows | {row.key for row in per_million(LAYOUT, ONES, MIX)}


def test_calls_between_services_by_an_internal_load_balancer_pass_no_nat_gateway() -> None:
    inside = replace(LAYOUT, load_balancers=2, internal_load_balancers=1)
    public, internal = (cents(per_million(layout, ONES, MIX)) for layout in (LAYOUT, inside))
    assert internal.pop("facade") == pytest.approx(public.pop("facade") * 2 / 3, abs=1)
    assert internal == public
    assert cents(fixed(inside, ONES)) == {**cents(fixed(LAYOUT, ONES)), "balancer": 100 * 730 * 2}
