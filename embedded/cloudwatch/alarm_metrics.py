"""What an alarm goes by: one metric, or one expression over several, in each of its last periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from embedded.cloudwatch import metric_math
from embedded.cloudwatch.series import Key, SeriesStore, require_statistic

_LATE_SECONDS: Final = 1.0
"""So long after the end of a period its last data points come."""

Values = list[float | None]
"""One for each period, the oldest first; None: nothing was measured."""


class NotEvaluated(ValueError):
    """An alarm that cannot be evaluated here; the text says why in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The ``count`` periods before ``end``, in epoch seconds. A period lasts ``seconds`` here, ``nominal`` on AWS."""

    end: float
    count: int
    seconds: int
    nominal: int

    @classmethod
    def of(cls, alarm: Any, *, now: float, speed: int) -> Window:
        """The last periods of the alarm that are over.

        Raises:
            NotEvaluated: its metrics have several periods.
        """
        periods = {int(period) for period in _periods(alarm)}
        if len(periods) != 1:
            raise NotEvaluated("its metrics have several periods")
        (nominal,) = periods
        seconds = max(1, round(nominal / speed))
        end = (now - _LATE_SECONDS) // seconds * seconds
        return cls(end=end, count=int(alarm.evaluation_periods), seconds=seconds, nominal=nominal)


def values_of(alarm: Any, stores: Mapping[str, SeriesStore], window: Window) -> Values:
    """The value of what the alarm goes by in each period of ``window``.

    A sum over a period that is shorter here is multiplied, so that rates stay what they are, unless data points come as
    fast as periods pass.

    Raises:
        NotEvaluated: nothing publishes its metrics here, or there is no such statistic or expression here.
    """
    if alarm.metric_data_queries:
        return _Queries(alarm.metric_data_queries, stores, window).result()
    statistic = alarm.extended_statistic or alarm.statistic
    return _measured(stores, window, alarm.namespace, alarm.metric_name, alarm.dimensions, str(statistic))


def _periods(alarm: Any) -> Iterable[Any]:
    if not alarm.metric_data_queries:
        return [alarm.period]
    stats = [query.metric_stat for query in alarm.metric_data_queries if query.metric_stat is not None]
    return [stat.period for stat in stats]


class _Queries:
    """The metrics and expressions of one alarm."""

    def __init__(self, queries: Iterable[Any], stores: Mapping[str, SeriesStore], window: Window) -> None:
        self._queries = {str(query.id): query for query in queries}
        self._stores = stores
        self._window = window

    def result(self) -> Values:
        """Of the one that the alarm is about."""
        shown = [name for name, query in self._queries.items() if str(query.return_data).lower() != "false"]
        if len(shown) != 1:
            raise NotEvaluated("just one of its metrics has to return data")
        return self._values(shown[0], ())

    def _values(self, name: str, within: tuple[str, ...]) -> Values:
        query, stat = self._queries[name], self._queries[name].metric_stat
        if stat is not None:
            metric = stat.metric
            return _measured(
                self._stores, self._window, metric.namespace, metric.metric_name, metric.dimensions, str(stat.stat)
            )
        within = (*within, name)
        try:
            wanted = metric_math.names_in(str(query.expression)) & self._queries.keys()
            if wanted & set(within):
                raise NotEvaluated(f"{name} goes by itself")
            metrics = {each: self._values(each, within) for each in wanted}
            return metric_math.evaluate(str(query.expression), metrics, periods=self._window.count)
        except metric_math.UnknownMath as problem:
            raise NotEvaluated(f"in its expression {problem}") from problem


def _measured(  # noqa: PLR0917 - what names a series, in AWS's order
    stores: Mapping[str, SeriesStore],
    window: Window,
    namespace: str,
    metric: str,
    dimensions: Iterable[Any],
    statistic: str,
) -> Values:
    if namespace not in stores:
        raise NotEvaluated(f"nothing here publishes metrics of {namespace}")
    try:
        require_statistic(statistic)
    except ValueError as problem:
        raise NotEvaluated(str(problem)) from problem
    store = stores[namespace]
    found = store.periods(
        Key.of(metric, {one.name: one.value for one in dimensions}),
        start=window.end - window.count * window.seconds,
        end=window.end,
        period_seconds=window.seconds,
    )
    by_place = {round((period.start - window.end) / window.seconds): period for period in found}
    is_total = statistic in ("Sum", "SampleCount") and not store.keeps_pace
    times = window.nominal / window.seconds if is_total else 1
    periods = (by_place.get(place) for place in range(-window.count, 0))
    return [None if period is None else period.statistic(statistic) * times for period in periods]
