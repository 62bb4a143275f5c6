"""Where moto differs from AWS in ways that Terraform or the engines meet; each gap has a function and a reason.

Only behaviour that AWS documents is added. ``close_gaps`` is called once, before serving.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import Any, Final

from moto.ec2.models import elastic_network_interfaces as eni
from moto.ec2.models import security_groups
from moto.ecs import models as ecs
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2 import models as elbv2

LOOPBACK: Final = "127.0.0.1"
"""DNS name of every embedded load balancer and public address of every task: no resolver has to know it."""

_SERVICE_DEFAULTS: Final[dict[str, Any]] = {
    "availability_zone_rebalancing": "DISABLED",
    "enable_ecs_managed_tags": False,
    "enable_execute_command": False,
    "health_check_grace_period_seconds": 0,
    "placement_constraints": [],
    "placement_strategy": [],
}


def close_gaps(targets: Any) -> None:
    """Close every gap; ``targets`` (``embedded.alb.health.TargetHealth``) knows the state of targets."""
    _create_service_keeps_all_it_was_given()
    _update_service_leaves_counts_alone()
    _delete_service_drains_first()
    _new_tasks_wait_for_the_scheduler()
    _interfaces_get_free_addresses_of_their_subnet()
    _stop_task_only_asks()
    _list_tasks_knows_services()
    _list_services_leaves_out_what_is_gone()
    _run_task_without_container_memory()
    _security_group_rules_keep_their_description()
    _load_balancer_is_on_loopback()
    _target_health_is_measured(targets)


def _create_service_keeps_all_it_was_given() -> None:
    """CreateService drops deploymentConfiguration, grace period and zone rebalancing: an endless diff."""
    original = EC2ContainerServiceResponse.create_service

    def create_service(self: Any) -> Any:
        answer = original(self)
        record = answer.result["service"]
        parameters = self._get_params()
        record.deployment_configuration = parameters.get("deploymentConfiguration") or {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        }
        record.health_check_grace_period_seconds = parameters.get("healthCheckGracePeriodSeconds")
        for name, default in _SERVICE_DEFAULTS.items():
            if getattr(record, name, None) is None:
                setattr(record, name, parameters.get(_camel(name), default))
        record.created_at = dt.datetime.now(dt.UTC)
        record.platform_version = record.platform_version or "LATEST"
        record.platform_family = "Linux"
        record.running_count, record.pending_count = 0, 0
        return answer

    EC2ContainerServiceResponse.create_service = create_service


def _update_service_leaves_counts_alone() -> None:
    """UpdateService says that all desired tasks run at once, and keeps the old deployment on forceNewDeployment."""
    original = ecs.EC2ContainerServiceBackend.update_service

    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        record = self._get_service(properties.get("cluster", "default"), properties["service"])
        counts = (record.running_count, record.pending_count)
        force = bool(properties.get("force_new_deployment"))
        definition = properties.get("task_definition")
        if definition:
            properties["task_definition"] = self.describe_task_definition(definition).arn
        configuration = properties.get("deployment_configuration")
        if configuration is not None:
            properties["deployment_configuration"] = {**record.deployment_configuration, **configuration}
        record = original(self, properties)
        record.running_count, record.pending_count = counts
        if force:
            record.deployment_nonce = getattr(record, "deployment_nonce", 0) + 1
        _announce_new_deployment(record)
        return record

    ecs.EC2ContainerServiceBackend.update_service = update_service


def _announce_new_deployment(record: Any) -> None:
    """The answer already shows the new deployment, so a waiter that asks next cannot mistake the old one for it."""
    primary = record.deployments[0]
    if primary["taskDefinition"] != record.task_definition:
        old = {**primary, "status": "ACTIVE"}
        new = {**primary, "taskDefinition": record.task_definition, "rolloutState": "IN_PROGRESS", "runningCount": 0}
        record.deployments = [new, old, *record.deployments[1:]]


def _delete_service_drains_first() -> None:
    """DeleteService calls the service INACTIVE while its tasks still run; AWS says DRAINING until they are gone."""
    original = ecs.EC2ContainerServiceBackend.delete_service

    def delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:
        record = self._get_service(cluster_name, service_name)
        if record.status != "ACTIVE":
            return record
        original(self, cluster_name, service_name, force)
        record.status = "DRAINING"
        return record

    ecs.EC2ContainerServiceBackend.delete_service = delete_service


def _new_tasks_wait_for_the_scheduler() -> None:
    """A new task is RUNNING at once, advances by being looked at, and has no public address when it asks for one."""
    original = ecs.Task.__init__

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        self.last_status = "PROVISIONING"
        self.stop_code = None
        definition = self._backend.describe_task_definition(self.task_definition_arn)
        self.cpu, self.memory = definition.cpu, definition.memory
        if (self.network_configuration or {}).get("awsvpcConfiguration", {}).get("assignPublicIp") == "ENABLED":
            details = {detail["name"]: detail["value"] for detail in self.attachments[0]["details"]}
            interfaces = ecs.ec2_backends[self._account_id][self.region_name].enis
            interfaces[details["networkInterfaceId"]].public_ip = LOOPBACK
        for container in self.containers:
            container.exitCode = None

    ecs.Task.__init__ = init
    ecs.Task.advance = lambda _self: None


def _interfaces_get_free_addresses_of_their_subnet() -> None:
    """Addresses are drawn at random: a task's outside its subnet, others inside but reserved and used ones too."""
    original = eni.NetworkInterface.__init__
    last: dict[str, int] = {}

    def init(self: Any, backend: Any, subnet: Any, private_ip_address: Any, *rest: Any, **named: Any) -> None:
        if not private_ip_address and not named.get("private_ip_addresses"):
            cidr = (backend.get_subnet(subnet) if isinstance(subnet, str) else subnet).cidr_block
            private_ip_address, last[cidr] = _free_address(backend, cidr, last.get(cidr, 0))
        original(self, backend, subnet, private_ip_address, *rest, **named)

    eni.NetworkInterface.__init__ = init
    eni.NetworkInterface.private_dns_name = None
    ecs.random_private_ip = lambda: None


def _free_address(backend: Any, cidr: str, last: int) -> tuple[str, int]:
    """The next unused address after the ``last`` one; AWS keeps the first four and the final one of a subnet."""
    network = ipaddress.ip_network(cidr)
    used = {interface.private_ip_address for interface in list(backend.enis.values())}
    usable = network.num_addresses - 5
    for step in range(usable):
        offset = (last + step) % usable
        address = str(network.network_address + 4 + offset)
        if address not in used:
            return address, offset + 1
    raise ecs.InvalidParameterException(f"subnet {cidr} has no free address")


def _stop_task_only_asks() -> None:
    """StopTask calls the task STOPPED at once; AWS drains and signals it first."""

    def stop_task(self: Any, cluster_str: str, task_str: str, reason: str) -> Any:
        cluster = self._get_cluster(cluster_str)
        for arn, task in self.tasks.get(cluster.name, {}).items():
            if task_str in {arn, task.id}:
                task.stopped_reason = task.stopped_reason or reason or "Task stopped by user"
                task.desired_status = "STOPPED"
                return task
        raise ecs.InvalidParameterException("The referenced task was not found.")

    ecs.EC2ContainerServiceBackend.stop_task = stop_task


def _list_tasks_knows_services() -> None:
    """ListTasks ignores serviceName, and shows stopped tasks although AWS defaults to desiredStatus RUNNING."""
    original = ecs.EC2ContainerServiceBackend.list_tasks

    def list_tasks(  # noqa: PLR0917 - called with these positions by moto
        self: Any,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desired_status: str | None = None,
    ) -> list[Any]:
        tasks = original(self, cluster_str, container_instance, None, started_by, None, desired_status or "RUNNING")
        service = service_name.split("/")[-1] if service_name else None
        return [
            task
            for task in tasks
            if (service is None or task.group == f"service:{service}")
            and (family is None or task.task_definition_arn.split("/")[-1].split(":")[0] == family)
        ]

    ecs.EC2ContainerServiceBackend.list_tasks = list_tasks


def _list_services_leaves_out_what_is_gone() -> None:
    """ListServices shows services that were deleted; on AWS only DescribeServices does, for a while."""
    original = ecs.EC2ContainerServiceBackend.list_services

    def list_services(self: Any, *arguments: Any, **named: Any) -> list[str]:
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        return [arn for arn in original(self, *arguments, **named) if arn not in gone]

    ecs.EC2ContainerServiceBackend.list_services = list_services


def _run_task_without_container_memory() -> None:
    """RunTask adds up container memory, which Fargate's definitions leave out, and raises."""
    no_requirements: dict[str, Any] = {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}
    ecs.EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(
        lambda _definition: dict(no_requirements)
    )


def _security_group_rules_keep_their_description() -> None:
    """A rule whose other side is a security group forgets its description: an endless diff."""
    security_groups.SecurityGroupRule.description = property(
        lambda rule: (rule.ip_range or {}).get("Description") or (rule.source_group or {}).get("Description") or ""
    )


def _load_balancer_is_on_loopback() -> None:
    """A load balancer gets a DNS name that resolves nowhere; the embedded ones listen on loopback."""
    original = elbv2.FakeLoadBalancer.__init__

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        self.dns_name = LOOPBACK

    elbv2.FakeLoadBalancer.__init__ = init


def _target_health_is_measured(targets: Any) -> None:
    """DescribeTargetHealth calls every registered target healthy, and drained ones unused at once."""

    def describe_target_health(self: Any, target_group_arn: str, asked: list[dict[str, Any]]) -> list[Any]:
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise elbv2.TargetGroupNotFoundError
        wanted = asked or [{"Id": address, "Port": port} for address, port in targets.known(target_group_arn)]
        return [_health(group, target, targets) for target in wanted]

    elbv2.ELBv2Backend.describe_target_health = describe_target_health


def _health(group: Any, target: dict[str, Any], targets: Any) -> Any:
    status = targets.status(group.arn, target["Id"])
    state, reason, description = status or (
        "unused",
        "Target.NotRegistered",
        "Target is not registered to the target group",
    )
    port = target.get("Port", group.port)
    return elbv2.FakeHealthStatus(target["Id"], port, str(port), state, reason, description)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.upper() if part == "ecs" else part.capitalize() for part in rest)
