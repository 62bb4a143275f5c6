"""Health of the targets of one target group, by the group's own check settings.

Source: "Health checks for Application Load Balancer target groups" and "Deregistration delay" in the ELB user guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["initial", "healthy", "unhealthy", "draining"]

REASON_INITIAL: Final = ("Elb.InitialHealthChecking", "Initial health checks in progress")
_REASON_DRAINING: Final = ("Target.DeregistrationInProgress", "Target deregistration is in progress")


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """How a target group checks; ``matcher`` is AWS's list of codes and ranges such as ``200,202-204``."""

    path: str
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str

    def accepts(self, status: int) -> bool:
        """Whether an answer with this HTTP status counts as success."""
        for part in self.matcher.split(","):
            low, _, high = part.partition("-")
            if int(low) <= status <= int(high or low):
                return True
        return False


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Outcome of one check: success, or AWS's reason code and a description."""

    ok: bool
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """How many targets of a group are healthy and unhealthy; those that start or drain are neither."""

    healthy: int
    unhealthy: int


@dataclass(kw_only=True)
class TargetHealth:
    """State of one target, moved by ``observe`` and ``drain``; times are monotonic seconds."""

    address: str
    port: int
    registered_at: float
    state: State = "initial"
    reason: str | None = REASON_INITIAL[0]
    description: str | None = REASON_INITIAL[1]
    successes: int = 0
    failures: int = 0
    last_counted_at: float = float("-inf")
    draining_until: float | None = None

    def observe(self, probe: Probe, *, now: float, settings: CheckSettings) -> None:
        """Count one check.

        A new target is healthy after its first success; later changes take the thresholds. While it is initial it is
        probed more often than the interval, and failures count at most once an interval.
        """
        if self.state == "draining":
            return
        if probe.ok:
            self.failures, self.successes = 0, self.successes + 1
            if self.state == "initial" or self.successes >= settings.healthy_threshold:
                self._enter("healthy", None, None)
            return
        if self.state == "initial" and now - self.last_counted_at < settings.interval_seconds:
            return
        self.last_counted_at = now
        self.successes, self.failures = 0, self.failures + 1
        if self.failures >= settings.unhealthy_threshold:
            self._enter("unhealthy", probe.reason, probe.description)

    def drain(self, *, now: float, delay_seconds: float) -> None:
        """Deregistered: no new requests, gone after the delay."""
        if self.state != "draining":
            self._enter("draining", *_REASON_DRAINING)
            self.draining_until = now + delay_seconds

    def drained(self, *, now: float) -> bool:
        """Whether the deregistration delay is over."""
        return self.draining_until is not None and now >= self.draining_until

    def _enter(self, state: State, reason: str | None, description: str | None) -> None:
        self.state, self.reason, self.description = state, reason, description


def in_rotation(targets: list[TargetHealth]) -> list[TargetHealth]:
    """Targets that get requests: the healthy ones, or all registered ones that are unhealthy when none is healthy.

    The second half is the load balancer's documented fail-open.
    """
    healthy = [target for target in targets if target.state == "healthy"]
    return healthy or [target for target in targets if target.state == "unhealthy"]
