"""What target groups and their load balancers did, from CloudWatch.

Source: "CloudWatch metrics for your Application Load Balancer" in the ELB user guide. RequestCount counts a request
when a target was chosen for it, so one that is never answered is among them; HTTPCode_Target_5XX_Count has answers of
targets only, and HTTPCode_ELB_5XX_Count those that the load balancer gave itself, by load balancer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws
from cli.errors import REFUSED, CommandError
from cli.phases import Tasks
from settings.settings import Settings

_NAMESPACE: Final = "AWS/ApplicationELB"
_PERIOD_SECONDS: Final = 60
"""The shortest that AWS keeps for these metrics."""

_COUNTS: Final = ("RequestCount", "HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount")
_LATENCY: Final = "TargetResponseTime"
_UNHEALTHY: Final = "UnHealthyHostCount"

_Values = dict[tuple[int, dt.datetime], float]
"""By number of the place and beginning of the period."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one target group did in a stretch of time.

    Attributes:
        requests: requests for which a target was chosen, answered or not.
        answers: those that a target answered, whatever its status.
        errors: answers of targets with 5xx.
        connection_errors: connections to targets that failed.
        unhealthy_hosts: targets that failed their health checks, at the worst moment.
        p50_seconds, p99_seconds: of its answers, None without answers; over several minutes the mean of each minute's,
            weighted by its answers.
    """

    requests: int
    answers: int
    errors: int
    connection_errors: int = 0
    unhealthy_hosts: int = 0
    p50_seconds: float | None = None
    p99_seconds: float | None = None

    @property
    def failed(self) -> int:
        """5xx answers and connections that failed, of which one request may have several."""
        return self.errors + self.connection_errors

    @property
    def unanswered(self) -> int:
        """Requests that are under way, and those that no target will answer any more."""
        return max(self.requests - self.answers, 0)

    @property
    def unanswered_share(self) -> float:
        """The same by requests, 0 without requests."""
        return self.unanswered / self.requests if self.requests else 0.0

    @property
    def error_share(self) -> float:
        """5xx answers by requests, 0 without requests."""
        return self.errors / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        latency = ", ".join(
            f"{name} {value * 1000:.0f} ms"
            for name, value in (("p50", self.p50_seconds), ("p99", self.p99_seconds))
            if value is not None
        )
        lost = f", {self.connection_errors} connections failed" if self.connection_errors else ""
        lost += f", {self.unhealthy_hosts} tasks unhealthy" if self.unhealthy_hosts else ""
        if not self.answers:
            latency = "no answer"
        elif self.unanswered:
            lost += f", {self.unanswered} without an answer"
        return f"{self.requests} requests, {self.errors} of them 5xx ({self.error_share:.1%}){lost}" + (
            f", {latency}" if latency else ""
        )


@dataclass(frozen=True, kw_only=True)
class BalancerFigures:
    """What one load balancer did in a stretch of time: requests in all, and those that it answered itself with 5xx."""

    requests: int
    own_errors: int

    @property
    def own_error_share(self) -> float:
        """Its own 5xx answers by requests, 0 without requests."""
        return self.own_errors / self.requests if self.requests else 0.0


@dataclass(frozen=True, kw_only=True)
class Publication:
    """When there are figures: of whole periods, each some time after its end.

    Attributes:
        period_seconds: how long each is; all begin at whole multiples of it.
        delay_seconds: such a multiple, after which the figures of a period are there.
    """

    period_seconds: int
    delay_seconds: int = 0

    def next_begin(self, now: dt.datetime) -> dt.datetime:
        """The first moment from ``now`` on at which a period begins."""
        return _moment(-(-now.timestamp() // self.period_seconds) * self.period_seconds)

    def known_until(self, now: dt.datetime) -> dt.datetime:
        """The end of the last period whose figures are there ``now``."""
        return _moment((now.timestamp() - self.delay_seconds) // self.period_seconds * self.period_seconds)

    def seconds_to_next(self, now: dt.datetime) -> float:
        """How long it takes until there are more figures, above 0."""
        return self.period_seconds - now.timestamp() % self.period_seconds


def _moment(timestamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC)


def publication(settings: Settings) -> Publication:
    """An ALB publishes once a minute, and its figures come a minute late; the embedded one does every second."""
    return Publication(period_seconds=1) if settings.is_local else Publication(period_seconds=60, delay_seconds=60)


class TargetMetrics:
    """Reads the metrics of an environment's target groups, several with each call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cloudwatch = aws.client(settings, "cloudwatch")
        self._elb = aws.client(settings, "elbv2")
        self._dimensions: dict[Tasks, list[list[dict[str, str]]]] = {}

    def group(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> Figures:
        """Figures of ``tasks`` in all their target groups; times carry their zone.

        Latencies over several groups are as those over several minutes.
        """
        asked = [(metric, "Sum") for metric in _COUNTS]
        asked += [(_LATENCY, statistic) for statistic in ("SampleCount", "p50", "p99")]
        asked.append((_UNHEALTHY, "Maximum"))
        found = self._read_all(asked, self._dimensions_of(tasks), since, until)
        requests, errors, refused = (round(sum(found[metric, "Sum"].values())) for metric in _COUNTS)
        answers = found[_LATENCY, "SampleCount"]
        return Figures(
            requests=requests,
            answers=round(sum(answers.values())),
            errors=errors,
            connection_errors=refused,
            unhealthy_hosts=round(max(found[_UNHEALTHY, "Maximum"].values(), default=0)),
            p50_seconds=_weighted(found[_LATENCY, "p50"], answers),
            p99_seconds=_weighted(found[_LATENCY, "p99"], answers),
        )

    def balancer(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> BalancerFigures:
        """Figures of the load balancers in front of ``tasks``."""
        balancers = [[one for one in group if one["Name"] == "LoadBalancer"] for group in self._dimensions_of(tasks)]
        asked = [("RequestCount", "Sum"), ("HTTPCode_ELB_5XX_Count", "Sum")]
        found = self._read_all(asked, balancers, since, until)
        requests, errors = (round(sum(values.values())) for values in found.values())
        return BalancerFigures(requests=requests, own_errors=errors)

    def alarms(self, names: Sequence[str]) -> list[str]:
        """Read alarms of any kind.

        Returns:
            One line for each that is in alarm, and for each that does not exist.
        """
        found = self._alarms(names)
        raised = [name for name in names if name in found and found[name]["StateValue"] == "ALARM"]
        lines = [
            f"the alarm {name} is raised ({found[name].get('StateReason') or 'no reason given'})" for name in raised
        ]
        return lines + [f"there is no alarm {name}" for name in names if name not in found]

    def _alarms(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        described = self._cloudwatch.describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {
            str(alarm["AlarmName"]): alarm for kind in ("MetricAlarms", "CompositeAlarms") for alarm in described[kind]
        }

    def _dimensions_of(self, tasks: Tasks) -> list[list[dict[str, str]]]:
        """Dimensions of each target group that the tasks are in."""
        if tasks not in self._dimensions:
            self._dimensions[tasks] = [
                [
                    {"Name": "TargetGroup", "Value": group["TargetGroupArn"].rpartition(":")[2]},
                    {"Name": "LoadBalancer", "Value": group["LoadBalancerArns"][0].partition("loadbalancer/")[2]},
                ]
                for group in self._groups_of(tasks)
            ]
        return self._dimensions[tasks]

    def _groups_of(self, tasks: Tasks) -> Iterator[Mapping[str, Any]]:
        """The target group of the tasks, and the one behind the internal load balancer while they are in that."""
        settings, system = self._settings, self._settings.system
        yield self._elb.describe_target_groups(Names=[settings.name(tasks.group_name)])["TargetGroups"][0]
        inside = tasks.internal_group_name
        if system.facade is None or tasks.service != system.monolith.name or inside is None:
            return
        try:
            (group,) = self._elb.describe_target_groups(Names=[settings.name(inside)])["TargetGroups"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "TargetGroupNotFound":
                raise
        else:
            if group["LoadBalancerArns"]:
                yield group

    def _read_all(
        self,
        asked: Sequence[tuple[str, str]],
        places: Sequence[Sequence[Mapping[str, str]]],
        since: dt.datetime,
        until: dt.datetime,
    ) -> dict[tuple[str, str], _Values]:
        """Values of each metric and statistic asked for, by place and period."""
        found: dict[tuple[str, str], _Values] = {key: {} for key in asked}
        for place, dimensions in enumerate(places):
            for key, values in self._read(asked, dimensions, since, until).items():
                found[key] |= {(place, at): value for at, value in values.items()}
        return found

    def _read(
        self,
        asked: Sequence[tuple[str, str]],
        dimensions: Sequence[Mapping[str, str]],
        since: dt.datetime,
        until: dt.datetime,
    ) -> dict[tuple[str, str], dict[dt.datetime, float]]:
        """Values by period of each metric and statistic asked for."""
        queries: list[dict[str, Any]] = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": list(dimensions)},
                    "Period": _PERIOD_SECONDS,
                    "Stat": statistic,
                },
            }
            for number, (metric, statistic) in enumerate(asked)
        ]
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=since, EndTime=until
        )
        values: dict[str, dict[dt.datetime, float]] = {query["Id"]: {} for query in queries}
        for page in pages:
            for result in page["MetricDataResults"]:
                values[result["Id"]].update(zip(result["Timestamps"], result["Values"], strict=True))
        return {key: values[f"m{number}"] for number, key in enumerate(asked)}


def require_alarms(settings: Settings) -> None:
    """Return when every alarm of CANARY_ALARMS exists and none is raised: a step would end as soon as it began.

    Raises:
        CommandError: one does not exist or is raised, exit code 2.
    """
    names = settings.canary.alarms
    problems = TargetMetrics(settings).alarms(names) if names else []
    if problems:
        raise CommandError(
            f"CANARY_ALARMS={','.join(names)}: {'; '.join(problems)} in {settings.region}. Nothing was changed. Wait "
            "until it is over, or leave it out.",
            exit_code=REFUSED,
        )


def _weighted(values: _Values, weights: _Values) -> float | None:
    total = sum(weights.get(at, 0.0) for at in values)
    return sum(value * weights.get(at, 0.0) for at, value in values.items()) / total if total else None
