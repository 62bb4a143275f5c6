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

from bench import charts
from bench.judge import Results
from bench.options import Options
from bench.sides import OPERATIONS, Side
from reporting.criteria import Criterion

_TEXT: Final = """\
# Performance

Written by `make bench`; edit nothing here. {rounds} rounds of {seconds:g} s for each pair of side and operation,
interleaved; medians over the rounds. {machine}, on which load generator (wrk, one thread), service and database all
run. {date}.

Every side but `kept` uses the same DynamoDB: the embedded one, in a process of its own, which keeps nothing. `kept` has
one that writes every change to disk before it answers, as the embedded AWS does: what was answered survives a killed
process, while a power cut may cost the last second. Either answers some hundred calls a second, so
a service that makes one for each request is bound by it as well as by its own processor time, which the column
`CPU ms` has alone. Every service is one process.

{sides}

## Criteria

{criteria}

## Rates

![Requests a second by operation and side, one panel for each number of clients]({picture})

{tables}

## Memory

{memory}
"""


def write(results: Results, criteria: Sequence[Criterion], sides: Iterable[Side], options: Options) -> Path:
    """Write page, picture and numbers; path of the page."""
    page = options.out
    page.parent.mkdir(parents=True, exist_ok=True)
    picture = page.parent / "images" / f"{page.stem}.png"
    picture.parent.mkdir(exist_ok=True)
    charts.draw(results, picture)
    page.write_text(_page(results, criteria, sides, options, picture=f"images/{picture.name}"), encoding="utf-8")
    numbers = {
        "options": {"rounds": options.rounds, "seconds": options.seconds, "clients": options.clients},
        "criteria": [asdict(criterion) for criterion in criteria],
        "samples": [asdict(sample) for sample in results.measured.samples],
        "resident_mb": results.measured.resident_mb,
        "soak": [asdict(memory) for memory in results.measured.soak],
    }
    page.with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    return page


def _page(
    results: Results, criteria: Sequence[Criterion], sides: Iterable[Side], options: Options, *, picture: str
) -> str:
    return _TEXT.format(
        rounds=options.rounds,
        seconds=options.seconds,
        machine=f"{psutil.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        sides=_table(("Side", "What it is"), ((f"`{side.name}`", side.means) for side in sides)),
        criteria=_table(
            ("Criterion", "Wanted", "Measured", ""),
            ((f.name, f.wanted, f.measured, "met" if f.met else "**missed**") for f in criteria),
        ),
        picture=picture,
        tables="\n\n".join(_rates(results, clients) for clients in results.clients),
        memory=_memory(results),
    )


def _rates(results: Results, clients: int) -> str:
    """The table of one number of connections."""
    heads = ("Operation", "Side", "Requests/s", "by Flask", "p50 ms", "p99 ms", "CPU ms", "DynamoDB calls per 1,000")
    rows = []
    for operation in OPERATIONS:
        for side in results.measured.resident_mb:
            if results.has(side, operation):
                rate = results.rate(side, operation, clients)
                rows.append(
                    (
                        operation,
                        f"`{side}`",
                        f"{rate:,.0f}",
                        f"{rate / results.rate('flask', operation, clients):.1f}x",
                        f"{results.p50_ms(side, operation, clients):.1f}",
                        f"{results.p99_ms(side, operation, clients):.1f}",
                        f"{results.cpu_ms(side, operation, clients):.2f}",
                        f"{results.calls_per_1000(side, operation, clients):,.0f}",
                    )
                )
    return f"### {clients} client{'s' if clients > 1 else ''}\n\n{_table(heads, rows)}"


def _memory(results: Results) -> str:
    resident = _table(
        ("Side", "Resident MB after the rounds"),
        ((f"`{side}`", f"{size:.1f}") for side, size in results.measured.resident_mb.items()),
    )
    if not results.measured.soak:
        return resident
    rows = _spread([(f"{one.requests:,}", f"{one.resident_mb:.1f}") for one in results.measured.soak])
    return f"{resident}\n\nThen a long load on `ours` alone:\n\n" + _table(("Requests", "Resident MB"), rows)


def _spread(rows: Sequence[Any], *, most: int = 8) -> list[Any]:
    """At most so many of the rows, evenly, the last one among them."""
    step = max(1, -(-len(rows) // most))
    return list(rows[::-1][::step][::-1])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
