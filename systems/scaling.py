"""How a service scales by itself, as a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Between which numbers of tasks a service scales by itself, and what it goes by; each target that is given counts.

    Attributes:
        least, most: number of tasks.
        cpu_percent, memory_percent: of what its tasks have, on average.
        requests_per_minute: that come to one task, on average.
        out_cooldown_seconds, in_cooldown_seconds: how long after tasks were added or taken away no more are.
    """

    least: int
    most: int
    cpu_percent: float | None = None
    memory_percent: float | None = None
    requests_per_minute: float | None = None
    out_cooldown_seconds: int = 120
    in_cooldown_seconds: int = 300

    def problems(self, service: str, *, begins_with: int) -> Iterator[str]:
        """One line for each reason why a service that begins with so many tasks cannot scale so."""
        if not 0 <= self.least <= begins_with <= self.most or self.most < 1:
            yield (
                f"{service} begins with {begins_with} tasks and would scale from {self.least} to {self.most}: "
                "the first has to lie between the others."
            )
        percentages = (self.cpu_percent, self.memory_percent)
        if any(target is not None and not 0 < target <= 100 for target in percentages):
            yield f"{service} scales by a percentage that is not above 0 and at most 100."
        if self.requests_per_minute is not None and self.requests_per_minute <= 0:
            yield f"{service} scales by a number of requests that is not above 0."
        if all(target is None for target in (*percentages, self.requests_per_minute)):
            yield f"{service} scales by nothing: give it cpu_percent, memory_percent or requests_per_minute."
        if min(self.out_cooldown_seconds, self.in_cooldown_seconds) < 0:
            yield f"{service} scales with a cooldown below 0 seconds."
