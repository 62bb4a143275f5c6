"""A surge of visitors: services that scale by themselves are to get what they need, and to give it back."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from cli.errors import REFUSED, CommandError
from embedded import state
from embedded.control_client import ask
from rehearse import summary, verdict
from rehearse.load_process import LoadProcess
from rehearse.options import Options
from rehearse.records import Record
from rehearse.rehearsal import Loaded, Rehearsal, Story
from rehearse.surge import Surge
from rehearse.watch import Sample
from reporting.criteria import Criterion
from systems.scaling import Scaling
from systems.service import Service
from systems.system import System
from systems.workload import Workload

SPEED: Final = "20"
"""SCALING_SPEED of a surge, where the caller leaves it open: minutes of AWS pass in 3 s."""

_IN_SECONDS: Final = 15 * 60 + 600
"""How long AWS takes at most, by its alarms and cooldowns, to take away what is not needed."""
_SLACK_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0
_SAMPLED: Final = 500
_THEIR_SHARE: Final = 700
"""Of a thousand visits of a surge, those that go to services that scale."""


def surge_mix(system: System, workload: Workload) -> Mapping[str, int]:
    """Weights of the kinds of visits in a surge: most go to services that scale, whatever their share is otherwise."""
    services = [system.images[name] for name in system.scaling_by_name]
    seen = islice(workload.visits(seed=1, rate=1.0, mix=workload.mix, run_id="mix"), _SAMPLED)
    theirs = {visit.kind for visit in seen if any(_serves(service, visit.path) for service in services)}
    both = [{kind: weight for kind, weight in workload.mix.items() if (kind in theirs) is own} for own in (True, False)]
    if not all(sum(part.values()) for part in both):
        return workload.mix
    return {
        kind: round(share * weight / sum(part.values()))
        for part, share in zip(both, (_THEIR_SHARE, 1000 - _THEIR_SHARE), strict=True)
        for kind, weight in part.items()
    }


class SurgeRehearsal(Rehearsal):
    """Deploys the one stage of the options, sends the surge, and waits until the services have given back."""

    def run(self) -> Story:
        """See Rehearsal."""
        began, loaded, (goal,) = time.monotonic(), Loaded(), self._options.order
        surge = _surge_of(self._options)
        if self._walk([goal]):
            self._require_speed()
            before = self._counters()
            with self._load_running(loaded) as load:
                self._hold(load, surge.seconds)
                self._wait_until_given_back(load)
                self._hold(load, self._options.hold_seconds)
            loaded.writes = summary.writes(loaded.records, before, self._counters())
        return self._story(began, loaded, self._criteria(surge, loaded))

    def _require_speed(self) -> None:
        """Refuse an embedded AWS that was started with another speed than this waits for."""
        settings = self._settings
        found: dict[str, Any] = ask(state.control_socket(settings.state_dir), "GET", "/status")
        if found.get("scaling_speed") != settings.scaling_speed:
            raise CommandError(
                f"The embedded AWS runs with SCALING_SPEED={found.get('scaling_speed')}, and this surge is for "
                f"{settings.scaling_speed}; run make down first, then it starts with that.",
                exit_code=REFUSED,
            )

    def _wait_until_given_back(self, load: LoadProcess) -> None:
        ends = time.monotonic() + _IN_SECONDS / self._settings.scaling_speed + _SLACK_SECONDS
        observer = self._observer()
        least = {name: one.least for name, one in self._settings.system.scaling_by_name.items()}
        while time.monotonic() < ends and load.running:
            counts = observer.sample().services
            if all(counts[name].running <= count for name, count in least.items() if name in counts):
                return
            self._hold(load, _LOOK_SECONDS)

    def _criteria(self, surge: Surge, loaded: Loaded) -> list[Criterion]:
        found = verdict.of_load(
            self._options,
            totals=summary.total(loaded.records),
            end=loaded.end,
            writes=loaded.writes,
            hops=self._hops,
        )
        runs = {name for sample in loaded.samples for name in sample.services}
        for name, scaling in self._settings.system.scaling_by_name.items():
            if name in runs:
                service = self._settings.system.images[name]
                needed = tasks_needed(service, scaling, loaded.records, surge)
                found += of_service(name, scaling, needed, loaded.samples)
        return found


def _surge_of(options: Options) -> Surge:
    if options.surge is None:
        raise ValueError("these options have no surge")
    return options.surge


def tasks_needed(service: Service, scaling: Scaling, records: list[Record], surge: Surge) -> int:
    """Tasks that the visits of the peak take, by the requests that one is to get; one more than the least otherwise."""
    if scaling.requests_per_minute is None or not records:
        return min(scaling.most, scaling.least + 1)
    began = min(record.due for record in records)
    first, last = (began + moment for moment in surge.peak)
    at_peak = sum(first <= record.due < last and _serves(service, record.path) for record in records)
    rate = at_peak * 60 / surge.hold_seconds
    # The alarm is on what is above the target; a share of it more or less is chance.
    return min(scaling.most, max(scaling.least, math.floor(rate / scaling.requests_per_minute)))


def _serves(service: Service, path: str) -> bool:
    """Whether a visit of the path, with its query, comes to the service."""
    return any(route.fits(path.partition("?")[0]) for route in service.routes)


def of_service(name: str, scaling: Scaling, needed: int, samples: list[Sample]) -> list[Criterion]:
    """Whether a service got the tasks that it needed, and gave them back in the end."""
    running = [(sample.at, sample.services[name].running) for sample in samples if name in sample.services]
    at_least, most = max(needed, scaling.least + 1), max((count for _, count in running), default=0)
    reached = next((at for at, count in running if count >= at_least), None)
    begin = running[0][0] if running else 0.0
    last = running[-1][1] if running else 0
    when = "" if reached is None else f", {at_least} of them {reached - begin:.0f} s after the begin"
    return [
        Criterion(
            name=f"Tasks of {name} at the peak",
            wanted=f">= {at_least}, <= {scaling.most}",
            measured=f"{most} running{when}",
            met=at_least <= most <= scaling.most,
        ),
        Criterion(
            name=f"Tasks of {name} in the end",
            wanted=str(scaling.least),
            measured=f"{last} running",
            met=last == scaling.least,
        ),
    ]
