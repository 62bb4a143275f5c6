"""What the controller of a service remembers beside what the API shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from embedded.ecs.deployment import Deployment
from embedded.ecs.service_deployment import ServiceDeployment, begun


@dataclass(kw_only=True)
class RolloutMemory:
    """What a service's controller knows beside the API's record. It lies in the record, so it is kept with it.

    Attributes:
        primary: the deployment that the service is to run.
        older: those whose tasks are still there, the oldest first.
        last_completed: task definition that the circuit breaker goes back to.
        nonce: of the last forced deployment that was noticed.
        history: service deployments, the newest first.
    """

    primary: Deployment
    older: list[Deployment] = field(default_factory=list)
    last_completed: str | None = None
    nonce: int = 0
    history: list[ServiceDeployment] = field(default_factory=list)


def memory_of(record: Any) -> RolloutMemory:
    """What lies in a service record (moto's); a new one begins its first deployment."""
    memory: RolloutMemory | None = getattr(record, "rollout_memory", None)
    if memory is None:
        primary = Deployment(task_definition=record.task_definition)
        memory = RolloutMemory(primary=primary, nonce=getattr(record, "deployment_nonce", 0))
        record.rollout_memory, record.events = memory, []
        begun(memory.history, primary, None)
    elif "history" not in vars(memory):  # of a version that kept none
        memory.history = []
    for deployment in (memory.primary, *memory.older):
        deployment.start_not_before = 0.0  # by the clock of a process that may be gone
    return memory
