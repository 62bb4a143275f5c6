"""Shapes of what a task has and where it runs, for the construct; importable without starting CDKTF.

Each attribute is as the module's variable of that name; what is None or empty is left to the module's default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ContainerHealthCheck:
    """How ECS finds out whether a container is healthy: ``CMD`` and words, or ``CMD-SHELL`` and a line."""

    command: Sequence[str]
    interval_seconds: int = 30
    timeout_seconds: int = 5
    retries: int = 3
    start_period_seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class EfsVolume:
    """A folder on EFS, by an access point or by its path there."""

    file_system_arn: str
    access_point_arn: str | None = None
    root_directory: str | None = None
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder that containers of a task mount; without ``efs`` it goes with the task."""

    efs: EfsVolume | None = None


@dataclass(frozen=True, kw_only=True)
class MountPoint:
    """Where a container has a volume."""

    container_path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the service's own. ``dependencies``: name => START, HEALTHY, COMPLETE or SUCCESS."""

    image: str
    repository_arn: str | None = None
    essential: bool = True
    entry_point: Sequence[str] | None = None
    command: Sequence[str] | None = None
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    cpu_units: int | None = None
    memory_mib: int | None = None
    memory_reservation_mib: int | None = None
    readonly_root_filesystem: bool = True
    dependencies: Mapping[str, str] = field(default_factory=dict)
    mount_points: Mapping[str, MountPoint] = field(default_factory=dict)
    health_check: ContainerHealthCheck | None = None


@dataclass(frozen=True, kw_only=True)
class CapacityShare:
    """How many tasks a capacity provider gets: the first ``base``, and of the rest by ``weight``."""

    weight: int = 0
    base: int = 0


@dataclass(frozen=True, kw_only=True)
class EgressRule:
    """A way out: a port, or those up to ``to_port``, of one range, prefix list or security group."""

    port: int
    to_port: int | None = None
    protocol: str = "tcp"
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    security_group_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceConnect:
    """A namespace in which the service calls others; with ``discovery_name`` they call it."""

    namespace_arn: str
    discovery_name: str | None = None
    client_port: int | None = None
    request_timeout_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class DeploymentAlarms:
    """CloudWatch alarms that end a deployment, and whether ECS then goes back."""

    names: Sequence[str]
    rollback: bool = True


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long Terraform waits for the ECS services, such as ``30m``."""

    create: str | None = None
    update: str | None = None
    delete: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """What few services ask for: more containers, and how and with what tasks run.

    Attributes are the module's variables of the same names; None or empty: the module's default.
    """

    service_name: str | None = None
    entry_point: Sequence[str] | None = None
    command: Sequence[str] | None = None
    user: str | None = None
    container_health_check: ContainerHealthCheck | None = None
    dependencies: Mapping[str, str] = field(default_factory=dict)
    sidecars: Mapping[str, Sidecar] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    mount_points: Mapping[str, MountPoint] = field(default_factory=dict)
    ephemeral_storage_gib: int | None = None
    capacity_provider_strategy: Mapping[str, CapacityShare] = field(default_factory=dict)
    availability_zone_rebalancing: bool | None = None
    secrets_kms_key_arns: Mapping[str, str] = field(default_factory=dict)
    log_kms_key_arn: str | None = None
    enable_execute_command: bool | None = None
    role_path: str | None = None
    permissions_boundary_arn: str | None = None
    egress_ipv6: bool | None = None
    egress_rules: Mapping[str, EgressRule] = field(default_factory=dict)
    ingress_security_group_ids: Mapping[str, str] = field(default_factory=dict)
    service_connect: ServiceConnect | None = None
    deployment_alarms: DeploymentAlarms | None = None
    fail_on_rollback: bool | None = None
    timeouts: Timeouts | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Any]:
        """The module's inputs that are given."""
        return {name: value for name, value in asdict(self).items() if value not in (None, {})}
