"""The part of the report about what a like costs on DynamoDB; ``write_units`` computes it."""

from __future__ import annotations

from typing import Final

from bench.markdown import table
from bench.write_units import exactly_once_units, group_of, item_bytes, plain_units
from cli.seed import items, typed
from mysfits.tables import MYSFITS

_RATES: Final = (1, 32, 1000)
"""Likes a second of one mysfit."""

_TASKS: Final = 2
_COMMIT_SECONDS: Final = 0.02
_ITEM_UNITS: Final = 1000
"""Write units a second that DynamoDB takes on one item."""

_TEXT: Final = """\
Computed from the requests that the service sends, not measured. Assumed: all likes are of one mysfit, whose item has
{size} bytes; {tasks} tasks share them; a commit takes {commit_ms:g} ms, and the likes that come to a task meanwhile are
its next transaction. A write unit writes 1 KB; in a transaction it counts twice. A plain update of the counter, as
Flask here makes it, takes {plain:g} write unit a like; repeated after a lost answer it counts a like twice.

{table}

One item takes {item_units:,} write units a second. Plain updates of one mysfit end there, at {plain_most:,.0f} likes a
second. Ours spend {counter:g} on the counter for each transaction, however many likes are in it; their rows in the
ledger are items of their own."""


def text() -> str:
    """The part, as Markdown."""
    mysfit = max((typed(item) for item in items(MYSFITS)), key=item_bytes)
    plain = plain_units(mysfit)
    rows = []
    for rate in _RATES:
        group = group_of(rate, commit_seconds=_COMMIT_SECONDS, tasks=_TASKS)
        units = exactly_once_units(mysfit, group=group)
        rows.append((f"{rate:,}", f"{group:.0f}", f"{units:.1f}", f"{units / plain:.1f}x", f"{units * rate:,.0f}"))
    heads = (
        "Likes a second",
        "Likes in a transaction",
        "Write units a like",
        "by a plain update",
        "Write units a second",
    )
    alone, pair = (exactly_once_units(mysfit, group=group) for group in (1, 2))
    return _TEXT.format(
        size=item_bytes(mysfit),
        tasks=_TASKS,
        commit_ms=_COMMIT_SECONDS * 1e3,
        plain=plain,
        table=table(heads, rows),
        item_units=_ITEM_UNITS,
        plain_most=_ITEM_UNITS / plain,
        counter=2 * (alone - pair),
    )
