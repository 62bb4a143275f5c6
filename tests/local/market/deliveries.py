"""A deployment of the market to which revisions are delivered while visitors call it."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import requests
import urllib3

from cli import aws
from systems.checkout import ROOT
from tests.local.killed_deploys import cut_off, first_phase, kill_in_every_phase
from tests.local.load import Threads, visitor
from tests.local.market.system import SOURCES
from tests.support import environment_of, local_settings

_PAUSE_SECONDS: Final = 0.1
_VISITORS: Final = 8
_PATIENCE_SECONDS: Final = 20.0
PATHS: Final = ("/offers", "/items")
"""One of the offers, one that stays in the monolith."""
SLOW_BESIDE: Final = ("/offers", "/far", "/far")
"""Most of what the monolith is asked takes half a second, so that its offers are fast but not the whole of it."""
QUICK: Final[Mapping[str, str]] = {
    "CANARY": "10,50",
    "CANARY_REQUESTS": "10",
    "CANARY_MIN_REQUESTS": "10",
    "CANARY_SECONDS": "5",
}


class Visitors(Threads):
    """Call paths in turn until the block ends; ``seen`` counts answers by who gave them and with which status."""

    def __init__(
        self, url: str, paths: Sequence[str], *, count: int = _VISITORS, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        super().__init__(count)
        self._url, self._paths, self._patience_seconds = url, paths, patience_seconds
        self.seen: Counter[tuple[int, str]] = Counter()

    def work(self) -> None:
        with visitor(self._url, timeout_seconds=self._patience_seconds) as pool:
            for path in itertools.cycle(self._paths):
                if self.over.wait(_PAUSE_SECONDS):
                    return
                try:
                    answer = pool.request("GET", path)
                    self.seen[answer.status, answer.headers.get("X-Served-By", "")] += 1
                except urllib3.exceptions.HTTPError as problem:
                    self.seen[0, type(problem).__name__] += 1


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What came of one command.

    Attributes:
        code: its exit code.
        said: what it printed for people.
        seen: answers that visitors got meanwhile, by status and by who gave them.
        status: what ``make status`` prints afterwards.
    """

    code: int
    said: str
    seen: Mapping[tuple[int, str], int] = field(default_factory=dict)
    status: str = ""

    @property
    def visits(self) -> int:
        """How many visitors were answered, well or not."""
        return sum(self.seen.values())

    @property
    def failed(self) -> int:
        """How many of them not well."""
        return sum(count for (status, _), count in self.seen.items() if status != 200)

    def served_by(self, tasks: str) -> int:
        """How many were answered by tasks with these manners, such as ``offers slow``."""
        return sum(count for (_, by), count in self.seen.items() if by == tasks)


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What came of a delivery that was killed in every phase.

    Attributes:
        phases: in which it was killed, in order: the reason of an apply, the kind of others.
        statuses: what ``make status`` printed after the kill in a phase.
        last: the deploy that came to its end, and what visitors got since the first one began.
    """

    phases: Sequence[str]
    statuses: Mapping[str, str]
    last: Delivery


class Market:
    """The deployment, in a folder of its own with a copy of the sources in it."""

    def __init__(self, folder: Path) -> None:
        self._sources = folder / "sources"
        shutil.copytree(SOURCES, self._sources)
        self.settings = local_settings(folder, stage="split", system="tests/local/market")
        self.url = f"http://127.0.0.1:{self.settings.alb_port}"

    def manners(self, service: str, text: str) -> None:
        """Change what the next revision of a service does."""
        (self._sources / f"{service}.txt").write_text(f"{text}\n", encoding="utf-8")

    def run(self, command: str, *, stage: str = "split", **variables: str) -> Delivery:
        """Run a command of the deployer."""
        process = self.start(command, stage=stage, **variables)
        out, err = process.communicate()
        return Delivery(code=process.returncode, said=out + err)

    def start(self, command: str, *, stage: str = "split", **variables: str) -> subprocess.Popen[str]:
        """Start a command of the deployer."""
        environment = environment_of(replace(self.settings, stage=stage))
        return subprocess.Popen(
            [sys.executable, "-m", "cli", command],
            cwd=ROOT,
            env={**environment, "MARKET_SOURCES": str(self._sources), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def deliver(
        self,
        command: str = "deploy",
        *,
        stage: str = "split",
        paths: Sequence[str] = PATHS,
        visitors: int = _VISITORS,
        patience_seconds: float = _PATIENCE_SECONDS,
        **variables: str,
    ) -> Delivery:
        """Run a command while so many visitors call these paths, who wait so long for an answer."""
        with Visitors(self.url, paths, count=visitors, patience_seconds=patience_seconds) as crowd:
            done = self.run(command, stage=stage, **{**QUICK, **variables})
        return replace(done, seen=dict(crowd.seen), status=self.run("status").said)

    def record(self, paths: Sequence[str]) -> Delivery:
        """Record while each path is asked once, and end that as a person does, with Ctrl-C."""
        process = self.start("record")
        assert process.stderr is not None
        said = next(line for line in process.stderr if "Recording" in line)
        address = said.split(" at ")[1].split(",")[0]
        answers = [requests.get(address + path, headers={"Cookie": "AWSALBTG=x"}, timeout=20) for path in paths]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        seen = Counter((answer.status_code, answer.headers["X-Served-By"]) for answer in answers)
        return Delivery(code=process.returncode, said=said + out + err, seen=seen)

    @property
    def contract(self) -> str:
        """Text of the recorded contract."""
        return (self._sources / "contract.json").read_text(encoding="utf-8")

    def one_visitor(self, visits: int = 20) -> Delivery:
        """What one visitor with a cookie jar gets."""
        seen: Counter[tuple[int, str]] = Counter()
        with requests.Session() as session:
            for _ in range(visits):
                answer = session.get(f"{self.url}/offers", timeout=20)
                seen[answer.status_code, answer.headers.get("X-Served-By", "")] += 1
            return Delivery(code=0, said=" ".join(session.cookies.keys()), seen=dict(seen))

    def kill_in_every_phase(self, *, stage: str = "split", **variables: str) -> Killed:
        """Deploy, killed in each phase and taken up again, while visitors call."""
        statuses: dict[str, str] = {}
        with Visitors(self.url, PATHS) as visitors:
            phases, code, said = kill_in_every_phase(
                lambda: self._deploy(stage=stage, **variables),
                self._events,
                then=lambda phase: statuses.update({phase: self.run("status").said}),
            )
        last = Delivery(code=code, said=said, seen=dict(visitors.seen), status=self.run("status").said)
        return Killed(phases=phases, statuses=statuses, last=last)

    def kill_and_roll_back(self, kill_in: str, **variables: str) -> Delivery:
        """SIGKILL a deploy in this phase and roll back, while visitors call."""
        with Visitors(self.url, PATHS) as visitors:
            phase = cut_off(self._deploy(**variables), self._events, lambda begun: begun == kill_in)
            assert phase == kill_in, "the deploy ended first"
            done = self.run("rollback", **{**QUICK, **variables})
        return replace(done, seen=dict(visitors.seen), status=self.run("status").said)

    def raise_an_alarm(self, alarm: str, during: str, **variables: str) -> Delivery:
        """Deploy while visitors call, and raise an alarm of CANARY_ALARMS when this phase begins."""
        with Visitors(self.url, PATHS) as visitors:
            process = self._deploy(CANARY_ALARMS=alarm, **variables)
            assert first_phase(lambda begun: begun == during, self._events, process), "the deploy ended first"
            self.set_alarm(alarm, "ALARM")
            out, err = process.communicate()
        return Delivery(
            code=process.returncode, said=out + err, seen=dict(visitors.seen), status=self.run("status").said
        )

    def set_alarm(self, name: str, state: str) -> None:
        """Make a CloudWatch alarm that nothing but this moves, and move it."""
        cloudwatch = aws.client(self.settings, "cloudwatch")
        how = {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0.0}
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="ByHand",
            MetricName="Nothing",
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
            **how,
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")

    @property
    def _events(self) -> Path:
        return self._sources.with_name("events.jsonl")

    def _deploy(self, *, stage: str = "split", **variables: str) -> subprocess.Popen[str]:
        """Start a quick deploy that writes its events."""
        self._events.unlink(missing_ok=True)
        return self.start("deploy", stage=stage, **{**QUICK, **variables, "EVENTS_FILE": str(self._events)})
