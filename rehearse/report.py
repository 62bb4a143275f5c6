"""Writing what was seen: report.json, report.html with everything in it, and the plots as PNG."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rehearse import charts, summary
from rehearse.records import Record
from rehearse.rehearsal import Story
from reporting import drawing

_TEMPLATES: Final = Path(__file__).parent
_WORST: Final = 20


def write(story: Story) -> Path:
    """Write page, numbers and plots into the options' folder.

    Returns:
        Path of the page.
    """
    out = story.options.out
    out.mkdir(parents=True, exist_ok=True)
    drawn = charts.Charts(story)
    timeline, latencies = drawn.timeline(), drawn.latencies()
    drawing.png(timeline, out / "timeline.png")
    drawing.png(latencies, out / "latency.png")
    found = document(story)
    (out / "report.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    path = out / "report.html"
    path.write_text(page(found, timeline=drawing.svg(timeline), latencies=drawing.svg(latencies)), encoding="utf-8")
    return path


def page(found: Mapping[str, Any], *, timeline: str, latencies: str) -> str:
    """Fill the page.

    Args:
        found: a ``document``, which the page carries as JSON too.
        timeline: plot as an ``svg`` element.
        latencies: the same.

    Returns:
        HTML that needs no other file.
    """
    templates = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return templates.get_template("report.html.j2").render(
        found=found,
        timeline=timeline,
        latencies=latencies,
        # "</script>" cannot appear: "<" is written as an escape of JSON.
        data=json.dumps(found, allow_nan=False).replace("<", "\\u003c"),
    )


def document(story: Story) -> dict[str, Any]:
    """Put the whole story into plain values.

    Returns:
        What report.json holds. Times are seconds from the beginning of the rehearsal; there is no NaN.
    """
    options, loaded = story.options, story.loaded
    chosen = {name: value for name, value in vars(options).items() if name != "out"}
    everything = summary.total(loaded.records)
    lag = summary.lag_seconds(loaded.records)
    plain: dict[str, Any] = _plain(
        {
            "system": story.title,
            "passed": story.passed,
            "seconds": story.ended - story.began,
            "options": {
                **chosen,
                "mix": dict(options.mix),
                "surge": None if options.surge is None else asdict(options.surge),
            },
            "criteria": [asdict(criterion) for criterion in story.criteria],
            "totals": {
                "all": _totals(everything),
                **{kind: _totals(summary.total(part)) for kind, part in _sorted_kinds(story).items()},
            },
            "hops": _hops(story),
            "writes": {counter: asdict(part) for counter, part in loaded.writes.items()},
            "kills": [{**asdict(kill), "at": kill.at - story.began} for kill in loaded.kills],
            "fault_counts": loaded.fault_counts,
            "worst": _worst(story),
            "lag_p99_seconds": summary.percentile(lag, 99),
            "timeline": [
                {**asdict(second), "start": second.start - story.began} for second in summary.timeline(loaded.records)
            ],
            "samples": _changes(story),
        }
    )
    return plain


def _sorted_kinds(story: Story) -> dict[str, list[Record]]:
    return dict(sorted(summary.by_kind(story.loaded.records).items()))


def _totals(totals: summary.Totals) -> dict[str, Any]:
    return {**asdict(totals), "answered": totals.answered, "repeated": totals.repeated}


def _hops(story: Story) -> list[dict[str, Any]]:
    number = 0
    rows = []
    for hop in story.hops:
        during = [record for record in story.loaded.records if hop.began <= record.due < hop.ended]
        totals = summary.total(during)
        phases = []
        for phase in hop.phases:
            number += 1
            phases.append(
                {
                    "number": number,
                    "at": phase.began - story.began,
                    "seconds": None if phase.ended is None else phase.ended - phase.began,
                    "kind": phase.kind,
                    "stage": phase.stage,
                    "weights": phase.weights,
                    "text": str(phase),
                }
            )
        rows.append(
            {
                "start": hop.start,
                "goal": hop.goal,
                "at": hop.began - story.began,
                "seconds": hop.seconds,
                "exit_code": hop.exit_code,
                "complaint": hop.complaint,
                "visits": totals.visits,
                "failed": totals.failed,
                "p99_seconds": totals.p99_seconds,
                "phases": phases,
            }
        )
    return rows


def _worst(story: Story) -> list[dict[str, Any]]:
    """Visits that were given up, then those that took longest."""
    order = sorted(story.loaded.records, key=lambda record: (record.ok, -record.latency_seconds))
    return [
        {
            "number": record.number,
            "kind": record.kind,
            "path": record.path,
            "at": record.due - story.began,
            "seconds": record.latency_seconds,
            "ok": record.ok,
            "attempts": [f"{attempt.problem or 'ok'}" for attempt in record.attempts],
        }
        for record in order[:_WORST]
    ]


def _changes(story: Story) -> list[dict[str, Any]]:
    """Samples that differ from the one before."""
    found: list[dict[str, Any]] = []
    last: object = None
    for sample in story.loaded.samples:
        seen = (sample.services, sample.weights)
        if seen != last:
            found.append({**asdict(sample), "at": sample.at - story.began})
            last = seen
    return found


def _plain(value: Any) -> Any:
    """``value`` with rounded floats and None for NaN, as JSON wants it."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
