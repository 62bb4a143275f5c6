"""ECS where moto differs from AWS: services and tasks whose states the scheduler sets, not moto.

Only behaviour that AWS documents is added.
"""

from __future__ import annotations

from collections import Counter
from inspect import signature
from types import SimpleNamespace
from typing import Any, ClassVar, Final

from moto.ec2.models import ec2_backends
from moto.ecs import models as ecs
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Container, EC2ContainerServiceBackend, Service, Task, TaskDefinition
from moto.elbv2.models import elbv2_backends
from moto.moto_api import state_manager

from embedded import patches
from embedded.ecs import refusals, strategy
from embedded.ecs.call_answers import camel
from embedded.ecs.capacity import FEWEST, Capacity
from embedded.ecs.definition_refusals import Definition, check_definition
from embedded.network import LOOPBACK
from embedded.overriding import override
from embedded.registration import OurBackend

_NEVER: Final = {"progression": "manual", "times": 2**62}
"""Of moto's state manager: the state changes by itself after so many looks at it."""

_DEPLOYED_ANEW: Final = ("load_balancers", "network_configuration", "platform_version", "capacity_provider_strategy")
"""What begins a deployment when it changes, beside the task definition: tasks keep what they began with.
Source: "Updating Amazon ECS service parameters" in the ECS developer guide.
"""


class EmbeddedEcs(OurBackend, EC2ContainerServiceBackend):
    """moto's ECS, whose records wait for the scheduler."""

    capacity: ClassVar[Capacity] = Capacity(max_tasks=FEWEST)
    """For tasks of all clusters; the embedded AWS sets that of the machine."""

    @override
    def register_task_definition(
        self, family: str, container_definitions: list[dict[str, Any]], *more: Any, **settings: Any
    ) -> TaskDefinition:
        """moto checks little of what Fargate asks for. Upstream issue: none."""
        given = signature(super().register_task_definition).bind(family, container_definitions, *more, **settings)
        check_definition(
            Definition(
                containers=container_definitions,
                compatibilities=given.arguments.get("requires_compatibilities") or (),
                network_mode=given.arguments.get("network_mode"),
                cpu=given.arguments.get("cpu"),
                memory=given.arguments.get("memory"),
                execution_role=given.arguments.get("execution_role_arn"),
                volumes=given.arguments.get("volumes") or (),
                proxy=given.arguments.get("proxy_configuration"),
                platform=given.arguments.get("runtime_platform") or {},
                ephemeral_storage=given.arguments.get("ephemeral_storage"),
            )
        )
        return super().register_task_definition(family, container_definitions, *more, **settings)

    @override
    def update_service(self, service_properties: dict[str, Any]) -> Service:
        """moto says that all desired tasks run at once, and does not keep forceNewDeployment. Upstream issue: none."""
        cluster, name = service_properties.get("cluster", "default"), service_properties["service"]
        record: Any = self._get_service(cluster, name)
        if record.status != "ACTIVE":
            raise refusals.ServiceNotActive
        refusals.check_carried({camel(name): value for name, value in service_properties.items()})
        strategy.check_strategy(
            service_properties.get("capacity_provider_strategy"),
            launch_type=None,
            associated=self._get_cluster(cluster).capacity_providers or (),
        )
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

    @override
    def delete_cluster(self, cluster_str: str) -> Any:
        """moto deletes a cluster whatever is in it. Upstream issue: none."""
        cluster = self._get_cluster(cluster_str)
        services = [one for key, one in self.services.items() if key.startswith(f"{cluster.name}:")]
        if any(service.status == "ACTIVE" for service in services):
            raise refusals.ClusterContainsServices
        if any(task.last_status != "STOPPED" for task in self.tasks.get(cluster.name, {}).values()):
            raise refusals.ClusterContainsTasks
        return super().delete_cluster(cluster_str)

    @override
    def delete_service(self, cluster_name: str, service_name: str, force: bool) -> Service:
        """moto says INACTIVE while its tasks still run; AWS says DRAINING until they are gone. Upstream issue: none."""
        record = self._get_service(cluster_name, service_name)
        if record.status != "ACTIVE":
            return record
        record = super().delete_service(cluster_name, service_name, force)
        record.status = "DRAINING"
        return record

    @override
    def list_services(
        self, cluster_str: str, scheduling_strategy: str | None = None, launch_type: str | None = None
    ) -> list[str]:
        """moto lists deleted services; on AWS only DescribeServices shows them, for a while. Upstream issue: none."""
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        found = super().list_services(cluster_str, scheduling_strategy, launch_type)
        return [arn for arn in found if arn not in gone]

    @override
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
        strategy.check_strategy(
            capacity_provider_strategy,
            launch_type=launch_type,
            associated=self._get_cluster(cluster_str).capacity_providers or (),
        )
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
                capacity_provider_strategy=self._next_provider(capacity_provider_strategy, cluster, group),
            )
            self._provision(task)
            tasks.append(task)
        return tasks

    def _has_capacity(self, cluster: str, group: str) -> bool:
        there = [task for tasks in list(self.tasks.values()) for task in list(tasks.values())]
        return self.capacity.admits(cluster, group, there)

    def _next_provider(
        self, wanted: list[dict[str, Any]] | None, cluster: str, group: str
    ) -> list[dict[str, Any]] | None:
        """The one provider of the next task of a group, as moto takes it; None where there is no strategy."""
        if not wanted:
            return None
        there = list(self.tasks.get(cluster, {}).values())
        running = Counter(
            str(task.capacity_provider_name) for task in there if task.group == group and task.last_status != "STOPPED"
        )
        return [{"capacityProvider": strategy.choose(wanted, running)}]

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
        task.launch_type = task.launch_type or "FARGATE"
        task.containers = [_container(definition, one, task) for one in definition.container_definitions]

    @override
    def stop_task(self, cluster_str: str, task_str: str, reason: str) -> Task:
        """moto calls the task STOPPED at once; AWS drains and signals it first. Upstream issue: none."""
        cluster = self._get_cluster(cluster_str)
        for arn, task in self.tasks.get(cluster.name, {}).items():
            if task_str in {arn, task.id}:
                task.stopped_reason = task.stopped_reason or reason or "Task stopped by user"
                task.desired_status = "STOPPED"
                return task
        raise InvalidParameterException("The referenced task was not found.")

    @override
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
    @override
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


def _container(definition: TaskDefinition, container: dict[str, Any], task: Any) -> Any:
    """A record of one container; moto makes one of the first only. Upstream issue: none."""
    kind: Any = Container
    made = kind(SimpleNamespace(arn=definition.arn, container_definitions=[container]))
    made.task_arn = task.task_arn
    made.exitCode, made.health_status = None, "UNKNOWN"
    return made


def _announce_new_deployment(record: Any, *, begins: bool) -> None:
    """The answer already shows the new deployment, so a waiter that asks next cannot mistake the old one for it.

    ``begins``: there is one although the task definition is the same.
    """
    primary = record.deployments[0]
    if begins or primary["taskDefinition"] != record.task_definition:
        old = {**primary, "status": "ACTIVE"}
        new = {**primary, "taskDefinition": record.task_definition, "rolloutState": "IN_PROGRESS", "runningCount": 0}
        record.deployments = [new, old, *record.deployments[1:]]
