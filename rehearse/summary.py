"""Statistics of a rehearsal: requests by outcome, latencies, a timeline, and writes against the tables."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cli.events import SentWrite
from rehearse.records import Record


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile.

    Args:
        values: sorted.
        percent: above 0, up to 100.

    Returns:
        One of the values, or NaN when there is none.
    """
    if not values:
        return math.nan
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Counts of one kind of visit, or of all kinds.

    Attributes:
        visits: how many there were.
        done: visits that were answered rightly in the end.
        failed: visits that were given up.
        failed_by: how many of them by kind and by what was wrong last, as ``a-kind: status 503``; the most first.
        requests: HTTP requests that were sent, repetitions included.
        by_status: requests that were answered, by HTTP status.
        refused: requests without an answer because the connection could not be made or broke.
        timed_out: requests without an answer in time.
        wrong: requests that were answered with 200 and a wrong body.
        p50_seconds, p99_seconds, max_seconds: from when a visit was due until it was done or given up.
    """

    visits: int
    done: int
    failed: int
    failed_by: Mapping[str, int]
    requests: int
    by_status: Mapping[int, int]
    refused: int
    timed_out: int
    wrong: int
    p50_seconds: float
    p99_seconds: float
    max_seconds: float

    @property
    def answered(self) -> int:
        """Requests that got any answer."""
        return sum(self.by_status.values())

    @property
    def repeated(self) -> int:
        """Requests that were a further attempt."""
        return self.requests - self.visits


def total(records: Sequence[Record]) -> Totals:
    """Count the visits and requests in ``records``.

    Returns:
        Their totals, whatever their kind.
    """
    attempts = [attempt for record in records for attempt in record.attempts]
    outcomes = Counter(attempt.outcome for attempt in attempts)
    latencies = sorted(record.latency_seconds for record in records)
    done = sum(record.ok for record in records)
    failed = Counter(f"{record.kind}: {record.attempts[-1].problem}" for record in records if not record.ok)
    return Totals(
        visits=len(records),
        done=done,
        failed=len(records) - done,
        failed_by=dict(failed.most_common()),
        requests=len(attempts),
        by_status=dict(sorted(Counter(attempt.status for attempt in attempts if attempt.status).items())),
        refused=outcomes["refused"],
        timed_out=outcomes["timeout"],
        wrong=sum(attempt.outcome == "answered" and attempt.status == 200 for attempt in attempts),
        p50_seconds=percentile(latencies, 50),
        p99_seconds=percentile(latencies, 99),
        max_seconds=latencies[-1] if latencies else math.nan,
    )


def by_kind(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Sort records by kind of visit.

    Returns:
        Records of each kind, by its name.
    """
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.kind].append(record)
    return dict(found)


@dataclass(frozen=True, kw_only=True)
class Second:
    """One second of the timeline, by when visits were due (``arrived``) and requests were answered (the rest)."""

    start: float
    arrived: int
    done: int
    failed: int
    bad_requests: int
    p50_seconds: float
    p99_seconds: float


def timeline(records: Sequence[Record]) -> list[Second]:
    """Count second by second, from the first visit to the last answer.

    Returns:
        Every second, those without any request too.
    """
    if not records:
        return []
    origin = min(record.due for record in records)
    arrived: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    latencies: dict[int, list[float]] = defaultdict(list)
    for record in records:
        arrived[int(record.due - origin)] += 1
        slot = int(record.done - origin)
        if record.ok:
            latencies[slot].append(record.latency_seconds)
        else:
            failed[slot] += 1
        for attempt in record.attempts:
            bad[int(attempt.done - origin)] += attempt.outcome != "ok"
    seconds = range(int(max(record.done for record in records) - origin) + 1)
    return [
        Second(
            start=origin + second,
            arrived=arrived[second],
            done=len(latencies[second]),
            failed=failed[second],
            bad_requests=bad[second],
            p50_seconds=percentile(sorted(latencies[second]), 50),
            p99_seconds=percentile(sorted(latencies[second]), 99),
        )
        for second in seconds
    ]


def lag_seconds(records: Iterable[Record]) -> list[float]:
    """How late the load process sent each visit first, which is part of that visit's latency.

    Returns:
        Seconds, sorted.
    """
    return sorted(record.attempts[0].sent - record.due for record in records)


@dataclass(frozen=True, kw_only=True)
class Writes:
    """Visits that count, for one counter or for all.

    Attributes:
        acknowledged: answered with success.
        attempted: sent at least once; all attempts at one visit are one write.
        counted: by how much the counter rose in the table.
    """

    acknowledged: int
    attempted: int
    counted: int

    @property
    def exact(self) -> bool:
        """Whether each acknowledged write was counted once and nothing else was."""
        return self.acknowledged == self.counted

    @property
    def within_bounds(self) -> bool:
        """Whether none was lost and none was counted twice, as far as the answers show."""
        return self.acknowledged <= self.counted <= self.attempted


@dataclass(frozen=True, kw_only=True)
class Rise:
    """By how much a counter rises by a write of the walk itself, and whether that was acknowledged."""

    counter: str
    count: int
    acknowledged: bool


def rises(
    sent: Iterable[SentWrite], raises: Callable[[str, str, bytes], Mapping[str, int]], *, before: Iterable[SentWrite]
) -> list[Rise]:
    """What the walk wrote when it compared answers.

    Args:
        sent: while the load ran; one key is one write, however often it was sent.
        raises: of the workload.
        before: what was sent earlier; it has been counted.
    """
    acknowledged: dict[str, bool] = {}
    by_key: dict[str, SentWrite] = {}
    for write in sent:
        by_key[write.key] = write
        acknowledged[write.key] = acknowledged.get(write.key, False) or write.acknowledged
    for write in before:
        by_key.pop(write.key, None)
    return [
        Rise(counter=counter, count=count, acknowledged=acknowledged[write.key])
        for write in by_key.values()
        for counter, count in raises(write.method, write.path, write.body.encode()).items()
    ]


def writes(
    records: Iterable[Record],
    before: Mapping[str, int],
    after: Mapping[str, int],
    *,
    compared: Iterable[Rise] = (),
) -> dict[str, Writes]:
    """Compare what was acknowledged with what the tables counted.

    Args:
        records: of the load.
        compared: what the walk itself wrote when it compared answers.
        before: the workload's counters before the load.
        after: the same after it.

    Returns:
        Writes by counter.
    """
    attempted: Counter[str] = Counter()
    acknowledged: Counter[str] = Counter()
    for record in records:
        if record.counts_as:
            attempted[record.counts_as] += 1
            acknowledged[record.counts_as] += record.ok
    for rise in compared:
        attempted[rise.counter] += rise.count
        acknowledged[rise.counter] += rise.count * rise.acknowledged
    return {
        counter: Writes(
            acknowledged=acknowledged[counter],
            attempted=attempted[counter],
            counted=after.get(counter, 0) - before.get(counter, 0),
        )
        for counter in sorted({*before, *after, *attempted})
    }


def all_writes(parts: Mapping[str, Writes]) -> Writes:
    """Add up.

    Returns:
        The sum over all counters.
    """
    return Writes(
        acknowledged=sum(part.acknowledged for part in parts.values()),
        attempted=sum(part.attempted for part in parts.values()),
        counted=sum(part.counted for part in parts.values()),
    )
