"""moto's CloudWatch with a store of its own for what the embedded AWS publishes.

moto keeps every data point of every metric in one list, searches all of it for each query, matches metrics that have
more dimensions than were asked for, and knows no percentiles. On AWS dimensions match exactly.
Upstream issue: none for all of it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, Statistics

from embedded.cloudwatch import expressions
from embedded.cloudwatch.percentiles import StatisticsOfPeriod, percentiles_of
from embedded.cloudwatch.series import STATISTICS, Key, SeriesStore, require_statistic
from embedded.overriding import override
from embedded.registration import OurBackend

KEEP_SECONDS: Final = 3600.0


class EmbeddedCloudWatch(OurBackend, CloudWatchBackend):
    """Metrics of the namespaces in ``stores`` come from there; all others are moto's."""

    @override
    def __getstate__(self) -> dict[str, Any]:
        """What is kept when the embedded AWS ends: everything but data points, which come again by themselves."""
        return {**vars(self), "metric_data": [], "_stores": {}}

    @property
    def stores(self) -> dict[str, SeriesStore]:
        """Stores by namespace."""
        stores: dict[str, SeriesStore] = self.__dict__.setdefault("_stores", {})
        return stores

    def store(self, namespace: str, *, keeps_pace: bool = False) -> SeriesStore:
        """The store of a namespace, made when it is asked for the first time; for ``keeps_pace`` see SeriesStore."""
        return self.stores.setdefault(namespace, SeriesStore(keep_seconds=KEEP_SECONDS, keeps_pace=keeps_pace))

    @override
    def get_metric_statistics(  # noqa: PLR0917 - moto calls it by position
        self,
        namespace: str,
        metric_name: str,
        start_time: dt.datetime,
        end_time: dt.datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,
    ) -> list[Statistics]:
        """See CloudWatchBackend."""
        store = self.stores.get(namespace)
        if store is None:
            theirs: list[Statistics] = super().get_metric_statistics(
                namespace, metric_name, start_time, end_time, period, stats, dimensions, unit
            )
            return theirs
        found = store.periods(
            _key(metric_name, dimensions), start=_epoch(start_time), end=_epoch(end_time), period_seconds=period
        )
        return [StatisticsOfPeriod(stats, _moment(one.start), one) for one in found]

    @override
    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: dt.datetime,
        end_time: dt.datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        """See CloudWatchBackend."""
        results: dict[str, dict[str, Any]] = {}
        for query in queries:
            if self._is_ours(query) or _is_beyond_moto(query):
                results[query["Id"]] = self._own_data(query, start_time, end_time, scan_by)
            elif not _is_expression(query):
                theirs = super().get_metric_data([{**query, "ReturnData": True}], start_time, end_time, scan_by)
                results |= {result["id"]: result for result in theirs}
        known = {name: dict(zip(one["timestamps"], one["values"], strict=True)) for name, one in results.items()}
        moments = self._moments(queries, start_time, end_time)
        for each in expressions.in_order([one for one in queries if _is_expression(one)]):
            name = each["Id"]
            known[name] = expressions.points_of(each, known, moments)
            shown = sorted(known[name].items(), reverse=scan_by == "TimestampDescending")
            label, values = each.get("Label") or name, [value for _, value in shown]
            results[name] = _result(each, label, values, [moment for moment, _ in shown])
        asked = [query["Id"] for query in queries if query.get("ReturnData", True)]
        return [results[name] for name in asked if name in results]

    @override
    def get_all_metrics(self) -> list[MetricDatumBase]:
        """moto's data points, and one for each series: ListMetrics asks for no values."""
        ours = [
            MetricDatumBase(namespace, key.metric, _dimensions(key), dt.datetime.min)
            for namespace, store in self.stores.items()
            for key in store.series()
        ]
        return [*super().get_all_metrics(), *ours]

    @override
    def get_filtered_metrics(
        self, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[MetricDatumBase]:
        """Each metric once. moto names one with no or several dimensions once per data point. Upstream issue: none."""
        found: dict[Hashable, MetricDatumBase] = {}
        for one in self.get_all_metrics():
            if one.filter(namespace=namespace, name=metric_name, dimensions=dimensions):
                key = (one.namespace, one.name, frozenset((each.name, each.value) for each in one.dimensions))
                found.setdefault(key, one)
        return list(found.values())

    def _moments(
        self, queries: Sequence[Mapping[str, Any]], start_time: dt.datetime, end_time: dt.datetime
    ) -> list[dt.datetime]:
        """When the periods of our metrics begin, also those without a value: FILL gives them one."""
        periods = [int(query["MetricStat"]["Period"]) for query in queries if self._is_ours(query)]
        if not periods:
            return []
        first = _epoch(start_time) // min(periods) * min(periods)
        count = max(0, math.ceil((_epoch(end_time) - first) / min(periods)))
        return [_moment(first + place * min(periods)) for place in range(count)]

    def _is_ours(self, query: Mapping[str, Any]) -> bool:
        return "MetricStat" in query and query["MetricStat"]["Metric"].get("Namespace") in self.stores

    def _own_data(
        self, query: Mapping[str, Any], start_time: dt.datetime, end_time: dt.datetime, scan_by: str
    ) -> dict[str, Any]:
        metric, stat = query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]
        try:
            require_statistic(stat)
        except ValueError as problem:
            raise InvalidParameterValue(str(problem)) from problem
        found = self._values(query["MetricStat"], start_time, end_time)
        if scan_by == "TimestampDescending":
            found.reverse()
        label = query.get("Label") or f"{metric['MetricName']} {stat}"
        return _result(query, label, [value for _, value in found], [moment for moment, _ in found])

    def _values(
        self, asked: Mapping[str, Any], start_time: dt.datetime, end_time: dt.datetime
    ) -> list[tuple[dt.datetime, float]]:
        """The statistic that is asked for of each period, the oldest first; of moto's metrics a percentile."""
        metric, stat, seconds = asked["Metric"], asked["Stat"], int(asked["Period"])
        namespace, name, dimensions = metric["Namespace"], metric["MetricName"], metric.get("Dimensions", [])
        store = self.stores.get(namespace)
        if store is not None:
            window = {"start": _epoch(start_time), "end": _epoch(end_time)}
            periods = store.periods(_key(name, dimensions), **window, period_seconds=seconds)
            return [(_moment(period.start), period.statistic(stat)) for period in periods]
        records = super().get_metric_statistics(
            namespace, name, start_time, end_time, seconds, [], dimensions, asked.get("Unit")
        )
        return [(record.timestamp, value) for record in records for value in percentiles_of(record, [stat]).values()]


def _is_expression(query: Mapping[str, Any]) -> bool:
    """Whether metric math is asked for; moto reads queries in SQL."""
    expression = str(query.get("Expression") or "")
    return bool(expression) and not expression.startswith("SELECT")


def _is_beyond_moto(query: Mapping[str, Any]) -> bool:
    """Whether a percentile is asked for, or what is no statistic: moto has no value for either."""
    return "MetricStat" in query and query["MetricStat"]["Stat"] not in STATISTICS


def _result(query: Mapping[str, Any], label: str, values: Sequence[Any], timestamps: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": query["Id"],
        "label": label,
        "values": list(values),
        "timestamps": list(timestamps),
        "status_code": "Complete",
    }


def _key(metric: str, dimensions: Sequence[Mapping[str, str]]) -> Key:
    return Key.of(metric, {one["Name"]: one["Value"] for one in dimensions})


def _dimensions(key: Key) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted(key.dimensions)]


def _epoch(moment: dt.datetime) -> float:
    """Epoch seconds; a time without a zone, as moto reads it from requests, is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _moment(epoch_seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(epoch_seconds, dt.UTC).replace(tzinfo=None)
