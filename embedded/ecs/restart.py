"""After a restart of the embedded AWS: the tasks of its former life are over, its services go on.

Their processes ended with the process that started them. A service starts its tasks again, of the same deployment; a
task of RunTask stays stopped, as nobody asked for a second one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Final

STOP_CODE: Final = "TerminationNotice"
REASON: Final = "The embedded AWS was restarted"


def end_former_life(
    ecs: Any, *, target_groups: Iterable[Any], release_interface: Callable[[Any], None], now: dt.datetime
) -> int:
    """Stop every task in the records of ``ecs`` (moto's backend), with its targets and interface.

    Returns:
        How many they were.
    """
    running = [task for tasks in ecs.tasks.values() for task in tasks.values() if task.last_status != "STOPPED"]
    addresses = {address for task in running if (address := private_address(task)) is not None}
    for group in target_groups:
        gone = [{"Id": address} for address in addresses & set(group.targets)]
        if gone:
            group.deregister(gone)
    for task in running:
        _stop(task, now)
        release_interface(task)
    for service in ecs.services.values():
        service.running_count = service.pending_count = 0
        for deployment in service.deployments:
            deployment["runningCount"] = deployment["pendingCount"] = 0
    return len(running)


def private_address(task: Any) -> str | None:
    """Address of the task's network interface, or None when it has none."""
    details = [detail for attachment in task.attachments for detail in attachment["details"]]
    return next((str(detail["value"]) for detail in details if detail["name"] == "privateIPv4Address"), None)


def _stop(task: Any, now: dt.datetime) -> None:
    task.desired_status = task.last_status = "STOPPED"
    task.stop_code, task.stopped_reason, task.stopped_at = STOP_CODE, REASON, now
    for container in task.containers:
        container.last_status = "STOPPED"
