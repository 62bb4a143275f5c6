"""What runs and where, for ``make status`` and the end of a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli import aws, daemon_health, live
from cli.progress import print_table
from stacks.settings import Settings
from stacks.stages import STAGES


def show(settings: Settings, outputs: Mapping[str, Any], *, unfinished: bool) -> None:
    """Print a short table on stdout.

    Args:
        settings: of the environment.
        outputs: of its last apply.
        unfinished: whether the last deploy did not reach its end.
    """
    rows = [("Stage", f"{outputs['stage']}: {STAGES[outputs['stage']].means}"), ("API", outputs["api_url"])]
    rows.append(("Site", outputs["site_url"]))
    if settings.aws_endpoint_url:
        rows.append(("AWS endpoint", settings.aws_endpoint_url))
    rows += _services(settings, outputs["cluster_name"])
    rows += _weights(settings, outputs["stage"])
    if unfinished:
        rows.append(("Unfinished", "the last deploy was cut off or failed; run make deploy to go on"))
    if settings.is_local:
        rows += daemon_health.warning_rows(settings.state_dir)
    print_table("Mysfits", rows)


def _weights(settings: Settings, stage: str) -> list[tuple[str, str]]:
    """One row for each service of the stage that does not get all of its paths."""
    weights = live.read(settings, stage).weights
    return [
        (f"Paths of {service}", f"{weights.get(service, 0)} % to it, the rest to the monolith")
        for service in STAGES[stage].microservices
        if weights.get(service, 0) != 100
    ]


def _services(settings: Settings, cluster: str) -> list[tuple[str, str]]:
    ecs = aws.client(settings, "ecs")
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    services = ecs.describe_services(cluster=cluster, services=arns)["services"] if arns else []
    return [(service["serviceName"], _line(ecs, service)) for service in services if service["status"] == "ACTIVE"]


def _line(ecs: Any, service: dict[str, Any]) -> str:
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    image = definition["containerDefinitions"][0]["image"].rsplit("/", 1)[-1]
    return f"{service['runningCount']}/{service['desiredCount']} tasks of {image}"
