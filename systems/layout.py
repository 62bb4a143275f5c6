"""What a deployment consists of, as far as AWS charges for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from systems.service import Architecture


@dataclass(frozen=True, kw_only=True, order=True)
class TaskGroup:
    """The Fargate tasks of one ECS service.

    Attributes:
        name: of the ECS service.
        count: number of tasks.
        cpu_units: of one task, in 1/1024 vCPU.
        memory_mib: of one task.
        public_addresses: whether each task has a public IPv4 address of its own.
        is_spot: whether they run on spare capacity.
        architecture: of the processors that they run on.
    """

    name: str
    count: int
    cpu_units: int
    memory_mib: int
    public_addresses: bool = False
    is_spot: bool = False
    architecture: Architecture = Architecture.X86_64


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How many of each thing there are.

    Attributes:
        tasks: of each ECS service that has any, sorted.
        nat_gateways: each has one public IPv4 address.
        load_balancers: application load balancers.
        internal_load_balancers: those of them that only the VPC can call, by which services call each other.
        load_balancer_addresses: public IPv4 addresses of them all, one for each zone of each.
        endpoint_addresses: addresses of interface endpoints, one for each zone of each.
        alarm_metrics: metrics that alarms read, each counted for each alarm.
        dashboards: in CloudWatch.
        log_groups, tables, registries, buckets, distributions: in CloudWatch, DynamoDB, ECR, S3 and CloudFront.
    """

    tasks: tuple[TaskGroup, ...]
    nat_gateways: int
    load_balancers: int
    load_balancer_addresses: int
    log_groups: int
    tables: int
    registries: int
    buckets: int
    distributions: int
    endpoint_addresses: int = 0
    alarm_metrics: int = 0
    dashboards: int = 0
    internal_load_balancers: int = 0

    @property
    def public_addresses(self) -> int:
        """Public IPv4 addresses of everything."""
        of_tasks = sum(group.count for group in self.tasks if group.public_addresses)
        return self.nat_gateways + self.load_balancer_addresses + of_tasks

    def without_nat(self) -> Layout:
        """The same, with a public address for each task as its way out in the place of NAT gateways."""
        tasks = tuple(replace(group, public_addresses=True) for group in self.tasks)
        return replace(self, tasks=tasks, nat_gateways=0)


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """A deployment of the same system by somebody else, to compare costs with.

    Attributes:
        title: what it is called in a sentence, such as ``the workshop's layout``.
        layout: what it consists of.
    """

    title: str
    layout: Layout
