"""ECS where moto differs from AWS: services and tasks whose states the scheduler sets, not moto.

Only behaviour that AWS documents is added.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final

from moto.ec2.models import ec2_backends
from moto.ecs import models as ecs
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends
from moto.moto_api import state_manager

from embedded import patches
from embedded.ecs import refusals
from embedded.ecs.capacity import FEWEST, UNAVAILABLE, Capacity
from embedded.network import LOOPBACK
from embedded.registration import OurBackend

_NEVER: Final = {"progression": "manual", "times": 2**62}
"""Of moto's state manager: the state changes by itself after so many looks at it."""

_DEFAULTS: Final[dict[str, Any]] = {
    "availability_zone_rebalancing": "DISABLED",
    "enable_ecs_managed_tags": False,
    "enable_execute_command": False,
    "health_check_grace_period_seconds": 0,
    "placement_constraints": [],
    "placement_strategy": [],
}
"""Of a service, for what CreateService was not given."""


_DEPLOYED_ANEW: Final = ("load_balancers", "network_configuration", "platform_version")
"""What begins a deployment when it changes, beside the task definition: tasks keep what they began with.
Source: "Updating Amazon ECS service parameters" in the ECS developer guide.
"""


class EmbeddedEcs(OurBackend, EC2ContainerServiceBackend):
    """moto's ECS, whose records wait for the scheduler."""

    capacity: ClassVar[Capacity] = Capacity(max_tasks=FEWEST)
    """For tasks of all clusters; the embedded AWS sets that of the machine."""

    def update_service(self, service_properties: dict[str, Any]) -> Service:
        """moto says that all desired tasks run at once, and does not keep forceNewDeployment. Upstream issue: none."""
        cluster, name = service_properties.get("cluster", "default"), service_properties["service"]
        record: Any = self._get_service(cluster, name)
        if record.status != "ACTIVE":
            raise refusals.ServiceNotActive
        refusals.check_desired_count(service_properties.get("desired_count"))
        counts = (record.running_count, record.pending_count)
        force = bool(service_properties.get("force_new_deployment"))
        wanted, balancers = service_properties.get("task_definition"), service_properties.get("load_balancers")
        if wanted or balancers:
            definition = self.describe_task_definition(wanted or record.task_definition)
            refusals.check_containers(record.load_balancers if balancers is None else balancers, definition)
        refusals.check_platform(service_properties.get("platform_version"))
        self.check_surroundings(balancers, service_properties.get("network_configuration"))
        if wanted:
            service_properties["task_definition"] = definition.arn
        configuration = service_properties.get("deployment_configuration")
        if configuration is not None:
            merged = {**record.deployment_configuration, **configuration}
            refusals.check_deployment_configuration(merged)
            service_properties["deployment_configuration"] = merged
        before = [getattr(record, name, None) for name in _DEPLOYED_ANEW]
        record = super().update_service(service_properties)
        record.running_count, record.pending_count = counts
        begins = force or before != [getattr(record, name, None) for name in _DEPLOYED_ANEW]
        if begins:
            record.deployment_nonce = getattr(record, "deployment_nonce", 0) + 1
        _announce_new_deployment(record, begins=begins)
        return record  # type: ignore[no-any-return]

    def check_surroundings(self, load_balancers: list[dict[str, Any]] | None, network: dict[str, Any] | None) -> None:
        """Refuse target groups and subnets that do not exist; None was not given."""
        groups = elbv2_backends[self.account_id][self.region_name].target_groups
        subnets = ec2_backends[self.account_id][self.region_name].subnets
        refusals.check_surroundings(
            load_balancers,
            network,
            has_group=lambda arn: arn in groups,
            has_subnet=lambda subnet: any(subnet in by_id for by_id in subnets.values()),
        )

    def delete_cluster(self, cluster_str: str) -> Any:
        """moto deletes a cluster whatever is in it. Upstream issue: none."""
        cluster = self._get_cluster(cluster_str)
        services = [one for key, one in self.services.items() if key.startswith(f"{cluster.name}:")]
        if any(service.status == "ACTIVE" for service in services):
            raise refusals.ClusterContainsServices
        if any(task.last_status != "STOPPED" for task in self.tasks.get(cluster.name, {}).values()):
            raise refusals.ClusterContainsTasks
        return super().delete_cluster(cluster_str)

    def delete_service(self, cluster_name: str, service_name: str, force: bool) -> Service:
        """moto says INACTIVE while its tasks still run; AWS says DRAINING until they are gone. Upstream issue: none."""
        record = self._get_service(cluster_name, service_name)
        if record.status != "ACTIVE":
            return record
        record = super().delete_service(cluster_name, service_name, force)
        record.status = "DRAINING"
        return record

    def list_services(
        self, cluster_str: str, scheduling_strategy: str | None = None, launch_type: str | None = None
    ) -> list[str]:
        """moto lists deleted services; on AWS only DescribeServices shows them, for a while. Upstream issue: none."""
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        found = super().list_services(cluster_str, scheduling_strategy, launch_type)
        return [arn for arn in found if arn not in gone]

    def run_task(  # noqa: PLR0917 - moto's positions
        self,
        cluster_str: str,
        task_definition_str: str,
        count: int,
        overrides: dict[str, Any] | None,
        started_by: str,
        tags: list[dict[str, str]] | None,
        launch_type: str | None,
        networking_configuration: dict[str, Any] | None = None,
        group: str | None = None,
        platform_version: str | None = None,
        capacity_provider_strategy: list[dict[str, Any]] | None = None,
    ) -> list[Task]:
        """A task of moto's is RUNNING at once, and has no public address when it asks for one. Upstream issue: none.

        Fewer than ``count`` come back when there is no capacity for all.
        """
        refusals.check_run_count(count)
        definition = self.describe_task_definition(task_definition_str)
        refusals.check_network(networking_configuration, definition)
        cluster, group = self._get_cluster(cluster_str).name, group or f"family:{definition.family}"
        tasks: list[Task] = []
        while len(tasks) < count and self._has_capacity(cluster, group):
            (task,) = super().run_task(
                cluster_str,
                task_definition_str,
                1,
                overrides,
                started_by,
                tags,
                launch_type,
                networking_configuration=networking_configuration,
                group=group,
                platform_version=platform_version,
                capacity_provider_strategy=capacity_provider_strategy,
            )
            self._provision(task)
            tasks.append(task)
        return tasks

    def _has_capacity(self, cluster: str, group: str) -> bool:
        there = [task for tasks in list(self.tasks.values()) for task in list(tasks.values())]
        return self.capacity.admits(cluster, group, there)

    def _provision(self, task: Any) -> None:
        task.last_status = "PROVISIONING"
        task.stop_code = None
        definition = self.describe_task_definition(task.task_definition_arn)
        task.cpu, task.memory = definition.cpu, definition.memory
        configuration = getattr(task, "network_configuration", None) or {}
        if configuration.get("awsvpcConfiguration", {}).get("assignPublicIp") == "ENABLED":
            details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
            interfaces = ec2_backends[self.account_id][self.region_name].enis
            interfaces[details["networkInterfaceId"]].public_ip = LOOPBACK
        for container in task.containers:
            container.exitCode = None

    def stop_task(self, cluster_str: str, task_str: str, reason: str) -> Task:
        """moto calls the task STOPPED at once; AWS drains and signals it first. Upstream issue: none."""
        cluster = self._get_cluster(cluster_str)
        for arn, task in self.tasks.get(cluster.name, {}).items():
            if task_str in {arn, task.id}:
                task.stopped_reason = task.stopped_reason or reason or "Task stopped by user"
                task.desired_status = "STOPPED"
                return task
        raise InvalidParameterException("The referenced task was not found.")

    def list_tasks(  # noqa: PLR0917 - moto's positions
        self,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desiredStatus: str | None = None,
    ) -> list[Task]:
        """moto ignores serviceName, and shows stopped tasks although AWS defaults to desiredStatus RUNNING.

        Upstream issue: getmoto/moto#1785, closed although serviceName is still ignored.
        """
        tasks = super().list_tasks(cluster_str, container_instance, None, started_by, None, desiredStatus or "RUNNING")
        service = service_name.split("/")[-1] if service_name else None
        return [
            task
            for task in tasks
            if (service is None or task.group == f"service:{service}")
            and (family is None or task.task_definition_arn.split("/")[-1].split(":")[0] == family)
        ]

    @staticmethod
    def _calculate_task_resource_requirements(task_definition: TaskDefinition) -> dict[str, Any]:
        """moto adds up the memory of containers, which Fargate's definitions leave out, and raises.

        Upstream issue: getmoto/moto#7272, closed although RunTask still raises.
        """
        del task_definition
        return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def leave_states_to_the_scheduler() -> None:
    """A task's state does not advance by being looked at; its interface, not the task, chooses its address."""
    state_manager.set_transition("ecs::task", _NEVER)
    # moto draws a task's address outside its subnet. Upstream issue: none.
    patches.replace(ecs, "random_private_ip", lambda: "", written_for="cidr, ipv6")


def keep_what_create_service_was_given() -> None:
    """CreateService drops deploymentConfiguration, grace period and zone rebalancing: an endless diff.

    They do not reach the backend, so this cannot be a method of it. Upstream issue: none; getmoto/moto#8258 was
    the same for networkConfiguration.
    """
    original = EC2ContainerServiceResponse.create_service

    def create_service(self: EC2ContainerServiceResponse) -> Any:
        parameters = self._get_params()
        refusals.check_new_service(parameters, self.ecs_backend)
        answer = original(self)
        record: Any = answer.result["service"]  # type: ignore[index]
        record.deployment_configuration = parameters.get("deploymentConfiguration") or {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        }
        record.health_check_grace_period_seconds = parameters.get("healthCheckGracePeriodSeconds")
        for name, default in _DEFAULTS.items():
            if getattr(record, name, None) is None:
                setattr(record, name, parameters.get(_camel(name), default))
        record.created_at = dt.datetime.now(dt.UTC)
        record.platform_version = record.platform_version or "LATEST"
        record.platform_family = "Linux"
        record.running_count, record.pending_count = 0, 0
        return answer

    patches.replace(EC2ContainerServiceResponse, "create_service", create_service, written_for="self")


def tell_what_run_task_could_not_place() -> None:
    """RunTask names no failures. It tells them beside the tasks that it did start. Upstream issue: none."""
    original = EC2ContainerServiceResponse.run_task

    def run_task(self: EC2ContainerServiceResponse) -> Any:
        answer: Any = original(self)
        missing = self._get_int_param("count", 1) - len(answer.result["tasks"])
        answer.result["failures"] = [{"reason": UNAVAILABLE}] * missing
        return answer

    patches.replace(EC2ContainerServiceResponse, "run_task", run_task, written_for="self")


def _announce_new_deployment(record: Any, *, begins: bool) -> None:
    """The answer already shows the new deployment, so a waiter that asks next cannot mistake the old one for it.

    ``begins``: there is one although the task definition is the same.
    """
    primary = record.deployments[0]
    if begins or primary["taskDefinition"] != record.task_definition:
        old = {**primary, "status": "ACTIVE"}
        new = {**primary, "taskDefinition": record.task_definition, "rolloutState": "IN_PROGRESS", "runningCount": 0}
        record.deployments = [new, old, *record.deployments[1:]]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.upper() if part == "ecs" else part.capitalize() for part in rest)
