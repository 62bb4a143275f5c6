"""Records and stories made up for tests: a walk of three hops with a second between visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rehearse import summary, verdict
from rehearse.hops import Hop, RunPhase
from rehearse.options import Options
from rehearse.records import Attempt, EndCounts, Outcome, Record
from rehearse.rehearsal import Loaded, Story
from rehearse.watch import Sample, ServiceCounts
from reporting.criteria import Criterion

ORDER = ("placeholder", "monolith", "glue", "placeholder")


def attempt(outcome: Outcome = "ok", *, at: float = 0.0, took: float = 0.1) -> Attempt:
    status = {"ok": 200, "answered": 503, "refused": 0, "timeout": 0}[outcome]
    problem = "" if outcome == "ok" else f"made up: {outcome}"
    return Attempt(sent=round(at, 3), done=round(at + took, 3), status=status, outcome=outcome, problem=problem)


def record(
    number: int = 0, *, kind: str = "list", counts_as: str = "", path: str = "/", outcomes: Sequence[Outcome] = ("ok",)
) -> Record:
    """Visit ``number`` was due at second ``number``; each attempt at it takes 0.1 s."""
    attempts = tuple(attempt(outcome, at=number + 0.1 * turn) for turn, outcome in enumerate(outcomes))
    return Record(number=number, kind=kind, path=path, counts_as=counts_as, due=float(number), attempts=attempts)


def options(**changes: Any) -> Options:
    plain = Options(order=ORDER, mix={"list": 3, "like": 1}, min_requests=10, delivers=False, out=Path("nowhere"))
    return replace(plain, **changes)


def hops(*, seconds: float = 4.0, last_exit_code: int = 0) -> tuple[Hop, ...]:
    """One hop to each stage of ORDER, ten seconds apart."""
    return tuple(
        Hop(
            start=ORDER[turn - 1] if turn else "",
            goal=goal,
            began=10.0 * turn - 10,
            ended=10.0 * turn - 10 + seconds,
            exit_code=last_exit_code if turn == len(ORDER) - 1 else 0,
            phases=(RunPhase(began=10.0 * turn - 9, ended=10.0 * turn - 7, kind="apply", stage=goal, why="<because>"),),
            complaint="terraform apply failed" if last_exit_code and turn == len(ORDER) - 1 else "",
        )
        for turn, goal in enumerate(ORDER)
    )


def counts(*, healthy: int = 2, running: int = 2, deployments: int = 1) -> ServiceCounts:
    return ServiceCounts(desired=2, running=running, pending=0, healthy=healthy, deployments=deployments)


def sample(at: float, **services: ServiceCounts) -> Sample:
    return Sample(at=at, services=services or {"monolith": counts()}, weights={"/*": {"monolith": 100.0}})


def judged(
    chosen: Options, records: Sequence[Record], *, walked: Sequence[Hop] | None = None, **seen: Any
) -> dict[str, Criterion]:
    """Criteria by name; what is not given is as it should be."""
    totals = summary.total(records)
    given: dict[str, Any] = {
        "end": EndCounts(requests=totals.requests, failures=0),
        "writes": {"m": summary.Writes(acknowledged=1, attempted=1, counted=1)},
        "kills": [],
        "fault_counts": {},
        "seconds": summary.timeline(records),
        **seen,
    }
    criteria = verdict.judge(chosen, totals=totals, hops=hops() if walked is None else walked, **given)
    return {criterion.name: criterion for criterion in criteria}


def story(records: Sequence[Record], **loaded: Any) -> Story:
    """A whole story around ``records``."""
    chosen = options()
    everything = Loaded(
        records=list(records),
        samples=[sample(float(second)) for second in range(3)],
        end=EndCounts(requests=len(records), failures=0),
        writes={"m": summary.Writes(acknowledged=1, attempted=1, counted=1)},
    )
    everything = replace(everything, **loaded)
    criteria = judged(chosen, records, kills=everything.kills, writes=everything.writes)
    return Story(
        title="Shop",
        monolith="monolith",
        options=chosen,
        began=-10.0,
        ended=30.0,
        hops=hops(),
        loaded=everything,
        criteria=tuple(criteria.values()),
    )
