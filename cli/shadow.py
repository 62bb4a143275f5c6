"""``make shadow``: what came of the requests that went to the new side too, from the log groups of who sent them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cli import aws
from cli.errors import UNDECIDED, WORSE, CommandError
from cli.history import History
from cli.progress import print_columns
from services.kit.shadow_counts import MESSAGE, Difference
from settings.settings import Settings

_NUMBERS: Final = ("asked", "same", "moved", "different", "dropped", "alone")
_REASONS: Final = ("failed", "leftOut")
_HEAD: Final = (*("Service", "Route", "Asked", "Same", "Moved", "Different", "Failed", "Dropped", "Left out", "Alone"),)


@dataclass(kw_only=True)
class Route:
    """Sums of one route of one service: numbers by name, requests by reason, differences by kind of field."""

    numbers: Counter[str] = field(default_factory=Counter)
    reasons: Mapping[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in _REASONS})
    differences: dict[str, Difference] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any]) -> None:
        """Add what a line of the log says."""
        for name in _NUMBERS:
            self.numbers[name] += int(line[name])
        for name in _REASONS:
            self.reasons[name].update(line[name])
        for name, one in line["differences"].items():
            if name in self.differences:
                self.differences[name].answers += int(one["answers"])
            else:
                self.differences[name] = Difference(answers=int(one["answers"]), old=one["old"], new=one["new"])

    @property
    def failed(self) -> int:
        """Requests that the new side did not answer."""
        return self.reasons["failed"].total()


Routes = Mapping[tuple[str, str], Route]
"""Sums by service and route."""


def report(settings: Settings) -> None:
    """Print the report on what was compared since the last deploy that changed something began.

    Raises:
        CommandError: 3 when something differed or failed, 4 when nothing was compared.
    """
    since = _since(settings)
    routes = add_up(_lines(settings, since))
    if not routes:
        raise CommandError(_nothing(settings, since), exit_code=UNDECIDED)
    show(routes)
    asked, worse = (sum(number) for number in zip(*map(_asked_and_worse, routes.values()), strict=True))
    if not asked:
        raise CommandError(
            "Nothing was compared: no new side answered on these routes. Deploy a new revision or the next stage with "
            "the same SHADOW, and let visitors come.",
            exit_code=UNDECIDED,
        )
    if worse:
        raise CommandError(f"{worse} of {asked} answers were not the same.", exit_code=WORSE)


def add_up(lines: Iterable[Mapping[str, Any]]) -> Routes:
    """Add up lines of the log, as the kit writes them.

    Returns:
        Sums by service and route, in the order of their names.
    """
    found: dict[tuple[str, str], Route] = {}
    for line in lines:
        found.setdefault((line["service"], line["route"]), Route()).add(line)
    return dict(sorted(found.items()))


def show(routes: Routes) -> None:
    """Print the tables on stdout: counts, then differences and reasons, if there are any."""
    print_columns("Requests that went to the new side too", _HEAD, [_row(*name, one) for name, one in routes.items()])
    differences = [
        (*name, path, f"{found.answers}", found.old, found.new)
        for name, one in routes.items()
        for path, found in one.differences.items()
    ]
    _print_below("Differences", ("Service", "Route", "Field", "Answers", "Old", "New"), differences)
    reasons = [
        (*name, f"{what}: {why}", f"{number}")
        for name, one in routes.items()
        for kind, what in zip(_REASONS, ("failed", "left out"), strict=True)
        for why, number in one.reasons[kind].items()
    ]
    _print_below("Not compared", ("Service", "Route", "Why", "Requests"), reasons)


def _print_below(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        sys.stdout.write("\n")
        sys.stdout.flush()
        print_columns(title, head, rows)


def _row(service: str, route: str, one: Route) -> tuple[str, ...]:
    numbers = one.numbers
    left_out = one.reasons["leftOut"].total()
    counts = (*(numbers[name] for name in _NUMBERS[:4]), one.failed, numbers["dropped"], left_out, numbers["alone"])
    return (service, route, *(str(number) for number in counts))


def _asked_and_worse(one: Route) -> tuple[int, int]:
    return one.numbers["asked"], one.numbers["different"] + one.failed


def _since(settings: Settings) -> str:
    """When the last deploy that changed something began, in ISO 8601; empty where that is not known."""
    deploys = History(settings).deploys()
    return deploys[-1].began if deploys else ""


def _lines(settings: Settings, since: str) -> Iterator[Mapping[str, Any]]:
    logs = aws.client(settings, "logs")
    start = int(dt.datetime.fromisoformat(since).timestamp() * 1000) if since else 0
    for service in settings.system.images.values():
        if service.can_shadow:
            yield from read(logs, settings.path(service.name), start_ms=start)


def read(logs: Any, group: str, *, start_ms: int) -> Iterator[Mapping[str, Any]]:
    """Read the kit's lines about shadow requests.

    Args:
        logs: boto3 client of CloudWatch Logs.
        group: log group of a service; one that does not exist has no lines.
        start_ms: since when, in milliseconds since 1970.
    """
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=start_ms, filterPattern=f'"{MESSAGE}"'
    )
    try:
        for page in pages:
            parsed = (_parsed(event["message"]) for event in page["events"])
            yield from (line for line in parsed if line.get("message") == MESSAGE)
    except logs.exceptions.ResourceNotFoundException:
        return


def _parsed(text: str) -> Mapping[str, Any]:
    """A line of JSON; a service may write others too."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _nothing(settings: Settings, since: str) -> str:
    known = f" since {since}" if since else ""
    if not any(service.can_shadow for service in settings.system.images.values()):
        return f"No service of {settings.name()} can send its requests to the new side too (can_shadow), so none has."
    return (
        f"No request of {settings.name()} has gone to a new side{known}. Run make deploy SHADOW=5, then, with the same "
        "SHADOW, the deploy that brings a new revision or stage; while visitors come, counts are logged every 5 s."
    )
