"""``make scale SERVICE=… COUNT=…``: another number of tasks at once, which later deploys keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from cli import aws, live, rollouts, task_counts
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from settings.numbers import is_number
from settings.settings import Settings

MOST_TASKS: Final = 5000
"""AWS's quota of tasks of a service."""

_WAIT_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.5


def scale(
    settings: Settings,
    *,
    service: str,
    count: str,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Give a service of the environment another number of tasks, and wait until they run.

    Args:
        settings: of the environment.
        service: SERVICE, as the person gave it.
        count: COUNT, as the person gave it.
        progress: for the person who waits.
        clock: monotonic seconds.
        sleep: waits for so many seconds.

    Raises:
        CommandError: with code 2 when it is not for a hand to say, else when the tasks do not come.
    """
    wanted = _count(count)
    found = _service(settings, service)
    name, before = settings.name(service), int(found["desiredCount"])
    bounds = task_counts.scaled(settings).get(name)
    if bounds is not None:
        raise CommandError(
            f"{service} scales by itself, from {bounds.least} to {bounds.most} tasks, and would take back what a hand "
            f"sets. Change scaling in its declaration and deploy.",
            exit_code=REFUSED,
        )
    aws.client(settings, "ecs").update_service(cluster=settings.name(), service=name, desiredCount=wanted)
    task_counts.choose(settings, service, wanted)
    with progress.step(f"Scaling {service} from {before} to {wanted} tasks"):
        _wait(settings, name, wanted, deadline=clock() + _WAIT_SECONDS, clock=clock, sleep=sleep)
    declared = settings.system.images[service].desired_count
    lasts = (
        "as declared"
        if wanted == declared
        else f"and keeps them in later deploys; COUNT={declared} is the declared number"
    )
    progress.say(f"{service} has {wanted} tasks, {lasts}")


def _count(text: str) -> int:
    if not is_number(text) or not 1 <= int(text) <= MOST_TASKS:
        told = f"COUNT={text} is no number of tasks" if text else "COUNT is missing"
        raise CommandError(
            f"{told}; use a whole number from 1 to {MOST_TASKS}, as in make scale SERVICE=… COUNT=4.", exit_code=REFUSED
        )
    return int(text)


def _service(settings: Settings, service: str) -> Mapping[str, Any]:
    """The ECS service, as DescribeServices shows it."""
    active = {str(one["serviceName"]): one for one in live.active_services(settings)}
    there = [name for name in settings.system.images if settings.name(name) in active]
    if service not in there:
        told = f"SERVICE={service} is no service that runs" if service else "SERVICE is missing"
        raise CommandError(
            f"{told} in {settings.name()}; it has {', '.join(there) or 'none, so make deploy comes first'}.",
            exit_code=REFUSED,
        )
    return active[settings.name(service)]


def _wait(
    settings: Settings,
    name: str,
    wanted: int,
    *,
    deadline: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    while True:
        found = next(one for one in live.active_services(settings) if one["serviceName"] == name)
        if found["runningCount"] == found["desiredCount"] == wanted:
            return
        if found["desiredCount"] != wanted:
            raise CommandError(f"Somebody else gave {name} {found['desiredCount']} tasks meanwhile; see make status.")
        if rollouts.lacks_capacity(found):
            raise CommandError(
                f"There is no room for {wanted} tasks of {name}; it has {found['runningCount']} and gets the others "
                "when there is. Run make scale with a lower COUNT otherwise."
            )
        if clock() >= deadline:
            raise CommandError(
                f"{name} has {found['runningCount']} of {wanted} tasks after {_WAIT_SECONDS:.0f} s; make status shows "
                "how that goes on."
            )
        sleep(_POLL_SECONDS)
