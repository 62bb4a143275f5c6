"""Whether ECS runs what Terraform asked for: a rollback by the circuit breaker leaves ``terraform apply`` green."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from cli import aws, live, log_end
from cli.errors import CommandError
from settings.settings import Settings

_READ_LINES: Final = 100
_HEALTH_CHECKER: Final = "ELB-HealthChecker"
"""Part of the user agent of a load balancer's health checks; access logs have it."""
_FAILED_HEALTH: Final = "Task failed ELB health checks"
"""How ECS begins the reason of a task that it stopped for its health."""
_UNPLACED: Final = "was unable to place a task. Reason: Capacity is unavailable"
"""How an event of ECS says that Fargate, or the machine of the embedded AWS, has no room for another task."""
_ROLLOUT_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 1.0


def wait_for_rollouts(
    settings: Settings,
    *,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return when no service is between two revisions. A killed run may have begun a rollout that goes on without it.

    After ten minutes it reports this and returns, because the next deploy ends a rollout that hangs.
    """
    deadline = clock() + _ROLLOUT_SECONDS
    said = False
    while rolling := _rolling(settings):
        if clock() >= deadline:
            say(f"ECS has not ended the rollout of {', '.join(rolling)}; going on all the same")
            return
        if not said:
            say(f"ECS still rolls out {', '.join(rolling)}; waiting for its end")
            said = True
        sleep(_POLL_SECONDS)


def _rolling(settings: Settings) -> list[str]:
    """Names of the services with a deployment under way; not those that wait for capacity, which may never come."""
    return sorted(
        service["serviceName"]
        for service in live.active_services(settings)
        if any(deployment.get("rolloutState") == "IN_PROGRESS" for deployment in service["deployments"])
        and not lacks_capacity(service)
    )


def lacks_capacity(service: Mapping[str, Any]) -> bool:
    """Whether the last that ECS said of it is that it could not place a task."""
    return any(_UNPLACED in event["message"] for event in service.get("events", [])[:1])


class RevisionNotKept(CommandError):
    """ECS gave up a revision and went back to the one before."""


def require_asked_revisions(settings: Settings, outputs: Mapping[str, Any]) -> None:
    """Return when every service runs the revision that the Terraform state names, its canary too.

    Raises:
        RevisionNotKept: ECS runs another one; names the task that stopped last, and why by its log.
    """
    ecs = aws.client(settings, "ecs")
    for name, asked, log_group in _asked(outputs["services"].values()):
        found = ecs.describe_services(cluster=outputs["cluster_name"], services=[name])["services"]
        runs = found[0]["taskDefinition"] if found else "nothing"
        if runs != asked:
            why = _why(settings, outputs["cluster_name"], name, asked, log_group)
            raise RevisionNotKept(
                f"{why}\nSo ECS did not keep {_short(asked)} of {name} and runs {_short(runs)} again. "
                "Nothing that was served before is lost. Correct the image and deploy again."
            )


def _asked(services: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Name, task definition asked for and log group of each ECS service; one may be without a canary."""
    for service in services:
        yield service["service_name"], service["task_definition_arn"], service["log_group_name"]
        if service.get("canary_service_name"):
            yield service["canary_service_name"], service["canary_task_definition_arn"], service["log_group_name"]


def _why(settings: Settings, cluster: str, service: str, asked: str, log_group: str) -> str:
    ecs = aws.client(settings, "ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    failed = [task for task in tasks if task["taskDefinitionArn"] == asked and task.get("stoppedAt")]
    if not failed:
        return f"ECS no longer knows a stopped task of {_short(asked)}; see the events of the service."
    # When it gives up, ECS also stops tasks that did nothing wrong.
    task = max(failed, key=lambda stopped: (not _stopped_by_scaling(stopped), stopped["stoppedAt"]))
    task_id = task["taskArn"].rpartition("/")[2]
    reason = str(task["stoppedReason"])
    stopped = "was stopped for its health" if reason.startswith(_FAILED_HEALTH) else "stopped"
    lines = _log_lines(settings, log_group, task_id)
    return "\n".join([f"Task {task_id} {stopped}: {reason}{_exits(task)}", *(f"  {line}" for line in lines)])


def _stopped_by_scaling(task: Mapping[str, Any]) -> bool:
    return str(task.get("stoppedReason", "")).startswith("Scaling activity initiated")


def _exits(task: Mapping[str, Any]) -> str:
    """Exit codes of the containers, where the reason does not name them."""
    ended = [one for one in task.get("containers", []) if one.get("exitCode")]
    codes = [
        f"{one['name']} exited with code {one['exitCode']}"
        for one in ended
        if f"code {one['exitCode']}" not in task["stoppedReason"]
    ]
    return f" ({', '.join(codes)})" if codes else ""


def _log_lines(settings: Settings, group: str, task_id: str) -> list[str]:
    """What there is to show of a task's log, without the load balancer's health checks."""
    logs = aws.client(settings, "logs")
    streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
    for stream in streams:
        if stream["logStreamName"].endswith(f"/{task_id}"):
            events = logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], limit=_READ_LINES, startFromHead=False
            )["events"]
            lines = [line for event in events for line in str(event["message"]).splitlines()]
            return log_end.shown([line for line in lines if _HEALTH_CHECKER not in line])
    return []


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
