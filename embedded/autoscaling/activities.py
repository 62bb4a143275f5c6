"""What was done to the number of a service's tasks, as DescribeScalingActivities shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["InProgress", "Successful", "Overridden", "Unfulfilled"]


@dataclass(kw_only=True)
class Activity:
    """One change.

    Attributes:
        resource_id: the service, as a scalable target has it.
        dimension: scalable dimension.
        count: number of tasks that were asked for.
        cause: why.
        started, ended: epoch seconds; None: under way.
        status: as the API names it.
        id: of the activity.
    """

    resource_id: str
    dimension: str
    count: int
    cause: str
    started: float
    ended: float | None = None
    status: Status = "InProgress"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def end(self, status: Status, *, now: float) -> None:
        """It is over."""
        self.status, self.ended = status, now

    def describe(self) -> dict[str, Any]:
        """In the API's spelling."""
        asked = f"set desired count to {self.count}."
        messages = {
            "InProgress": f"Successfully {asked} Waiting for change to be fulfilled by ecs.",
            "Successful": f"Successfully {asked} Change successfully fulfilled by ecs.",
            "Overridden": f"Successfully {asked} A later change came before it was fulfilled by ecs.",
            "Unfulfilled": f"Successfully {asked} Change was not fulfilled by ecs in time.",
        }
        shown = {
            "ActivityId": self.id,
            "ServiceNamespace": "ecs",
            "ResourceId": self.resource_id,
            "ScalableDimension": self.dimension,
            "Description": f"Setting desired count to {self.count}.",
            "Cause": self.cause,
            "StartTime": self.started,
            "StatusCode": self.status,
            "StatusMessage": messages[self.status],
        }
        return shown if self.ended is None else {**shown, "EndTime": self.ended}
