"""Writing what was measured: a page for people, its picture, and the numbers."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from bench import charts, cost
from bench.markdown import table
from bench.measure import LATER_STEPS
from bench.open_loop import P99_LIMIT_MS
from bench.options import Options
from bench.results import Results
from bench.sides import Side
from bench.workload import CLOSED, OPERATIONS
from reporting.criteria import Criterion

_TEXT: Final = """\
# Performance

Written by `make bench`; edit nothing here. {machine}, on which load generators, service and database all run; {date}.

{sides}

## Criteria

{criteria}

## What each side bears

The load is an open loop (h2load): requests go out at a constant rate, as visitors come, whatever became of those before
them. A rate counts when p99 is at most {limit:g} ms and nothing failed. The highest one is found by bisection, a step
of each side in turn, {steps} steps of {seconds:g} s{rounds}. The list has all twelve mysfits.

![Highest rate by operation and side]({picture})

{highest}

## What the figures mean

The database is an emulator, not DynamoDB. Every side but `kept` uses the same one, in a process of its own, which keeps
nothing; that of `kept` writes every change to disk before it answers. It works on one call at a time and answers some
hundred calls a second, where DynamoDB takes any number of calls side by side. A service that makes a call for each
request, as Flask here does, is bound by that; ours makes one call for all that wait. So the ratios say how much fewer
calls and how much less processor time a request takes, with everything on one machine and one process for each service.
They are no forecast of rates on AWS. What carries over is processor time, calls, and the cost that follows.

## What exactly-once costs on DynamoDB

{cost}

## The closed loop

For information, but for one client: wrk keeps a number of connections busy, so clients wait for answers before they
ask again. {seconds:g} s each. `CPU ms` is the processor time of a request, service processes only.

{closed}

## Memory

{memory}
"""


def write(results: Results, criteria: Sequence[Criterion], sides: Iterable[Side], options: Options) -> Path:
    """Write page, picture and numbers.

    Returns:
        Path of the page.
    """
    page = options.out
    page.parent.mkdir(parents=True, exist_ok=True)
    picture = page.parent / "images" / f"{page.stem}.png"
    picture.parent.mkdir(exist_ok=True)
    charts.draw(results, picture)
    page.write_text(_page(results, criteria, sides, options, picture=f"images/{picture.name}"), encoding="utf-8")
    numbers = {
        "options": {name: value for name, value in asdict(options).items() if name != "out"},
        "criteria": [asdict(criterion) for criterion in criteria],
        **asdict(results.measured),
    }
    page.with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    return page


def _page(
    results: Results, criteria: Sequence[Criterion], sides: Iterable[Side], options: Options, *, picture: str
) -> str:
    return _TEXT.format(
        machine=f"{psutil.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        sides=table(("Side", "What it is"), ((f"`{side.name}`", side.means) for side in sides)),
        criteria=table(
            ("Criterion", "Wanted", "Measured", ""),
            ((c.name, c.wanted, c.measured, "met" if c.met else "**missed**") for c in criteria),
        ),
        limit=P99_LIMIT_MS,
        steps=options.steps,
        seconds=options.seconds,
        rounds=_rounds(options.rounds),
        picture=picture,
        highest=_highest(results),
        cost=cost.text(),
        closed="\n\n".join(_closed(results, clients) for clients in results.clients),
        memory=_memory(results),
    )


def _rounds(rounds: int) -> str:
    if rounds == 1:
        return ""
    return (
        f"; medians of {rounds} rounds, where each after the first takes {LATER_STEPS} steps from what the one before "
        f"found. Sides other than `ours` and `gunicorn` have one round"
    )


def _highest(results: Results) -> str:
    heads = ("Operation", "Side", "Requests/s", "by Flask", "p50 ms", "p99 ms")
    rows = []
    for name, operation in OPERATIONS.items():
        for side in results.steady_sides(name):
            offered = results.at_highest(side, name)
            latencies = ("", "") if offered is None else (f"{offered.p50_ms:.1f}", f"{offered.p99_ms:.1f}")
            ratio = f"{results.times_highest(side, 'gunicorn', name):.1f}x"
            rows.append((operation.name, f"`{side}`", f"{results.highest_rate(side, name):,.0f}", ratio, *latencies))
    return table(heads, rows)


def _closed(results: Results, clients: int) -> str:
    """The table of one number of connections."""
    heads = ("Operation", "Side", "Requests/s", "by Flask", "p50 ms", "p99 ms", "CPU ms", "DynamoDB calls per 1,000")
    rows = []
    for operation in CLOSED:
        for side in results.measured.resident_mb:
            if results.has(side, operation):
                rate = results.rate(side, operation, clients)
                rows.append(
                    (
                        OPERATIONS[operation].name,
                        f"`{side}`",
                        f"{rate:,.0f}",
                        f"{rate / results.rate('gunicorn', operation, clients):.1f}x",
                        f"{results.p50_ms(side, operation, clients):.1f}",
                        f"{results.p99_ms(side, operation, clients):.1f}",
                        f"{results.cpu_ms(side, operation, clients):.2f}",
                        f"{results.calls_per_1000(side, operation, clients):,.0f}",
                    )
                )
    return f"### {clients} client{'s' if clients > 1 else ''}\n\n{table(heads, rows)}"


def _memory(results: Results) -> str:
    resident = table(
        ("Side", "Resident MB after the rounds"),
        ((f"`{side}`", f"{size:.1f}") for side, size in results.measured.resident_mb.items()),
    )
    if not results.measured.long_load:
        return resident
    rows = _spread([(f"{one.requests:,}", f"{one.resident_mb:.1f}") for one in results.measured.long_load])
    return f"{resident}\n\nThen a long load on `ours` alone:\n\n" + table(("Requests", "Resident MB"), rows)


def _spread(rows: Sequence[Any], *, most: int = 8) -> list[Any]:
    """At most so many of the rows, evenly, the last one among them."""
    step = max(1, -(-len(rows) // most))
    return list(rows[::-1][::step][::-1])
