"""CDKTF construct of the module `alarms`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

from constructs import Construct

from modules.alarms.shapes import Thresholds, WatchedService
from modules.local_module import LocalModule, given


class Alarms(LocalModule):
    """Alarms on errors, p99, unhealthy and missing tasks and throttles, and a dashboard.

    None stands for the module's default.

    Args:
        name: name of the dashboard and prefix of the alarms' names.
        load_balancer_arn: load balancer in front of the services.
        cluster_name: ECS cluster of the services.
        services: what is watched, by a short name.
        table_names: DynamoDB tables whose throttled requests are watched.
        topic_arns: SNS topics that hear of alarms, at most 5.
        thresholds: above what an alarm is raised.
        container_insights: whether the cluster has Container Insights.
        dashboard: whether there is one.
        tags: of the alarms, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        load_balancer_arn: str,
        cluster_name: str,
        services: Mapping[str, WatchedService],
        table_names: Collection[str] | None = None,
        topic_arns: Collection[str] | None = None,
        thresholds: Thresholds | None = None,
        container_insights: bool | None = None,
        dashboard: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="alarms",
            inputs={
                "name": name,
                "load_balancer_arn": load_balancer_arn,
                "cluster_name": cluster_name,
                "services": {short: given(asdict(service)) for short, service in services.items()},
                "table_names": None if table_names is None else list(table_names),
                "topic_arns": None if topic_arns is None else list(topic_arns),
                "thresholds": None if thresholds is None else asdict(thresholds),
                "container_insights": container_insights,
                "dashboard": dashboard,
                "tags": tags,
            },
        )

    @property
    def dashboard_name(self) -> str:
        """Name of the dashboard; null without one."""
        return self.get_string("dashboard_name")
