"""The plots: the timeline of the walk, and the latencies by kind. Times on the x axis are seconds of load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rehearse.rehearsal import Story
from rehearse.summary import Second, by_kind, timeline
from rehearse.watch import Sample
from reporting import drawing
from reporting.drawing import FAINT, INK, lines, plain

_GOOD, _SLOW, _BAD = "#0072b2", "#d55e00", "#c1272d"
_HOP_SHADE: Final = "#eef1f4"
_FLOOR_MS: Final = 1.0


class Charts:
    """Draws one story."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._seconds = timeline(story.loaded.records)
        self._origin = self._seconds[0].start if self._seconds else story.began
        self._end = (self._seconds[-1].start + 1 if self._seconds else story.ended) - self._origin

    def timeline(self) -> Figure:
        """Draw throughput, latency, errors, weights and tasks over the time of the load.

        Returns:
            Five panels, with stages and phases marked.
        """
        figure = drawing.figure(width=13, height=11)
        panels: Sequence[Axes] = figure.subplots(5, 1, sharex=True, height_ratios=[2.2, 2.2, 1.1, 1.2, 1.4])
        draw: tuple[Callable[[Axes], None], ...] = (
            self._throughput,
            self._latency,
            self._errors,
            self._weights,
            self._tasks,
        )
        for axes, fill in zip(panels, draw, strict=True):
            plain(axes)
            self._shade_hops(axes)
            fill(axes)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), frameon=False, fontsize=8.5)
        self._name_stages(panels[0])
        panels[0].set_xlim(0, max(self._end, 1))
        panels[-1].set_xlabel("seconds under load", color=INK)
        return figure

    def latencies(self) -> Figure:
        """Draw the share of visits that were done within a time, by kind.

        Returns:
            One panel.
        """
        figure = drawing.figure(width=8, height=4.2)
        axes = figure.subplots()
        plain(axes)
        kinds = by_kind(self._story.loaded.records)
        for kind, (color, style) in lines(sorted(kinds)).items():
            values = [max(record.latency_seconds * 1e3, _FLOOR_MS) for record in kinds[kind]]
            axes.ecdf(values, color=color, linestyle=style, label=f"{kind} ({len(values):,})", linewidth=1.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(_milliseconds)
        axes.set_xlabel("done within, ms (from when a visit was due)", color=INK)
        axes.set_ylabel("share of visits", color=INK)
        if axes.lines:
            axes.legend(frameon=False, fontsize=9, loc="lower right")
        return figure

    def _shade_hops(self, axes: Axes) -> None:
        for hop in self._story.hops:
            axes.axvspan(hop.began - self._origin, hop.ended - self._origin, color=_HOP_SHADE, zorder=0, linewidth=0)
            for phase in hop.phases:
                axes.axvline(phase.began - self._origin, color=FAINT, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)

    def _name_stages(self, axes: Axes) -> None:
        """The stage above each pause between hops; above the begin of each phase its number in the report's table."""
        hops = self._story.hops
        for hop, following in zip(hops, [*hops[1:], None], strict=False):
            begin = max(hop.ended - self._origin, 0.0)
            end = min(following.began - self._origin if following else self._end, self._end)
            if hop.exit_code == 0 and end > begin:
                _note(axes, (begin + end) / 2, 1.10, hop.goal, size=9, weight="bold")
        for number, phase in enumerate((phase for hop in hops for phase in hop.phases), start=1):
            if 0 <= phase.began - self._origin <= self._end:
                _note(axes, phase.began - self._origin, 1.02, str(number), size=7.5, color=INK)

    def _times(self) -> list[float]:
        return [second.start - self._origin for second in self._seconds]

    def _throughput(self, axes: Axes) -> None:
        times = self._times()
        axes.fill_between(times, [s.done for s in self._seconds], color=_GOOD, alpha=0.25, linewidth=0, step="post")
        axes.step(times, [s.done for s in self._seconds], where="post", color=_GOOD, linewidth=1.1, label="done")
        arrived = [s.arrived for s in self._seconds]
        axes.step(times, arrived, where="post", color=INK, linewidth=0.7, alpha=0.6, label="arrived")
        axes.set_ylabel("visits a second", color=INK)
        axes.set_ylim(bottom=0)

    def _latency(self, axes: Axes) -> None:
        for label, color, value in (("p99", _SLOW, _p99_ms), ("p50", _GOOD, _p50_ms)):
            axes.plot(self._times(), [value(s) for s in self._seconds], color=color, linewidth=1.2, label=label)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(_milliseconds)
        axes.set_ylabel("latency, ms", color=INK)

    def _errors(self, axes: Axes) -> None:
        bad, failed = [s.bad_requests for s in self._seconds], [s.failed for s in self._seconds]
        axes.bar(self._times(), bad, width=1.0, align="edge", color="#e69f00", label="requests that failed")
        axes.bar(self._times(), failed, width=1.0, align="edge", color=_BAD, label="visits given up")
        axes.set_ylabel("a second", color=INK)
        axes.set_ylim(0, max([1, *bad, *failed]) * 1.1)
        if not any(bad) and not any(failed):
            axes.text(0.5, 0.5, "no failed request", transform=axes.transAxes, ha="center", va="center", color=FAINT)

    def _weights(self, axes: Axes) -> None:
        """The share of its path that each service has taken over from the monolith."""
        samples, monolith = self._story.loaded.samples, self._story.monolith
        shares = sorted({(name, p) for s in samples for p, w in s.weights.items() for name in w if name != monolith})
        chosen = lines(f"{service}: {pattern}" for service, pattern in shares)
        for (service, pattern), (label, (color, style)) in zip(shares, chosen.items(), strict=True):
            values = [(s, s.weights.get(pattern, {}).get(service, 0.0)) for s in samples]
            self._steps(axes, values, color, label, style=style)
        axes.set_ylabel("weight, %", color=INK)
        axes.set_ylim(-4, 104)

    def _tasks(self, axes: Axes) -> None:
        samples = self._story.loaded.samples
        services = sorted({name for sample in samples for name in sample.services})
        colors = {name: color for name, (color, _) in lines(services).items()}
        for name, color in colors.items():
            seen = [(s, s.services.get(name)) for s in samples]
            running = [(s, float(counts.running if counts else 0)) for s, counts in seen]
            self._steps(axes, running, color, f"{name}, running")
            if self._story.options.surge:
                wanted = [(s, float(counts.desired if counts else 0)) for s, counts in seen]
                self._steps(axes, wanted, color, f"{name}, wanted", style=(0, (4, 2)))
            healthy = [(s, float(counts.healthy if counts else 0)) for s, counts in seen]
            self._steps(axes, healthy, color, f"{name}, healthy", style=(0, (1, 1.2)))
        for kill in self._story.loaded.kills:
            color = colors.get(kill.service, _BAD)
            axes.plot(kill.at - self._origin, 0.25, marker="x", color=color, markersize=6, markeredgewidth=1.8)
        axes.set_ylabel("tasks", color=INK)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))

    def _steps(
        self, axes: Axes, points: Sequence[tuple[Sample, float]], color: str, label: str, *, style: Any = "-"
    ) -> None:
        times = [sample.at - self._origin for sample, _ in points]
        values = [value for _, value in points]
        axes.step(times, values, where="post", color=color, linewidth=1.3, linestyle=style, label=label)


def _p50_ms(second: Second) -> float:
    return max(second.p50_seconds * 1e3, _FLOOR_MS)


def _p99_ms(second: Second) -> float:
    return max(second.p99_seconds * 1e3, _FLOOR_MS)


def _milliseconds(value: float, _: object) -> str:
    return f"{value:,.0f}"


def _note(axes: Axes, x: float, y: float, text: str, *, size: float, color: str = INK, weight: str = "normal") -> None:
    place = axes.get_xaxis_transform()
    axes.text(x, y, text, transform=place, ha="center", va="bottom", fontsize=size, color=color, fontweight=weight)
