"""The criteria of a rehearsal, and whether it met them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rehearse.hops import Hop
from rehearse.options import Options
from rehearse.records import EndCounts
from rehearse.summary import Second, Totals, Writes, all_writes
from rehearse.task_killer import Kill
from reporting.criteria import Criterion

_NAMED: Final = 3


def judge(
    options: Options,
    *,
    totals: Totals,
    seconds: Sequence[Second],
    end: EndCounts | None,
    writes: Mapping[str, Writes],
    hops: Sequence[Hop],
    kills: Sequence[Kill],
    fault_counts: Mapping[str, int],
) -> list[Criterion]:
    """Judge a rehearsal.

    Args:
        options: with the limits.
        totals: of all visits.
        seconds: of the time under load.
        end: what the load generator counted.
        writes: by counter.
        hops: of the walk.
        kills: of tasks.
        fault_counts: how often each fault took place.

    Returns:
        Every criterion, met or not.
    """
    criteria = [
        _walk(options, hops),
        Criterion(
            name="Requests over the walk",
            wanted=f">= {options.min_requests:,}",
            measured=f"{totals.requests:,}",
            met=totals.requests >= options.min_requests,
        ),
        _none_failed(totals),
        _accounted(totals, end),
        _slowest_hop(options, hops),
    ]
    if not options.faults:
        criteria += [_slowest_second(options, seconds), _slowest_visits(options, totals)]
    if options.delivers:
        criteria.append(_delivery(hops))
    if writes or not totals.visits:  # a workload without writes has no counters
        criteria.append(_writes(writes, faults=bool(options.faults)))
    if "kill" in options.faults:
        criteria.append(_recovery(options, kills))
    criteria += [
        Criterion(name=f"Fault that took place: {fault}", wanted="> 0", measured=f"{count:,}", met=count > 0)
        for fault, count in fault_counts.items()
    ]
    return criteria


def of_load(
    options: Options,
    *,
    totals: Totals,
    end: EndCounts | None,
    writes: Mapping[str, Writes],
    hops: Sequence[Hop],
) -> list[Criterion]:
    """Judge what holds for any load without faults.

    Returns:
        The walk, no visit failed, every request accounted for, and every write counted, as ``judge`` has them.
    """
    found = [_walk(options, hops), _none_failed(totals), _accounted(totals, end)]
    return [*found, _writes(writes, faults=False)] if writes or not totals.visits else found


def _none_failed(totals: Totals) -> Criterion:
    reasons = [f"{count:,} {how}" for how, count in totals.failed_by.items()]
    return Criterion(
        name="Visits that failed",
        wanted="0",
        measured=f"{totals.failed:,} of {totals.visits:,}" + (f"; {_some(reasons)}" if reasons else ""),
        met=totals.failed == 0 and totals.visits > 0,
    )


def _walk(options: Options, hops: Sequence[Hop]) -> Criterion:
    walked = [hop for hop in hops if not hop.delivers]
    gone = [hop.goal for hop in walked if hop.exit_code == 0]
    broken = next((hop for hop in walked if hop.exit_code != 0), None)
    return Criterion(
        name="Walk",
        wanted=" → ".join(options.order),
        measured="all of it" if tuple(gone) == options.order else f"stopped before {broken.goal if broken else '?'}",
        met=tuple(gone) == options.order,
    )


def _delivery(hops: Sequence[Hop]) -> Criterion:
    made = [hop for hop in hops if hop.delivers]
    promoted = [hop for hop in made if hop.exit_code == 0]
    return Criterion(
        name="New revision of each service",
        wanted="promoted",
        measured=f"promoted after {promoted[0].seconds:.1f} s"
        if promoted
        else (f"exit code {made[0].exit_code}" if made else "not tried"),
        met=bool(promoted),
    )


def _accounted(totals: Totals, end: EndCounts | None) -> Criterion:
    """Sent must be answered plus refused plus timed out, and the load generator must have counted the same."""
    found = f"{totals.answered:,} + {totals.refused:,} + {totals.timed_out:,}"
    counted = "nothing: it did not end in order" if end is None else f"{end.requests:,}"
    return Criterion(
        name="Requests accounted for",
        wanted=f"{totals.requests:,}, and so counts the load generator",
        measured=f"{found} answered, refused, timed out; load generator: {counted}",
        met=(
            end is not None and end.requests == totals.requests == totals.answered + totals.refused + totals.timed_out
        ),
    )


def _writes(writes: Mapping[str, Writes], *, faults: bool) -> Criterion:
    every = all_writes(writes)
    wrong = [counter for counter, part in writes.items() if not (part.within_bounds if faults else part.exact)]
    measured = f"{every.acknowledged:,} acknowledged, {every.counted:,} in the table, {every.attempted:,} attempted"
    return Criterion(
        name="Writes",
        wanted="acknowledged <= table <= attempted, each counter" if faults else "acknowledged = table, each counter",
        measured=measured + (f"; wrong for {_some(wrong)}" if wrong else ""),
        met=not wrong and every.attempted > 0,
    )


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _slowest_second(options: Options, seconds: Sequence[Second]) -> Criterion:
    judged = [second for second in seconds if second.done]
    slowest = max(judged, key=lambda second: second.p50_seconds, default=None)
    over = sum(second.p50_seconds > options.p50_limit_seconds for second in judged)
    measured = "none" if slowest is None else f"{1000 * slowest.p50_seconds:.0f} ms"
    return Criterion(
        name="Slowest second, by its p50",
        wanted=f"<= {1000 * options.p50_limit_seconds:.0f} ms",
        measured=measured + (f"; {over} of {len(judged)} seconds are over" if over else ""),
        met=slowest is not None and not over,
    )


def _slowest_visits(options: Options, totals: Totals) -> Criterion:
    return Criterion(
        name="p99 of all visits",
        wanted=f"<= {1000 * options.p99_limit_seconds:.0f} ms",
        measured=f"{1000 * totals.p99_seconds:.0f} ms; the slowest {1000 * totals.max_seconds:.0f} ms"
        if totals.visits
        else "none",
        met=totals.visits > 0 and totals.p99_seconds <= options.p99_limit_seconds,
    )


def _slowest_hop(options: Options, hops: Sequence[Hop]) -> Criterion:
    """Judge the hop that took longest for how slow the machine was just then."""
    # The first deploy may make everything from nothing; it is no hop between neighbours.
    judged = (hop for hop in hops[1:] if not hop.delivers)
    slowest = max(judged, key=lambda hop: _working_seconds(hop) / hop.slowness, default=None)
    slowness = 1.0 if slowest is None else slowest.slowness
    measured = "none"
    if slowest is not None:
        measured = f"{_working_seconds(slowest):.1f} s, {slowest.start} → {slowest.goal}"
        measured += f", and {slowest.trying_seconds:.1f} s of canary" if slowest.trying_seconds else ""
    limit = options.hop_limit_seconds * slowness
    wanted = f"<= {limit:.3g} s"
    if slowness > 1:
        wanted += f" ({options.hop_limit_seconds:g} s on a machine {slowness:.2f} times as fast)"
    return Criterion(
        name="Slowest hop, without its canary",
        wanted=wanted,
        measured=measured,
        met=slowest is not None and _working_seconds(slowest) <= limit,
    )


def _working_seconds(hop: Hop) -> float:
    return hop.seconds - hop.trying_seconds


def _recovery(options: Options, kills: Sequence[Kill]) -> Criterion:
    judged = [kill for kill in kills if kill.judged]
    never = [kill for kill in judged if kill.steady_after_seconds is None]
    seconds = sorted(kill.steady_after_seconds for kill in judged if kill.steady_after_seconds is not None)
    measured = f"{len(kills)} killed, {len(judged)} outside of rollouts"
    if seconds:
        measured += f"; {seconds[-1]:.1f} s at most"
    if never:
        measured += f"; {len(never)} never"
    return Criterion(
        name="All tasks in service again after kill -9",
        wanted=f"<= {options.recovery_limit_seconds:g} s",
        measured=measured,
        met=bool(seconds) and not never and seconds[-1] <= options.recovery_limit_seconds,
    )
