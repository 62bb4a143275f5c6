"""What runs and where, for ``make status`` and the end of a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli import daemon_health, live, task_counts
from cli.history import Deploy
from cli.progress import print_table
from modules.fargate_service.shapes import CANARY_SUFFIX
from settings.settings import Settings


def show(
    settings: Settings,
    outputs: Mapping[str, Any],
    *,
    unfinished: bool,
    last: Deploy | None = None,
    at_work: str | None = None,
) -> None:
    """Print a short table on stdout.

    Args:
        settings: of the environment.
        outputs: of its last apply.
        unfinished: whether the last deploy did not reach its end.
        last: the last deploy that changed something.
        at_work: who works on the environment just now, since when.
    """
    system, stage = settings.system, outputs["stage"]
    rows = [("Stage", f"{stage}: {system.stage_by_name[stage].means}"), ("API", outputs["api_url"])]
    if domain := settings.profile_here.domain:
        rows.append(("Load balancer", f"{outputs['alb_dns_name']}, where {domain} has to point to"))
    if "site_url" in outputs:
        rows.append(("Site", outputs["site_url"]))
    if "facade_url" in outputs:
        rows.append(("Facade", f"{outputs['facade_url']}, for the services in front only"))
    if settings.aws_endpoint_url:
        rows.append(("AWS endpoint", settings.aws_endpoint_url))
    rows += _services(settings)
    shared = _weights(settings, stage)
    rows += shared
    if last is not None and last.began and (shared or unfinished):
        rows.append(("Since", f"{last.began_utc} UTC, release {last.number} by {last.by}"))
    if last is not None and last.result == "undecided" and shared and not unfinished:
        rows.append(("Undecided", "too few requests came; make deploy goes on, make rollback gives it up"))
    if at_work is not None:
        rows.append(("At work", at_work))
    elif unfinished:
        rows.append(("Unfinished", "the last deploy was cut off or failed; run the same command again to go on"))
    if settings.is_local:
        rows += daemon_health.warning_rows(settings.state_dir)
    print_table(system.title, rows)


def _weights(settings: Settings, stage: str) -> list[tuple[str, str]]:
    """One row for each service of the stage that does not get all of its paths, and one for each canary at work."""
    now = live.read(settings, stage)
    separate = settings.system.stage_by_name[stage].separate
    rows = [
        (f"Paths of {service}", f"{now.weights.get(service, 0)} % to it, the rest to the monolith")
        for service in separate
        if now.weights.get(service, 0) != 100
    ]
    return rows + [
        (f"Canary of {service}", f"{canary.weight} % of its requests to {service}:{canary.image_tag}")
        for service, canary in now.canaries.items()
    ]


def _services(settings: Settings) -> list[tuple[str, str]]:
    """One row for each service that has tasks or is to have some; a canary in rest has none."""
    counts = _counts(settings)
    return [
        (service["serviceName"], _line(settings, service) + counts.get(service["serviceName"], ""))
        for service in live.active_services(settings)
        if service["desiredCount"] or not service["serviceName"].endswith(CANARY_SUFFIX)
    ]


def _counts(settings: Settings) -> dict[str, str]:
    """What is to be said of the number of tasks, by name of the ECS service: who chose it, if not the declaration."""
    chosen = {
        settings.name(name): f"; by make scale, {settings.system.images[name].desired_count} are declared"
        for name in task_counts.by_hand(settings)
    }
    scaled = task_counts.scaled(settings)
    return chosen | {
        name: f"; scales by itself from {bounds.least} to {bounds.most}" for name, bounds in scaled.items()
    }


def _line(settings: Settings, service: Mapping[str, Any]) -> str:
    image = live.container_of(settings, service)["image"].rsplit("/", 1)[-1]
    told = f"{service['runningCount']}/{service['desiredCount']} tasks of {image}"
    return told if live.is_own(settings, service) else f"{told}; somebody else made this service"
