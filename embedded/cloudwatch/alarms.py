"""The states of alarms on metrics that the embedded AWS publishes itself, as CloudWatch decides them.

Alarms on other metrics, on other alarms, and on expressions that are not known stay as SetAlarmState left them, and
``make status`` tells them.
Source: "Using Amazon CloudWatch alarms" in the CloudWatch user guide.
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from embedded.cloudwatch.alarm_metrics import NotEvaluated, Window, values_of
from embedded.cloudwatch.backend import EmbeddedCloudWatch

log = logging.getLogger(__name__)

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

_UNCHECKED: Final = "Unchecked: Initial alarm creation"
"""Why a new alarm has the state that it has, in moto's words and CloudWatch's."""


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
        speed: so many times as fast as on AWS periods pass.
    """

    def __init__(self, cloudwatch: EmbeddedCloudWatch, *, speed: int) -> None:
        self._cloudwatch = cloudwatch
        self._speed = speed
        self._left: dict[str, str] = {}

    def warnings(self) -> tuple[str, ...]:
        """A line for each alarm that is not evaluated, with the reason."""
        return tuple(self._left.values())

    def evaluate(self, *, now: float) -> list[Reading]:
        """Set the state of every alarm that can be evaluated here; ``now`` in epoch seconds."""
        readings, left = [], {}
        for alarm in list(self._cloudwatch.alarms.values()):
            try:
                readings.append(self._evaluate(alarm, now))
            except (ValueError, TypeError, AttributeError) as problem:  # one odd alarm must not stop the others
                left[alarm.name] = _leave(alarm, str(problem))
        for name, line in left.items():
            if self._left.get(name) != line:
                log.warning("%s", line)
        self._left = left
        return readings

    def _evaluate(self, alarm: Any, now: float) -> Reading:
        if alarm.rule:
            raise NotEvaluated("it goes by other alarms")
        if alarm.comparison_operator not in _COMPARISONS:
            raise NotEvaluated(f"{alarm.comparison_operator} is not known here")
        window = Window.of(alarm, now=now, speed=self._speed)
        values = values_of(alarm, self._cloudwatch.stores, window)
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


def _leave(alarm: Any, reason: str) -> str:
    """Say in the alarm, once, that it is not evaluated: whoever sets its state has the last word."""
    told = f"The embedded AWS does not evaluate this alarm: {reason.rstrip('.')}."
    if alarm.state_reason == _UNCHECKED:
        alarm.update_state(told, "{}", "INSUFFICIENT_DATA")
    return f"CloudWatch alarm {alarm.name} is not evaluated: {reason.rstrip('.')}."


def _reason(alarm: Any, state: State, values: Sequence[float | None]) -> str:
    told = [f"{value:.6g}" for value in values if value is not None]
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {len(values) - len(told)} datapoints were unknown."
    return f"Threshold Crossed: datapoints [{', '.join(told)}] against {alarm.comparison_operator} {alarm.threshold}."
