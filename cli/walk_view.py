"""What a person at a terminal sees of a walk while it goes on: its phases, and what services and visitors do."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cli import inventory, live
from cli.errors import CommandError
from cli.phases import Tasks
from cli.target_metrics import TargetMetrics, publication
from settings.settings import Settings

_POLL_SECONDS: Final = 2.0
_RECENT_PERIODS: Final = 10
"""Requests of so many periods of the metrics are shown: 10 s here, 10 minutes on AWS."""


@dataclass(frozen=True, kw_only=True)
class ServiceNow:
    """One set of tasks at one moment.

    Attributes:
        tasks: whose.
        running, desired: number of tasks.
        share: percent of its service's requests; None where that is not known.
        requests, errors: of the last seconds; None while there are no figures.
    """

    tasks: Tasks
    running: int
    desired: int
    share: int | None = None
    requests: int | None = None
    errors: int | None = None


class WalkView:
    """A list of phases with the present one running, above a table of services. ``clock`` gives seconds."""

    def __init__(self, phases: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._phases = list(phases)
        self._clock = clock
        self._took: list[float] = []
        self._began = clock()
        self._spinner = Spinner("dots")
        self.services: Sequence[ServiceNow] = ()

    @contextlib.contextmanager
    def phase(self, text: str) -> Iterator[None]:
        """Around the work of a phase; one that is not in the list, as when requests go back, comes into it."""
        number = len(self._took)
        if self._phases[number : number + 1] != [text]:
            self._phases.insert(number, text)
        self._began = self._clock()
        yield
        self._took.append(self._clock() - self._began)

    def __rich__(self) -> RenderableType:
        """The view as it is now."""
        return Group(*self._lines(), self._table()) if self.services else Group(*self._lines())

    def _lines(self) -> Iterator[RenderableType]:
        for number, phase in enumerate(self._phases):
            if number < len(self._took):
                yield _line(f"  ✓ {self._took[number]:6.1f} s  {number + 1}. {phase}", style="green")
            elif number == len(self._took):
                line = _line(f" {self._clock() - self._began:6.0f} s  {number + 1}. {phase}", style="bold")
                self._spinner.update(text=line)
                yield self._spinner
            else:
                yield _line(f"              {number + 1}. {phase}", style="dim")

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 4), header_style="italic")
        for name in ("Service", "Tasks", "Share", "Requests", "5xx"):
            table.add_column(name, justify="left" if name == "Service" else "right", no_wrap=True)
        for one in self.services:
            share = "" if one.share is None else f"{one.share} %"
            requests, errors = ("" if count is None else str(count) for count in (one.requests, one.errors))
            table.add_row(str(one.tasks), f"{one.running}/{one.desired}", share, requests, errors)
        return table


def _line(text: str, *, style: str) -> Text:
    """One line of the list: on a narrow terminal its end is left out, where nothing stands that must be seen."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


class Looker:
    """Looks at what is deployed, in a thread of its own, and fills a view; ``say`` gets ECS's events as they come.

    What cannot be read just now, as while a service is being made, is left as it was.
    """

    def __init__(self, settings: Settings, view: WalkView, *, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._view = view
        self._say = say
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="walk view", daemon=True)
        self._since = dt.datetime.now(dt.UTC)
        self._told: set[str] = set()

    @cached_property
    def _metrics(self) -> TargetMetrics:
        return TargetMetrics(self._settings)

    def __enter__(self) -> Looker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            with contextlib.suppress(BotoCoreError, ClientError, CommandError, KeyError, IndexError):
                self.look()

    def look(self) -> None:
        """Look once."""
        services = live.active_services(self._settings)
        self._view.services = list(self._now(services))
        for event in sorted((event for one in services for event in one.get("events", [])), key=_created):
            if event["id"] not in self._told and _created(event) >= self._since:
                self._told.add(event["id"])
                self._say(f"  ECS: {event['message']}")

    def _now(self, services: Sequence[dict[str, Any]]) -> Iterator[ServiceNow]:
        settings = self._settings
        published = publication(settings)
        until = published.known_until(dt.datetime.now(dt.UTC))
        since = until - dt.timedelta(seconds=_RECENT_PERIODS * published.period_seconds)
        shares = live.shares(settings)
        by_name = {str(one["serviceName"]): one for one in services}
        for name in settings.system.images:
            for tasks in (Tasks(service=name), Tasks(service=name, canary=True)):
                found = by_name.get(settings.name(tasks.short_name))
                if found is None or (tasks.canary and not found["desiredCount"] and not found["runningCount"]):
                    continue
                figures = [self._metrics.group(one, since, until) for one in self._measured(tasks)]
                groups = shares.get(name, {})
                whole = sum(groups.values())
                part = groups.get(tasks.short_name, 0)
                yield ServiceNow(
                    tasks=tasks,
                    running=found["runningCount"],
                    desired=found["desiredCount"],
                    share=inventory.percent(part, whole) if whole else None,
                    requests=sum(one.requests for one in figures),
                    errors=sum(one.errors for one in figures),
                )

    def _measured(self, tasks: Tasks) -> Sequence[Tasks]:
        """All that these tasks serve: the monolith answers on its own paths and on those that others leave to it."""
        if tasks == Tasks(service=self._settings.system.monolith.name):
            return (tasks, replace(tasks, for_others=True))
        return (tasks,)


def _created(event: dict[str, Any]) -> dt.datetime:
    created: dt.datetime = event["createdAt"]
    return created
