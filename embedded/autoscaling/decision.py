"""How many tasks a service is to have, from what its policies say. No clock, no I/O.

Source: the Application Auto Scaling user guide: how target tracking, step scaling and cooldowns work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from embedded.autoscaling.policies import Policy, StepScaling, TargetTracking


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alarm in state ALARM: its name, the metric's last value, and how far that is from the threshold."""

    alarm: str
    value: float
    beyond: float


@dataclass(kw_only=True)
class PolicyMemory:
    """What a policy did last.

    Attributes:
        base: tasks before the addition that its cooldown is about; they count as what the metric was measured with.
        out_since: epoch seconds when that addition was there; None: it is not yet, or there was none.
        in_since: likewise, of what was taken away.
    """

    base: int | None = None
    out_since: float | None = None
    in_since: float | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyView:
    """A policy and what its alarms say now.

    Attributes:
        name: of the policy.
        policy: what it does.
        high, low: of a target that is tracked: the alarm above the target, and the one below nine tenths of it, where
            they are raised.
        raised: of steps: the alarms that trigger them.
        memory: what it did last.
    """

    name: str
    policy: Policy
    high: Raised | None = None
    low: Raised | None = None
    raised: Sequence[Raised] = ()
    memory: PolicyMemory = field(default_factory=PolicyMemory)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds the decision: numbers of tasks, and what must not be done now."""

    least: int
    most: int
    may_add: bool = True
    may_take: bool = True


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Another number of tasks, by which policy and alarm.

    Attributes:
        count: tasks from now on.
        base: tasks with which the metric was measured, as far as is known.
        policy, alarm: who wants it.
        adds: whether there are more then.
    """

    count: int
    base: int
    policy: str
    alarm: str
    adds: bool

    @property
    def cause(self) -> str:
        """As the API tells it."""
        return f"monitor alarm {self.alarm} in state ALARM triggered policy {self.policy}"


def decide(
    policies: Sequence[PolicyView], *, current: int, limits: Limits, now: float, speed: int = 1
) -> Decision | None:
    """The change that is due now.

    Of several policies the one that wants most tasks decides. Tasks are taken away when every tracked target allows it.

    Args:
        policies: of one service.
        current: tasks that it is to have so far.
        limits: of what may be done.
        now: epoch seconds.
        speed: cooldowns pass so many times as fast.

    Returns:
        None: nothing.
    """
    out = [one for view in policies for one in _outs(view, current, now, speed)]
    if out:
        most = max(out, key=lambda one: one.count)
        count = max(limits.least, min(limits.most, most.count))
        if limits.may_add and count > current:
            return replace(most, count=count)
        return None
    less = [*_tracked_in(policies, current, now, speed), *_steps_in(policies, current, now, speed)]
    if not less or not limits.may_take:
        return None
    gentlest = max(less, key=lambda one: one.count)
    count = min(limits.most, max(limits.least, gentlest.count))
    return replace(gentlest, count=count) if count < current else None


def _outs(view: PolicyView, current: int, now: float, speed: int) -> Iterator[Decision]:
    """More tasks, as the policy wants them. What it added in its cooldown counts as part of that."""
    base = _base(view, now, speed, current)
    if isinstance(view.policy, TargetTracking):
        wanted = [(view.policy.wanted(base, view.high.value), view.high)] if view.high else []
    else:
        wanted = [(view.policy.wanted(base, one.beyond), one) for one in view.raised]
    for count, raised in wanted:
        if count > base:
            yield Decision(count=max(count, current), base=base, policy=view.name, alarm=raised.alarm, adds=True)


def _base(view: PolicyView, now: float, speed: int, current: int) -> int:
    memory = view.memory
    if memory.base is None or memory.base >= current:
        return current
    seconds = (
        view.policy.out_cooldown_seconds if isinstance(view.policy, TargetTracking) else view.policy.cooldown_seconds
    )
    cools = memory.out_since is None or now < memory.out_since + seconds / speed
    return memory.base if cools else current


def _tracked_in(policies: Sequence[PolicyView], current: int, now: float, speed: int) -> Iterator[Decision]:
    tracked = [
        (view, view.policy) for view in policies if isinstance(view.policy, TargetTracking) and not view.policy.only_out
    ]
    lows = [(view, policy, view.low) for view, policy in tracked if view.low is not None]
    if not tracked or len(lows) < len(tracked):
        return
    if any(_cools_in(view.memory, policy.in_cooldown_seconds, now, speed) for view, policy, _ in lows):
        return
    view, policy, low = max(lows, key=lambda one: one[1].wanted(current, one[2].value))
    count = policy.wanted(current, low.value)
    if count < current:
        yield Decision(count=count, base=current, policy=view.name, alarm=low.alarm, adds=False)


def _steps_in(policies: Sequence[PolicyView], current: int, now: float, speed: int) -> Iterator[Decision]:
    for view in policies:
        policy = view.policy
        if isinstance(policy, StepScaling) and not _cools_in(view.memory, policy.cooldown_seconds, now, speed):
            for raised in view.raised:
                count = policy.wanted(current, raised.beyond)
                if count < current:
                    yield Decision(count=count, base=current, policy=view.name, alarm=raised.alarm, adds=False)


def _cools_in(memory: PolicyMemory, seconds: float, now: float, speed: int) -> bool:
    return memory.in_since is not None and now < memory.in_since + seconds / speed


def remember(memories: Mapping[str, PolicyMemory], decision: Decision, *, now: float) -> None:
    """Begin the cooldown of a decision that was carried out; ``memories`` by policy name."""
    memory = memories[decision.policy]
    if decision.adds:
        memory.base, memory.out_since = decision.base, None
        for one in memories.values():
            one.in_since = None  # adding ends the cooldown of taking away
    else:
        memory.base, memory.out_since, memory.in_since = None, None, now


def settle(memories: Mapping[str, PolicyMemory], *, began: float, now: float) -> None:
    """What was decided at ``began`` is done: cooldowns count from now."""
    for memory in memories.values():
        if memory.base is not None and memory.out_since is None:
            memory.out_since = now
        if memory.in_since == began:
            memory.in_since = now
