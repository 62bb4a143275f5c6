"""The loop that obeys Application Auto Scaling: reads alarms and schedules, and sets desired counts of ECS services."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from embedded.autoscaling.activities import Activity
from embedded.autoscaling.backend import DIMENSION, EmbeddedAutoscaling, ScalingPolicy
from embedded.autoscaling.decision import Limits, PolicyMemory, PolicyView, Raised, decide, remember, settle
from embedded.autoscaling.policies import TargetTracking
from embedded.autoscaling.schedule import Schedule
from embedded.cloudwatch.alarms import Alarms, Reading

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
_FULFIL_SECONDS: Final = 600.0
"""How long tasks that were asked for may take to be there, before their cooldown counts without them."""


class Scaler:
    """Scales the services that are scalable targets.

    Args:
        backend: the records of Application Auto Scaling.
        ecs: moto's backend of ECS.
        alarms: CloudWatch's.
        speed: cooldowns and periods pass so many times as fast as on AWS. Schedules go by the clock.
        changed: told when a record has changed.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        backend: EmbeddedAutoscaling,
        ecs: Any,
        alarms: Alarms,
        speed: int,
        changed: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._backend = backend
        self._ecs = ecs
        self._alarms = alarms
        self._speed = speed
        self._changed = changed
        self._clock = clock
        self._next: dict[tuple[str, str, str, float], float | None] = {}

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            self.tick()
            await asyncio.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """One look at every alarm and every scalable target."""
        now = self._clock()
        readings = self._alarms.evaluate(now=now)
        for target in self._backend.services():
            service = self._service(target.resource_id)
            if service is not None and service.status == "ACTIVE":
                self._look_at(target, service, readings, now)

    def _service(self, resource_id: str) -> Any:
        _, cluster, name = resource_id.split("/")
        return self._ecs.services.get(f"{cluster}:{name}")

    def _look_at(self, target: Any, service: Any, readings: Sequence[Reading], now: float) -> None:
        memories = self._backend.memories.setdefault(target.resource_id, {})
        self._settle(target, service, memories, now)
        self._obey_schedules(target, now)
        self._obey_bounds(target, service, now)
        views = [self._view(policy, readings, memories) for policy in self._backend.policies_of(target.resource_id)]
        suspended = target.suspended_state or {}
        limits = Limits(
            least=int(target.min_capacity),
            most=int(target.max_capacity),
            may_add=not suspended.get("DynamicScalingOutSuspended"),
            # ECS takes no tasks away while a deployment is under way.
            may_take=not suspended.get("DynamicScalingInSuspended")
            and not self._is_under_way(target.resource_id)
            and not _deploys(service),
        )
        decision = decide(views, current=int(service.desired_count), limits=limits, now=now, speed=self._speed)
        if decision is not None:
            remember(memories, decision, now=now)
            self._set(target, service, decision.count, cause=decision.cause, now=now)

    def _view(
        self, policy: ScalingPolicy, readings: Sequence[Reading], memories: dict[str, PolicyMemory]
    ) -> PolicyView:
        raised = {
            str(reading.alarm.name): reading
            for reading in readings
            if reading.state == "ALARM"
            and reading.value is not None
            and reading.alarm.actions_enabled
            and policy.policy_arn in reading.alarm.alarm_actions
        }
        memory = memories.setdefault(policy.policy_name, PolicyMemory())
        found = [_raised(reading) for reading in raised.values()]
        if isinstance(policy.parsed, TargetTracking):
            own = [one for one in found if any(one.alarm == alarm.name for alarm in policy.alarms)]
            high, low = ([one for one in own if f"-{which}-" in one.alarm] for which in ("AlarmHigh", "AlarmLow"))
            return PolicyView(
                name=policy.policy_name,
                policy=policy.parsed,
                high=next(iter(high), None),
                low=next(iter(low), None),
                memory=memory,
            )
        return PolicyView(name=policy.policy_name, policy=policy.parsed, raised=found, memory=memory)

    def _settle(self, target: Any, service: Any, memories: dict[str, PolicyMemory], now: float) -> None:
        """Notice that what was asked for is there, or takes too long."""
        for activity in self._backend.activities:
            if activity.resource_id != target.resource_id or activity.ended is not None:
                continue
            if service.running_count == activity.count or service.desired_count != activity.count:
                activity.end("Successful" if service.running_count == activity.count else "Overridden", now=now)
            elif now - activity.started >= _FULFIL_SECONDS / self._speed:
                activity.end("Unfulfilled", now=now)
            else:
                continue
            settle(memories, began=activity.started, now=now)
            self._changed()

    def _is_under_way(self, resource_id: str) -> bool:
        return any(one.resource_id == resource_id and one.ended is None for one in self._backend.activities)

    def _obey_schedules(self, target: Any, now: float) -> None:
        """Move the bounds by the actions that have become due since the last look, in their order."""
        # In the record, so that what was due while the embedded AWS did not run is made up for.
        since = float(getattr(target, "schedules_obeyed_until", now))
        target.schedules_obeyed_until = now
        if (target.suspended_state or {}).get("ScheduledScalingSuspended"):
            return
        due = []
        for action in self._backend.actions_of(target.resource_id):
            at = self._due(action, since)
            if at is not None and at <= now and _holds(action, at):
                due.append((at, action))
        for _, action in sorted(due, key=lambda one: one[0]):
            wanted = action.scalable_target_action or {}
            least = wanted.get("MinCapacity", target.min_capacity)
            most = wanted.get("MaxCapacity", target.max_capacity)
            target.min_capacity, target.max_capacity = min(least, most), max(least, most)
            self._changed()

    def _due(self, action: Any, since: float) -> float | None:
        """When the action is due next after ``since``; what was worked out is kept until then."""
        began = _epoch(action.start_time) or float(action.creation_time)
        key = (action.arn, str(action.schedule), str(action.timezone), began)
        if key not in self._next or (self._next[key] or 0) <= since:
            schedule = Schedule(expression=str(action.schedule), timezone=str(action.timezone or "UTC"))
            self._next[key] = schedule.next_after(since, began=began)
        return self._next[key]

    def _obey_bounds(self, target: Any, service: Any, now: float) -> None:
        """A bound that was changed is obeyed at once; a count that somebody set by hand stays where it is."""
        bounds = (int(target.min_capacity), int(target.max_capacity))
        if getattr(target, "obeyed_bounds", None) == bounds:
            return
        target.obeyed_bounds = bounds
        self._changed()
        least, most = bounds
        if service.desired_count < least:
            self._set(target, service, least, cause=f"minimum capacity was set to {least}", now=now)
        elif service.desired_count > most:
            self._set(target, service, most, cause=f"maximum capacity was set to {most}", now=now)

    def _set(self, target: Any, service: Any, count: int, *, cause: str, now: float) -> None:
        log.info("%s: desired count %d instead of %d, as %s", target.resource_id, count, service.desired_count, cause)
        service.desired_count = count
        self._backend.log(
            Activity(resource_id=target.resource_id, dimension=DIMENSION, count=count, cause=cause, started=now)
        )
        self._changed()


def _raised(reading: Reading) -> Raised:
    value = float(reading.value or 0)
    return Raised(alarm=str(reading.alarm.name), value=value, beyond=value - float(reading.alarm.threshold))


def _deploys(service: Any) -> bool:
    """Whether a deployment of the service is under way."""
    return len(service.deployments) > 1 or any(one.get("rolloutState") == "IN_PROGRESS" for one in service.deployments)


def _holds(action: Any, at: float) -> bool:
    """Whether a recurring action's times begin before ``at`` and end after it."""
    start, end = _epoch(action.start_time), _epoch(action.end_time)
    return (start is None or start <= at) and (end is None or at < end)


def _epoch(moment: Any) -> float | None:
    """Epoch seconds of what PutScheduledAction was given: a number, or a text in ISO 8601."""
    if moment in (None, ""):
        return None
    if isinstance(moment, int | float):
        return float(moment)
    return dt.datetime.fromisoformat(str(moment).replace("Z", "+00:00")).timestamp()
