"""Percentiles of GetMetricStatistics, which moto reads from the call and drops. Upstream issue: none.

Source: "GetMetricStatistics" in the CloudWatch API reference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, Statistics
from moto.cloudwatch.responses import CloudWatchResponse

from embedded import patches
from embedded.cloudwatch.series import STATISTICS, Period, Samples, is_percentile


class StatisticsOfPeriod(Statistics):
    """moto's record of a period, made of everything that was seen in it."""

    def __init__(self, stats: list[str], moment: dt.datetime, period: Period) -> None:
        super().__init__(stats, moment)
        self.samples = period.samples
        self.metric_data = [
            MetricAggregatedDatum(
                "",
                "",
                min_stat=period.statistic("Minimum"),
                max_stat=period.statistic("Maximum"),
                sample_count=period.statistic("SampleCount"),
                sum_stat=period.statistic("Sum"),
                dimensions=[],
                timestamp=moment,
            )
        ]


def percentiles_of(record: Statistics, names: Sequence[str]) -> dict[str, float]:
    """Percentiles of a period by their names.

    Returns:
        None at all where CloudWatch knows none: of negative values, and of sets of which it was told no single value.
    """
    samples = record.samples if isinstance(record, StatisticsOfPeriod) else _samples(record)
    if not samples or min(value for value, _ in samples) < 0:
        return {}
    period = Period(start=0, samples=samples)
    return {name: period.statistic(name) for name in names}


def _samples(record: Statistics) -> Samples:
    found: list[tuple[float, int]] = []
    for datum in record.metric_data:
        if isinstance(datum, MetricDatum):
            found.append((datum.value, 1))
        elif isinstance(datum, MetricAggregatedDatum):
            if datum.sample_count != 1 and datum.min != datum.max:
                return []
            found.append((datum.min, int(datum.sample_count)))
    return found


def answer_percentiles() -> None:
    """They are in each data point, and a name that is none is refused. They do not reach moto's backend."""
    original = CloudWatchResponse.get_metric_statistics

    def get_metric_statistics(self: CloudWatchResponse) -> Any:
        asked = self._get_param("ExtendedStatistics", [])
        _check(self._get_param("Statistics", []), asked)
        answer: Any = original(self)
        if asked:
            records = answer.result["Datapoints"]
            for record in records:
                record.extended_statistics = percentiles_of(record, asked)
            answer.result["Datapoints"] = [record for record in records if record.extended_statistics]
        return answer

    patches.replace(CloudWatchResponse, "get_metric_statistics", get_metric_statistics, written_for="self")


def _check(statistics: Sequence[str], percentiles: Sequence[str]) -> None:
    if statistics and percentiles:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics, and not both.")
    for number, name in enumerate(statistics, start=1):
        if name not in STATISTICS:
            known = ", ".join(STATISTICS)
            raise InvalidParameterValue(
                f"The parameter Statistics.member.{number} must be a value in the set [ {known} ]."
            )
    for name in percentiles:
        if not is_percentile(name):
            raise InvalidParameterValue(
                f"The value {name} for parameter ExtendedStatistics is not supported; use a percentile such as p99."
            )
