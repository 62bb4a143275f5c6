"""Everything that the embedded AWS changes of moto, done once, before moto is used."""

from __future__ import annotations

import threading

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends

from embedded.alb.api import validation
from embedded.alb.backend import EmbeddedElb, KnownTargets
from embedded.autoscaling import operations
from embedded.autoscaling.backend import EmbeddedAutoscaling
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.percentiles import answer_percentiles
from embedded.dynamodb import backend as dynamodb
from embedded.dynamodb import speedups
from embedded.dynamodb.units import Disk, Units
from embedded.ec2.backend import EmbeddedEc2, keep_descriptions, tell_states_of_ipv6_ranges
from embedded.ecs import long_poll
from embedded.ecs.backend import EmbeddedEcs, leave_states_to_the_scheduler
from embedded.ecs.call_answers import keep_what_create_service_was_given, tell_what_run_task_could_not_place
from embedded.ecs.capacity import Capacity
from embedded.ecs.service_deployment_calls import answer_service_deployments
from embedded.model_instances import let_go_of_records
from embedded.quotas import answer_what_moto_lacks
from embedded.registration import register
from embedded.web_acls import refuse_associations


def install(*, disk: Disk, targets: KnownTargets, lock: threading.RLock, capacity: Capacity) -> Units:
    """Let moto keep, check and show what the engines need.

    Args:
        disk: keeps the items of DynamoDB.
        targets: of load balancers.
        lock: held while a load balancer is changed.
        capacity: for tasks of ECS.

    Returns:
        The units of work of DynamoDB.

    Raises:
        PatchError: moto is not as this was written for.
    """
    let_go_of_records()
    EmbeddedElb.targets = targets
    EmbeddedEcs.capacity = capacity
    register(applicationautoscaling_backends, EmbeddedAutoscaling)
    register(cloudwatch_backends, EmbeddedCloudWatch)
    register(ecs_backends, EmbeddedEcs)
    register(ec2_backends, EmbeddedEc2)
    register(elbv2_backends, EmbeddedElb)
    units = dynamodb.install(disk)
    keep_descriptions()
    tell_states_of_ipv6_ranges()
    operations.add_what_moto_lacks()
    leave_states_to_the_scheduler()
    keep_what_create_service_was_given()
    tell_what_run_task_could_not_place()
    answer_service_deployments()
    answer_percentiles()
    answer_what_moto_lacks()
    refuse_associations()
    long_poll.answer_terraform_when_steady()
    validation.install(lock)
    speedups.install()
    return units
