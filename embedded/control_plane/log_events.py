"""Log events on disk: whatever came since the last time is added to a file of SQLite.

They grow with traffic. Written anew as a whole, as the rest of the control plane is, 65,000 of them held up everybody
whom this process answers for 0.1 s and more, every five seconds.
"""

from __future__ import annotations

import contextlib
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from moto.logs.models import LogEvent, logs_backends

from embedded.control_plane.records import backends_of

Place = tuple[str, str, str, str]
"""Account, region, log group and stream."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS events (
    account TEXT, region TEXT, log_group TEXT, stream TEXT, id INTEGER,
    timestamp INTEGER, ingested INTEGER, message TEXT,
    PRIMARY KEY (account, region, log_group, stream, id)
) WITHOUT ROWID
"""
_ADD: Final = "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_REMOVE: Final = "DELETE FROM events WHERE account = ? AND region = ? AND log_group = ? AND stream = ? AND id < ?"
_ABOVE_ALL: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class News:
    """What the file lacks.

    Attributes:
        added: events that came, by stream.
        oldest: number of the oldest event of each stream that has one; what is older, or in no such stream, is gone.
    """

    added: Mapping[Place, Sequence[Any]]
    oldest: Mapping[Place, int]


class LogEvents:
    """Events of moto's log streams in the file ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[Place, int] = {}
        self._oldest: dict[Place, int] = {}

    def news(self) -> News | None:
        """What came and went since the last ``keep``; None when nothing did."""
        if not self._path.exists():
            self._forget()
        added: dict[Place, Sequence[Any]] = {}
        oldest: dict[Place, int] = {}
        for place, stream in _streams():
            events = stream.events
            if events:
                oldest[place] = events[0].event_id
                new = events[bisect_right(events, self._last.get(place, -1), key=attrgetter("event_id")) :]
                if new:
                    added[place] = new
        return News(added=added, oldest=oldest) if added or oldest != self._oldest else None

    def keep(self, news: News) -> None:
        """Bring the file up to date, as a whole or not at all; one that is damaged is written anew the next time.

        Raises:
            OSError: that is not possible.
        """
        try:
            with self._opened() as file:
                for place, events in news.added.items():
                    rows = ((*place, one.event_id, one.timestamp, one.ingestion_time, one.message) for one in events)
                    file.executemany(_ADD, rows)
                for place, oldest in self._oldest.items():
                    first = news.oldest.get(place, _ABOVE_ALL)
                    if first != oldest:
                        file.execute(_REMOVE, (*place, first))
        except sqlite3.OperationalError as problem:  # no space, no permission
            raise OSError(str(problem)) from problem
        except sqlite3.DatabaseError as problem:
            self.drop()
            raise OSError(str(problem)) from problem
        self._oldest = dict(news.oldest)
        self._last |= {place: events[-1].event_id for place, events in news.added.items()}

    def put_back(self) -> None:
        """Give every stream that is still there its events.

        Raises:
            OSError: the file cannot be read.
        """
        found: dict[Place, list[Any]] = {}
        if self._path.exists():
            try:
                with self._opened() as file:
                    for *place, number, timestamp, ingested, message in file.execute("SELECT * FROM events"):
                        event = LogEvent(ingested, {"timestamp": timestamp, "message": message})
                        event.event_id = number
                        found.setdefault((place[0], place[1], place[2], place[3]), []).append(event)
            except sqlite3.Error as problem:
                self.drop()
                raise OSError(str(problem)) from problem
        for place, stream in _streams():
            stream.events = found.get(place, stream.events)
        self._oldest = {place: events[0].event_id for place, events in found.items()}
        self._last = {place: events[-1].event_id for place, events in found.items()}
        LogEvent._event_id = max(LogEvent._event_id, *(last + 1 for last in self._last.values()), 0)

    def drop(self) -> None:
        """Begin without any: those in the file belong to nothing that there is, or cannot be read."""
        self._path.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        self._last, self._oldest = {}, {}

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The file in one transaction. Only a power cut may cost what was written last."""
        with contextlib.closing(sqlite3.connect(self._path)) as file:
            file.execute("PRAGMA synchronous = OFF")
            file.execute(_TABLE)
            with file:
                yield file


def _streams() -> Iterator[tuple[Place, Any]]:
    for place, backend in backends_of(logs_backends):
        for group in list(backend.groups.values()):
            for name, stream in list(group.streams.items()):
                yield (*place, group.name, name), stream
