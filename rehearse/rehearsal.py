"""One rehearsal: walk, load, watch and faults, started and ended in the order that leaves nothing behind."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from cli import aws
from cli.events import SentWrite
from embedded import state
from rehearse import calibration, summary, verdict
from rehearse.dynamodb_faults import DynamoDbFaults
from rehearse.hops import Deployer, Hop
from rehearse.load_plan import LoadPlan
from rehearse.load_process import LoadProcess
from rehearse.options import Options, loaded_part
from rehearse.records import EndCounts, Record
from rehearse.tables import TableReader
from rehearse.task_killer import Kill, TaskKiller, running_tasks
from rehearse.watch import Observer, Sample, Watch
from reporting.criteria import Criterion
from settings.settings import Settings
from systems.workload import Workload

RECORDS: Final = "visits.jsonl"
_TICK_SECONDS: Final = 0.5
_REVISION: Final = "rehearsed"
_HOLD_SLACK_SECONDS: Final = 60.0


@dataclass(kw_only=True)
class Loaded:
    """What was seen while load ran. Times are monotonic seconds."""

    records: list[Record] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    fault_counts: dict[str, int] = field(default_factory=dict)
    end: EndCounts | None = None
    writes: dict[str, summary.Writes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everything that was seen, and the verdict. Times are monotonic seconds.

    ``title`` is the system's, ``monolith`` the name of its monolith.
    """

    title: str
    monolith: str
    options: Options
    began: float
    ended: float
    hops: tuple[Hop, ...]
    loaded: Loaded
    criteria: tuple[Criterion, ...]

    @property
    def passed(self) -> bool:
        """Whether every criterion was met."""
        return all(criterion.met for criterion in self.criteria)


class Rehearsal:
    """Rehearses on the local target of ``settings`` with visits of ``workload``.

    ``deployer`` makes the hops, ``say`` shows progress, ``slowness`` calibrates before and after each hop.
    """

    def __init__(
        self,
        options: Options,
        settings: Settings,
        workload: Workload,
        *,
        deployer: Deployer,
        say: Callable[[str], None],
        slowness: Callable[[], float] = calibration.slowness,
    ) -> None:
        self._options = options
        self._settings = settings
        self._workload = workload
        self._deployer = deployer
        self._say = say
        self._slowness = slowness
        self._slowness_before = 1.0
        self._hops: list[Hop] = []
        self._revision = ""

    def run(self) -> Story:
        """Walk as far as it goes, and judge what was seen.

        Returns:
            The whole story, also when a hop failed.
        """
        began, self._slowness_before = time.monotonic(), self._slowness()
        order = self._options.order
        first, last = loaded_part(order, self._settings.system)
        loaded = Loaded()
        if self._walk(order[: first + 1]):
            before, earlier = self._counters(), tuple(self._hops)
            went = self._walk_loaded(order[first + 1 : last + 1], loaded)
            compared = summary.rises(
                _writes_of(self._hops[len(earlier) :]), self._workload.raises, before=_writes_of(earlier)
            )
            loaded.writes = summary.writes(loaded.records, before, self._counters(), compared=compared)
            if went:
                self._walk(order[last + 1 :])
        criteria = verdict.judge(
            self._options,
            totals=summary.total(loaded.records),
            seconds=summary.timeline(loaded.records),
            end=loaded.end,
            writes=loaded.writes,
            hops=self._hops,
            kills=loaded.kills,
            fault_counts=loaded.fault_counts,
        )
        return self._story(began, loaded, criteria)

    def _story(self, began: float, loaded: Loaded, criteria: Iterable[Criterion]) -> Story:
        """All of it, up to now."""
        return Story(
            title=self._settings.system.title,
            monolith=self._settings.system.monolith.name,
            options=self._options,
            began=began,
            ended=time.monotonic(),
            hops=tuple(self._hops),
            loaded=loaded,
            criteria=tuple(criteria),
        )

    def _walk_loaded(self, goals: Sequence[str], loaded: Loaded) -> bool:
        """Walk through ``goals`` under load, which begins before the first hop and ends after the last.

        Returns:
            Whether the walk got to the last goal.
        """
        with self._load_running(loaded) as load:
            widest = max(goals, key=lambda goal: len(self._settings.system.stage_by_name[goal].separate), default="")
            for goal in goals:
                self._hold(load, self._options.hold_seconds)
                if not load.running or not self._walk([goal]):
                    return False
                if self._options.delivers and goal == widest and not self._revision:
                    self._hold(load, self._options.hold_seconds)
                    if not load.running or not self._deliver(goal):
                        return False
            self._hold(load, self._options.hold_seconds)
            patience = self._options.min_requests / self._options.rate + _HOLD_SLACK_SECONDS
            self._hold(load, patience, requests=self._options.min_requests)
            return load.running

    @contextlib.contextmanager
    def _load_running(self, loaded: Loaded) -> Iterator[LoadProcess]:
        """Begin to watch, then load, then faults. In the end stop them in reverse and fill ``loaded``."""
        options, settings = self._options, self._settings
        watch, load = Watch(self._observer()), LoadProcess(self._load_plan(), say=self._say)
        control_socket = state.control_socket(settings.state_dir)
        faults = DynamoDbFaults(control_socket, options.faults)
        running = partial(running_tasks, control_socket, cluster=settings.name())
        killer = TaskKiller(running, seed=options.seed, last_sample=lambda: watch.last)
        try:
            watch.start()
            load.start()
            self._say(f"Load of {options.rate:g} visits/s begins; faults: {', '.join(options.faults) or 'none'}")
            faults.start()
            if "kill" in options.faults:
                killer.start()
            yield load
        finally:
            killer.stop()
            loaded.end = load.stop()
            faults.stop()
            watch.stop()
            self._say("Load has ended")
            loaded.records, loaded.samples = load.records, watch.samples
            loaded.kills, loaded.fault_counts = killer.kills, faults.counts

    def _walk(self, goals: Sequence[str]) -> bool:
        """Hop to each of ``goals``.

        Returns:
            False as soon as one hop fails.
        """
        for goal in goals:
            start = self._hops[-1].goal if self._hops else ""
            self._say(f"{start} → {goal}" if start else f"To {goal}, from the stage that is deployed")
            hop = self._deployer(start, goal, revision=self._revision)
            before, self._slowness_before = self._slowness_before, self._slowness()
            self._hops.append(replace(hop, slowness=max(before, self._slowness_before)))
            if hop.exit_code != 0:
                self._say(f"The hop to {goal} failed with exit code {hop.exit_code}; the walk ends here")
                return False
            self._say(f"{goal} after {hop.seconds:.1f} s")
        return True

    def _deliver(self, stage: str) -> bool:
        """Bring a new revision of each service that runs in ``stage``; the rest of the walk keeps it.

        Returns:
            Whether all of them were promoted.
        """
        self._revision = _REVISION
        self._say(f"A new revision of each service in {stage}")
        hop = replace(self._deployer(stage, stage, revision=self._revision), delivers=True)
        self._hops.append(hop)
        self._say(f"New revisions: exit code {hop.exit_code} after {hop.seconds:.1f} s")
        return hop.exit_code == 0

    @staticmethod
    def _hold(load: LoadProcess, seconds: float, *, requests: int | None = None) -> None:
        """Wait so long, or until ``requests`` were sent if that is given and comes first."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and load.running and (requests is None or load.requests < requests):
            time.sleep(min(_TICK_SECONDS, max(0.0, until - time.monotonic())))

    def _load_plan(self) -> LoadPlan:
        options = self._options
        return LoadPlan(
            system=self._settings.system_folder,
            api=f"http://127.0.0.1:{self._settings.alb_port}",
            rate=options.rate,
            seed=options.seed,
            mix=options.mix,
            run_id=secrets.token_hex(4),
            timeout_seconds=options.timeout_seconds,
            retry_seconds=options.retry_seconds if options.faults else 0.0,
            records=options.out / RECORDS,
            surge=options.surge,
        )

    def _observer(self) -> Observer:
        settings = self._settings
        return Observer(
            partial(aws.client, settings),
            environment=settings.name(),
            services=settings.system.images,
            port=settings.listener_port,
        )

    def _counters(self) -> Mapping[str, int]:
        """The workload's counters, as the tables have them now."""
        return self._workload.counters(TableReader(aws.client(self._settings, "dynamodb"), name_of=self._settings.name))


def _writes_of(hops: Sequence[Hop]) -> list[SentWrite]:
    return [write for hop in hops for write in hop.writes]
