"""The load process as the rehearsal sees it: started, followed, ended."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from rehearse.load_plan import LoadPlan
from rehearse.records import EndCounts, Record, RecordReader
from rehearse.summary import percentile
from systems.checkout import ROOT

_FOLLOW_SECONDS: Final = 0.5
_REPORT_SECONDS: Final = 5.0
_END_TIMEOUT_SECONDS: Final = 90.0


class LoadProcess:
    """Runs ``rehearse.load`` with ``plan``. A line about the last seconds goes to ``say`` every 5 s."""

    def __init__(self, plan: LoadPlan, *, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._say = say
        self._reader = RecordReader(plan.records)
        self._process: subprocess.Popen[str] | None = None
        self._ended = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="load", daemon=True)
        self._reported = 0
        self.records: list[Record] = []

    def start(self) -> None:
        """Begin to send."""
        self._plan.records.parent.mkdir(parents=True, exist_ok=True)
        self._plan.records.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rehearse.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the rehearsal, which ends the load in order
        )
        if self._process.stdin is not None:
            self._process.stdin.write(self._plan.line())
            self._process.stdin.flush()
        self._follower.start()

    @property
    def running(self) -> bool:
        """Whether it still sends."""
        return self._process is not None and self._process.poll() is None

    @property
    def requests(self) -> int:
        """Requests sent and answered, or given up, so far."""
        return sum(len(record.attempts) for record in list(self.records))

    def stop(self) -> EndCounts | None:
        """End the load once every request in flight was answered.

        Returns:
            The load generator's own counts, or None when it did not end in order.
        """
        process = self._process
        if process is None:
            return None
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_END_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._ended.set()
        self._follower.join()
        self._reader.close()
        return self._reader.end

    def _follow(self) -> None:
        report_at = time.monotonic() + _REPORT_SECONDS
        while not self._ended.wait(_FOLLOW_SECONDS):
            self.records += self._reader.read_new()
            if time.monotonic() >= report_at:
                report_at += _REPORT_SECONDS
                self._report()
        self.records += self._reader.read_new()

    def _report(self) -> None:
        new, self._reported = self.records[self._reported :], len(self.records)
        latencies = sorted(record.latency_seconds for record in new)
        bad = sum(attempt.outcome != "ok" for record in new for attempt in record.attempts)
        failed = sum(not record.ok for record in self.records)
        if new:
            self._say(
                f"    load: {len(self.records):,} visits, {failed} failed; last {_REPORT_SECONDS:g} s: "
                f"{len(new) / _REPORT_SECONDS:.0f}/s, p99 {percentile(latencies, 99) * 1e3:.0f} ms, {bad} bad requests"
            )
