"""Application Auto Scaling where moto differs from AWS: policies that are obeyed, their alarms, and activities.

It scales ECS services; whatever else is refused.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    FakeScheduledAction,
)
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError

from embedded.autoscaling import policies
from embedded.autoscaling.activities import Activity
from embedded.autoscaling.decision import PolicyMemory
from embedded.autoscaling.policies import Policy, PolicyError
from embedded.autoscaling.schedule import Schedule, ScheduleError
from embedded.overriding import override
from embedded.registration import OurBackend

DIMENSION: Final = "ecs:service:DesiredCount"
_MOST_ACTIVITIES: Final = 100
"""Of a service, the newest ones."""

_ROLE: Final = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/{name}_ECSService"
_ROLE_NAME: Final = "AWSServiceRoleForApplicationAutoScaling"
_NOT_SUSPENDED: Final = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


class ObjectNotFound(JsonRESTError):
    """There is no such scalable target, policy or scheduled action."""

    def __init__(self, message: str) -> None:
        super().__init__("ObjectNotFoundException", message)


class ScalingPolicy(FakeApplicationAutoscalingPolicy):
    """moto's policy, whose alarms watch what it goes by at the thresholds that it has.

    moto's watch CPU at 6 percent, whatever was asked for. Upstream issue: none, it is a mock.
    """

    @property
    def parsed(self) -> Policy:
        """The policy as a value; raises PolicyError."""
        _, cluster, service = self.resource_id.split("/")
        return policies.read(str(self.policy_type), self._policy_body or {}, cluster=cluster, service=service)

    @override
    def create_alarms(self) -> None:
        """See FakeApplicationAutoscalingPolicy."""
        try:
            parsed = self.parsed
        except PolicyError as problem:
            raise AWSValidationException(str(problem)) from problem
        if not isinstance(parsed, policies.TargetTracking):
            return
        cloudwatch = cloudwatch_backends[self.account_id][self.region_name]
        for wanted in parsed.alarms:
            alarm = cloudwatch.put_metric_alarm(
                name=f"TargetTracking-{self.resource_id}-{wanted.which}-{uuid.uuid4()}",
                namespace=wanted.metric.namespace,
                metric_name=wanted.metric.name,
                metric_data_queries=[],
                comparison_operator=wanted.comparison,
                evaluation_periods=wanted.periods,
                period=wanted.period_seconds,
                threshold=wanted.threshold,
                statistic=wanted.metric.statistic,
                description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {self.policy_arn}.",
                dimensions=[{"Name": name, "Value": value} for name, value in wanted.metric.dimensions.items()],
                alarm_actions=[self.policy_arn],
            )
            alarm.update_state("Unchecked: Initial alarm creation", "{}", "INSUFFICIENT_DATA")
            self.alarms.append(alarm)


class EmbeddedAutoscaling(OurBackend, ApplicationAutoscalingBackend):
    """moto's Application Auto Scaling, whose records ``embedded.autoscaling.scaler`` obeys."""

    # Attributes that a backend of an earlier start may lack.

    @property
    def activities(self) -> list[Activity]:
        """The newest first."""
        found: list[Activity] = self.__dict__.setdefault("_activities", [])
        return found

    @property
    def tags(self) -> dict[str, dict[str, str]]:
        """By ARN of a scalable target."""
        found: dict[str, dict[str, str]] = self.__dict__.setdefault("_tags", {})
        return found

    @property
    def memories(self) -> dict[str, dict[str, PolicyMemory]]:
        """What policies did last, by resource and name."""
        found: dict[str, dict[str, PolicyMemory]] = self.__dict__.setdefault("_memories", {})
        return found

    def services(self) -> list[Any]:
        """The scalable targets."""
        return list(self.targets.get(DIMENSION, {}).values())

    def policies_of(self, resource_id: str) -> list[ScalingPolicy]:
        """The policies of a scalable target."""
        return [one for one in list(self.policies.values()) if one.resource_id == resource_id]  # type: ignore[misc]

    def actions_of(self, resource_id: str) -> list[Any]:
        """The scheduled actions of a scalable target."""
        return [one for one in list(self.scheduled_actions) if one.resource_id == resource_id]

    def log(self, activity: Activity) -> None:
        """Show an activity; one of the same service that is under way is overridden by it."""
        own = [one for one in self.activities if one.resource_id == activity.resource_id]
        for one in own:
            if one.ended is None:
                one.end("Overridden", now=activity.started)
        for one in own[_MOST_ACTIVITIES - 1 :]:
            self.activities.remove(one)
        self.activities.insert(0, activity)

    @override
    def register_scalable_target(  # noqa: PLR0917 - moto's positions
        self,
        namespace: str,
        r_id: str,
        dimension: str,
        min_capacity: int | None,
        max_capacity: int | None,
        role_arn: str,
        suspended_state: Any,
    ) -> FakeScalableTarget:
        """moto keeps bounds that AWS refuses, and knows no state of suspension. Upstream issue: none."""
        del role_arn  # of ECS services it is always the service-linked one
        _require_ecs(namespace, dimension)
        there: Any = self.targets.get(dimension, {}).get(r_id)
        least = there.min_capacity if there and min_capacity is None else min_capacity
        most = there.max_capacity if there and max_capacity is None else max_capacity
        if least is None or most is None:
            raise AWSValidationException("Minimum and maximum capacity are required to register a scalable target.")
        if most < least:
            raise AWSValidationException("Maximum capacity cannot be less than minimum capacity.")
        if least < 0:
            raise AWSValidationException("Minimum capacity cannot be negative.")
        known = there.suspended_state if there else _NOT_SUSPENDED
        suspended: Any = {**known, **(suspended_state or {})}
        role = f"arn:aws:iam::{self.account_id}:{_ROLE.format(name=_ROLE_NAME)}"
        return super().register_scalable_target(namespace, r_id, dimension, least, most, role, suspended)

    @override
    def deregister_scalable_target(self, namespace: str, r_id: str, dimension: str) -> None:
        """moto leaves the policies and scheduled actions there. Upstream issue: none."""
        target = self._require_target(namespace, r_id, dimension)
        for policy in self.policies_of(r_id):
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        self.scheduled_actions = [one for one in self.scheduled_actions if one.resource_id != r_id]
        self.memories.pop(r_id, None)
        self.tags.pop(target.arn, None)
        super().deregister_scalable_target(namespace, r_id, dimension)

    @override
    def put_scaling_policy(  # noqa: PLR0917 - moto's positions
        self,
        policy_name: str,
        service_namespace: str,
        resource_id: str,
        scalable_dimension: str,
        policy_body: dict[str, Any],
        policy_type: str | None,
    ) -> FakeApplicationAutoscalingPolicy:
        """moto makes a new ARN at each change, and leaves the alarms from before. Upstream issue: none."""
        self._require_target(service_namespace, resource_id, scalable_dimension)
        key = ScalingPolicy.formulate_key(service_namespace, resource_id, scalable_dimension, policy_name)
        there: Any = self.policies.get(key)
        policy = ScalingPolicy(
            account_id=self.account_id,
            region_name=self.region_name,
            policy_name=policy_name,
            service_namespace=service_namespace,
            resource_id=resource_id,
            scalable_dimension=scalable_dimension,
            policy_type=policy_type or (there and there.policy_type) or "StepScaling",
            policy_body=policy_body or (there and there._policy_body),
        )
        if there is not None:
            there.delete_alarms(self.account_id, self.region_name)
            for alarm in policy.alarms:
                alarm.alarm_actions = [there.policy_arn]
            policy.policy_arn, policy.creation_time = there.policy_arn, there.creation_time
        self.policies[key] = policy
        return policy

    @override
    def describe_scaling_policies(
        self,
        service_namespace: str,
        resource_id: str,
        scalable_dimension: str,
        max_results: int | None,
        next_token: str,
    ) -> tuple[str | None, list[FakeApplicationAutoscalingPolicy]]:
        """moto shows no alarms that trigger steps. Upstream issue: none."""
        token, found = super().describe_scaling_policies(
            service_namespace, resource_id, scalable_dimension, max_results, next_token
        )
        cloudwatch = cloudwatch_backends[self.account_id][self.region_name]
        for policy in found:
            if policy.policy_type == "StepScaling":
                policy.alarms = list(cloudwatch.get_alarms_by_action_prefix(policy.policy_arn))
        return token, found

    @override
    def delete_scaling_policy(
        self, policy_name: str, service_namespace: str, resource_id: str, scalable_dimension: str
    ) -> None:
        """moto deletes alarms of steps too, which are somebody's own. Upstream issue: none."""
        key = ScalingPolicy.formulate_key(service_namespace, resource_id, scalable_dimension, policy_name)
        policy = self.policies.get(key)
        if policy is None:
            raise ObjectNotFound(f"No scaling policy found for {resource_id}, policy name: {policy_name}")
        if policy.policy_type == "StepScaling":
            policy.alarms = []
        self.memories.get(resource_id, {}).pop(policy_name, None)
        super().delete_scaling_policy(policy_name, service_namespace, resource_id, scalable_dimension)

    @override
    def put_scheduled_action(  # noqa: PLR0917 - moto's positions
        self,
        service_namespace: str,
        schedule: str,
        timezone: str,
        scheduled_action_name: str,
        resource_id: str,
        scalable_dimension: str,
        start_time: Any,
        end_time: Any,
        scalable_target_action: Any,
    ) -> None:
        """moto takes what is no schedule. Upstream issue: none."""
        self._require_target(service_namespace, resource_id, scalable_dimension)
        there = self._action(scheduled_action_name, resource_id)
        try:
            Schedule(expression=schedule or (there and there.schedule) or "", timezone=timezone or "UTC")
        except ScheduleError as problem:
            raise AWSValidationException(str(problem)) from problem
        super().put_scheduled_action(
            service_namespace,
            schedule,
            timezone,
            scheduled_action_name,
            resource_id,
            scalable_dimension,
            start_time,
            end_time,
            scalable_target_action,
        )

    @override
    def delete_scheduled_action(
        self, service_namespace: str, scheduled_action_name: str, resource_id: str, scalable_dimension: str
    ) -> None:
        """moto says nothing about one that is not there. Upstream issue: none."""
        if self._action(scheduled_action_name, resource_id) is None:
            raise ObjectNotFound(f"No scheduled action found for {resource_id}, name: {scheduled_action_name}")
        super().delete_scheduled_action(service_namespace, scheduled_action_name, resource_id, scalable_dimension)

    def _action(self, name: str, resource_id: str) -> FakeScheduledAction | None:
        return next((one for one in self.actions_of(resource_id) if one.scheduled_action_name == name), None)

    def _require_target(self, namespace: str, resource_id: str, dimension: str) -> FakeScalableTarget:
        _require_ecs(namespace, dimension)
        target = self.targets.get(dimension, {}).get(resource_id)
        if target is None:
            raise ObjectNotFound(
                f"No scalable target found for service namespace: {namespace}, resource ID: {resource_id}, "
                f"scalable dimension: {dimension}"
            )
        return target


def _require_ecs(namespace: str, dimension: str) -> None:
    if (namespace, dimension) != ("ecs", DIMENSION):
        raise AWSValidationException(f"The embedded AWS scales ECS services only ({DIMENSION}), not {dimension}.")
