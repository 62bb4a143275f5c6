"""A comparison in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cli.comparing.fields import name_of
from cli.comparing.rounds import Comparison, Outcome

_MOST_LINES = 20
_MOST_NAMES = 3


def diff(comparison: Comparison) -> str:
    """Every difference in a line below its request, the first ones in full and how many more."""
    lines = [line for one in comparison.different for line in _lines(one)]
    shown = lines[:_MOST_LINES]
    if len(lines) > len(shown):
        shown.append(f"  and {len(lines) - len(shown)} more lines; make compare shows each request")
    return "\n".join(shown)


def _lines(one: Outcome) -> Iterator[str]:
    yield f"  {one.asked.request}"
    width = max(len(name_of(difference.path)) for difference in one.differences)
    for difference in one.differences:
        yield f"    {name_of(difference.path).ljust(width)}  {difference.values}"


def counts(comparison: Comparison) -> str:
    """How many requests were answered how, in one line."""
    outcomes = comparison.outcomes
    moving = sum(bool(one.moves or one.unsteady) for one in outcomes if not one.differences)
    ignored = sum(bool(one.ignored) for one in outcomes)
    unlike = Counter(
        (one.old.status, one.asked.recorded_status)
        for one in outcomes
        if not one.differences and is_unlike_recorded(one)
    )
    parts = [f"{len(outcomes) - len(comparison.different)} of {len(outcomes)} requests are answered the same"]
    if moving:
        parts.append(f"{moving} of them but for what moves by itself")
    if ignored:
        parts.append(f"{ignored} differ where they may")
    parts += [
        f"{count} by both sides with {now or 'no answer'} where {recorded} was recorded"
        for (now, recorded), count in unlike.items()
    ]
    if comparison.unsent:
        parts.append(f"{len(comparison.unsent)} writes were left out: the system has no header that knows a repetition")
    if comparison.late:
        parts.append(f"{len(comparison.late)} were left out for time")
    return "; ".join(parts)


def is_unlike_recorded(one: Outcome) -> bool:
    """Whether the old side answers with another status than visitors got when it was recorded."""
    recorded = one.asked.recorded_status
    return recorded is not None and recorded != one.old.status


def rows(comparison: Comparison) -> list[tuple[str, str, str, str]]:
    """For a table: request, status of the old side, result, and the fields that are meant."""
    found = [_row(one) for one in comparison.outcomes]
    found += [(str(one.request), "", "not asked", "a repetition would count twice") for one in comparison.unsent]
    return found + [(str(one.request), "", "not asked", "no time was left") for one in comparison.late]


def _row(one: Outcome) -> tuple[str, str, str, str]:
    request, status = str(one.asked.request), str(one.old.status or "none")
    if one.differences:
        named = [f"{name_of(each.path)} {each.values}" for each in one.differences]
        return request, status, "different", _some(named)
    if one.moves:
        return request, status, "same", f"moves by itself: {_some([name_of(path) for path in one.moves])}"
    if one.unsteady:
        return request, status, "same", "differed once, and not again"
    if one.ignored:
        return request, status, "same", f"{one.ignored} fields differ and may"
    return request, status, "same", f"recorded as {one.asked.recorded_status}" if is_unlike_recorded(one) else ""


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
