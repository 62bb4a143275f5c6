"""Shapes of the construct's inputs; importable without starting CDKTF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NatMode = Literal["none", "single", "per_az"]
TrafficType = Literal["ALL", "ACCEPT", "REJECT"]


@dataclass(frozen=True, kw_only=True)
class Zone:
    """IPv4 ranges of one availability zone's subnets, such as ``10.0.0.0/24``; None: no isolated subnet."""

    public_cidr_block: str
    private_cidr_block: str
    isolated_cidr_block: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """ARN of a bucket, or of a folder in it."""

    arn: str


@dataclass(frozen=True, kw_only=True)
class FlowLogs:
    """A line about each flow in the VPC.

    Attributes:
        traffic_type: which flows.
        aggregation_seconds: 60 or 600.
        retention_days: how long the log group keeps lines.
        kms_key_arn: key that encrypts the log group; None: AWS's own.
        permissions_boundary_arn: of the role that writes to the log group.
        role_path: of that role.
        bucket: in the place of a log group.
    """

    traffic_type: TrafficType = "ALL"
    aggregation_seconds: int = 600
    retention_days: int = 30
    kms_key_arn: str | None = None
    permissions_boundary_arn: str | None = None
    role_path: str = "/"
    bucket: Bucket | None = None
