"""The states of alarms on metrics that the embedded AWS publishes itself, as CloudWatch decides them.

Alarms on other metrics, on several metrics and on other alarms stay as SetAlarmState left them.
Source: "Using Amazon CloudWatch alarms" in the CloudWatch user guide.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key, Period

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

_LATE_SECONDS: Final = 1.0
"""So long after the end of a period its last data points come."""


def decide(
    values: Sequence[float | None],
    *,
    breaches: Callable[[float], bool],
    needed: int,
    missing: Missing,
    before: State,
) -> State:
    """The state of an alarm.

    Args:
        values: of its last periods; None: nothing was measured.
        breaches: whether a value is beyond the threshold.
        needed: so many periods beyond the threshold raise it.
        missing: what a period without a value counts as.
        before: its state so far.
    """
    if missing in ("missing", "ignore") and all(value is None for value in values):
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    beyond = sum(missing == "breaching" if value is None else breaches(value) for value in values)
    unknown = 0 if missing in ("breaching", "notBreaching") else sum(value is None for value in values)
    if beyond >= needed:
        return "ALARM"
    return "OK" if beyond + unknown < needed else before


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An alarm that was looked at: moto's record, its state, and the last value of its metric if there is one."""

    alarm: Any
    state: State
    value: float | None


class Alarms:
    """Evaluates the alarms of ``cloudwatch``.

    Args:
        cloudwatch: moto's backend.
        speed: so many times as fast as on AWS periods pass. A sum over a shortened period is multiplied by it, so that
            rates stay what they are.
    """

    def __init__(self, cloudwatch: EmbeddedCloudWatch, *, speed: int) -> None:
        self._cloudwatch = cloudwatch
        self._speed = speed

    def evaluate(self, *, now: float) -> list[Reading]:
        """Set the state of every alarm whose metric is published here; ``now`` in epoch seconds."""
        return [self._evaluate(alarm, now) for alarm in self._own()]

    def _own(self) -> Iterator[Any]:
        for alarm in list(self._cloudwatch.alarms.values()):
            known = alarm.comparison_operator in _COMPARISONS and (alarm.statistic or alarm.extended_statistic)
            if alarm.namespace in self._cloudwatch.stores and known and not alarm.metric_data_queries:
                yield alarm

    def _evaluate(self, alarm: Any, now: float) -> Reading:
        values = self._values(alarm, now)
        compare, threshold = _COMPARISONS[alarm.comparison_operator], float(alarm.threshold)
        state = decide(
            values,
            breaches=lambda value: compare(value, threshold),
            needed=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            missing=cast(Missing, alarm.treat_missing_data or "missing"),
            before=cast(State, alarm.state_value),
        )
        if state != alarm.state_value:
            alarm.update_state(_reason(alarm, state, values), "{}", state)
        return Reading(alarm=alarm, state=state, value=values[-1])

    def _values(self, alarm: Any, now: float) -> list[float | None]:
        """The statistic of each of the alarm's last periods that are over, the oldest first."""
        seconds, count = self.period_seconds(alarm), int(alarm.evaluation_periods)
        end = (now - _LATE_SECONDS) // seconds * seconds
        store = self._cloudwatch.stores[alarm.namespace]
        key = Key.of(alarm.metric_name, {one.name: one.value for one in alarm.dimensions})
        found = store.periods(key, start=end - count * seconds, end=end, period_seconds=seconds)
        by_place = {round((period.start - end) / seconds): period for period in found}
        return [self._statistic(alarm, by_place.get(place), seconds) for place in range(-count, 0)]

    def period_seconds(self, alarm: Any) -> int:
        """How long a period of the alarm lasts here, at least a second."""
        return max(1, round(int(alarm.period) / self._speed))

    def _statistic(self, alarm: Any, period: Period | None, seconds: int) -> float | None:
        if period is None:
            return None
        name = str(alarm.extended_statistic or alarm.statistic)
        value = period.statistic(name)
        return value * int(alarm.period) / seconds if name in ("Sum", "SampleCount") else value


def _reason(alarm: Any, state: State, values: Sequence[float | None]) -> str:
    told = [f"{value:.6g}" for value in values if value is not None]
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {len(values) - len(told)} datapoints were unknown."
    return f"Threshold Crossed: datapoints [{', '.join(told)}] against {alarm.comparison_operator} {alarm.threshold}."
