"""The arithmetic: what a layout costs a month, and what a million requests add."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cli.cost import assumptions as given
from systems.layout import Layout
from systems.service import Architecture, Mode
from systems.stage import Stage
from systems.system import System

Prices = Mapping[str, float]

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_GB: Final = 1_000_000_000
_CPU_UNITS: Final = 1024
_MIB: Final = 1024
_OF_PRICE: Final[Mapping[Architecture, str]] = {Architecture.X86_64: "", Architecture.ARM64: "_arm"}
"""Part of a price's name."""
_IN_WORDS: Final[Mapping[Architecture, str]] = {Architecture.X86_64: "", Architecture.ARM64: " ARM"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        key: names the group of resources.
        title: for people.
        amount: how many of what.
        cents: what it costs in 1/100 USD, rounded.
    """

    key: str
    title: str
    amount: str
    cents: int


@dataclass(frozen=True, kw_only=True)
class RequestMix:
    """Shares of the requests, 0 to 1.

    Attributes:
        writing: those that change something.
        through_facade: those that a service passes on to the monolith.
    """

    writing: float
    through_facade: float


def total_cents(rows: Iterable[Row]) -> int:
    """Sum of the rows as they are printed."""
    return sum(row.cents for row in rows)


def fixed(layout: Layout, prices: Prices) -> tuple[Row, ...]:
    """What a layout costs a month, whether requests come or not."""
    hours = given.HOURS_PER_MONTH
    sizes: Counter[tuple[int, int, bool, Architecture]] = Counter()
    for group in layout.tasks:
        sizes[group.cpu_units, group.memory_mib, group.is_spot, group.architecture] += group.count
    tasks = sum(
        count * hours * (cpu / _CPU_UNITS * prices[f"{kind}_vcpu_hour"] + memory / _MIB * prices[f"{kind}_gb_hour"])
        for (cpu, memory, is_spot, architecture), count in sizes.items()
        for kind in [f"fargate{'_spot' if is_spot else ''}{_OF_PRICE[architecture]}"]
    )
    shapes = ", ".join(
        f"{count} × {cpu / _CPU_UNITS:g} vCPU{_IN_WORDS[architecture]} {memory} MiB{' on Spot' if is_spot else ''}"
        for (cpu, memory, is_spot, architecture), count in sorted(sizes.items())
    )
    stored = (
        layout.registries * given.REGISTRY_GB * prices["registry_gb_month"]
        + layout.tables * given.TABLE_GB * prices["dynamodb_gb_month"]
        + layout.buckets * given.BUCKET_GB * prices["bucket_gb_month"]
    )
    return (
        _row("tasks", "ECS tasks on Fargate", shapes or "none", tasks),
        _row("nat", "NAT gateways", str(layout.nat_gateways), layout.nat_gateways * hours * prices["nat_gateway_hour"]),
        *_some(
            "endpoints",
            "Interface endpoints",
            layout.endpoint_addresses,
            layout.endpoint_addresses * hours * prices["interface_endpoint_hour"],
        ),
        *_some(
            "alarms",
            "Metrics of alarms, dashboards",
            layout.alarm_metrics + layout.dashboards,
            layout.alarm_metrics * prices["alarm_metric_month"] + layout.dashboards * prices["dashboard_month"],
        ),
        _row(
            "balancer",
            "Load balancers",
            str(layout.load_balancers),
            layout.load_balancers * hours * prices["load_balancer_hour"],
        ),
        _row(
            "addresses",
            "Public IPv4 addresses",
            str(layout.public_addresses),
            layout.public_addresses * hours * prices["public_ipv4_hour"],
        ),
        _row(
            "stored",
            "Stored images, items, files",
            f"{layout.registries} registries, {layout.tables} tables, {layout.buckets} buckets",
            stored,
        ),
    )


def per_million(
    layout: Layout, prices: Prices, mix: RequestMix, *, write_units: int = given.WRITE_UNITS
) -> tuple[Row, ...]:
    """What a million requests of visitors to the API add."""
    passes = 1 + mix.through_facade
    gigabytes = given.MILLION * (given.REQUEST_BYTES + given.ANSWER_BYTES) / _GB
    capacity = passes * max(
        given.MILLION * given.CONNECTIONS_PER_REQUEST / given.CONNECTIONS_PER_LCU_HOUR,
        gigabytes * _GB / given.BYTES_PER_LCU_HOUR,
    )
    reads, writes = (1 - mix.writing) * given.READ_UNITS, mix.writing * write_units
    inside = gigabytes * mix.through_facade
    # Between zones, or by a public address, each GB is paid on both ends; NAT gateways process what leaves the VPC.
    leaves = layout.nat_gateways and not layout.internal_load_balancers
    inside_price = 2 * prices["regional_gb"] + (prices["nat_gateway_gb"] if leaves else 0)
    logged = given.MILLION * passes * given.LOG_BYTES / _GB
    out = given.MILLION * given.ANSWER_BYTES / _GB
    through_edge = layout.distributions > 0
    return (
        _row("lcu", "Load balancer capacity", f"{capacity:.1f} LCU-hours", capacity * prices["lcu_hour"]),
        _row("reads", "DynamoDB reads", f"{reads:.2f} million units", reads * prices["dynamodb_million_reads"]),
        _row("writes", "DynamoDB writes", f"{writes:.2f} million units", writes * prices["dynamodb_million_writes"]),
        _row("logs", "Log lines", f"{logged:.2f} GB", logged * prices["log_gb"]),
        _row("facade", "Calls between services", f"{inside:.2f} GB", inside * inside_price),
        _row(
            "out",
            "Answers through CloudFront" if through_edge else "Answers to the internet",
            f"{out:.1f} GB",
            out * prices["cloudfront_gb"] + prices["cloudfront_million_requests"]
            if through_edge
            else out * prices["internet_gb"],
        ),
    )


def request_mix(system: System, stage: Stage) -> RequestMix:
    """Shares of a system's declared traffic in a stage; without any, a fixed share writes and none takes the facade."""
    if system.workload is None:
        return RequestMix(writing=given.WRITE_SHARE, through_facade=0)
    workload = system.workload()
    visits = list(
        islice(workload.visits(seed=given.SAMPLE_SEED, rate=1, mix=workload.mix, run_id="cost"), given.SAMPLE)
    )
    passed_on = [
        route for service in system.services if stage.mode(service.name) is Mode.FACADE for route in service.routes
    ]
    through = sum(
        any(route.method == visit.method and route.fits(visit.path.partition("?")[0]) for route in passed_on)
        for visit in visits
    )
    writing = sum(visit.method not in _READING for visit in visits)
    return RequestMix(writing=writing / len(visits), through_facade=through / len(visits))


def write_units(system: System) -> int:
    """Write request units of one request that writes."""
    return given.WRITE_UNITS if system.idempotency_header is None else given.WRITE_UNITS_ONCE


def _cents(usd: float) -> int:
    """Half a cent counts as one, also where the float lies a hair below."""
    return math.floor(usd * 100 + 0.5 + 1e-9)


def _some(key: str, title: str, amount: int, usd: float) -> tuple[Row, ...]:
    """A row of what few layouts have; none where there is none of it."""
    return (_row(key, title, str(amount), usd),) if amount else ()


def _row(key: str, title: str, amount: str, usd: float) -> Row:
    return Row(key=key, title=title, amount=amount, cents=_cents(usd))
