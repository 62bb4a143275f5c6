"""Expressions of GetMetricData, of which moto knows the names of other queries alone. Upstream issue: none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from embedded.cloudwatch.metric_math import UnknownMath, evaluate, names_in

Points = Mapping[dt.datetime, float]
"""A value by the beginning of its period."""


def in_order(queries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The queries with expressions, each after those that it goes by.

    Raises:
        ValidationError: an expression cannot be read, or some go by each other.
    """
    left = {query["Id"]: query for query in queries}
    while left:
        ready = [query for query in left.values() if not _names(query) & left.keys()]
        if not ready:
            raise ValidationError(f"The expressions of {', '.join(sorted(left))} go by each other")
        for query in ready:
            yield left.pop(query["Id"])


def points_of(
    query: Mapping[str, Any], known: Mapping[str, Points], moments: Collection[dt.datetime]
) -> dict[dt.datetime, float]:
    """What the expression is worth at these moments and those of the points that it goes by, the oldest first.

    Raises:
        ValidationError: it has something that is not known here.
    """
    used = {name: known[name] for name in _names(query) & known.keys()}
    times = sorted({*moments, *(moment for points in used.values() for moment in points)})
    metrics = {name: [points.get(moment) for moment in times] for name, points in used.items()}
    try:
        values = evaluate(query["Expression"], metrics, periods=len(times))
    except UnknownMath as problem:
        raise _refusal(query, problem) from problem
    return {moment: value for moment, value in zip(times, values, strict=True) if value is not None}


def _names(query: Mapping[str, Any]) -> frozenset[str]:
    try:
        return names_in(query["Expression"])
    except UnknownMath as problem:
        raise _refusal(query, problem) from problem


def _refusal(query: Mapping[str, Any], problem: UnknownMath) -> ValidationError:
    return ValidationError(f"Error in expression '{query['Id']}': {problem}")
