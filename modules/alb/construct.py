"""CDKTF construct of the module `alb`."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from modules.local_module import LocalModule


class Alb(LocalModule):
    """A load balancer with one HTTP listener that answers 404 until services add rules.

    Args:
        name: name of the load balancer, at most 32 characters.
        vpc_id: its VPC.
        subnet_ids: public subnets in at least two zones.
        listener_port: TCP port of the listener.
        idle_timeout_seconds: when silent connections are closed; services must keep theirs open longer. None: 60.
        deletion_protection: whether AWS refuses to delete it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
        listener_port: int,
        idle_timeout_seconds: int | None = None,
        deletion_protection: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="alb",
            inputs={
                "name": name,
                "vpc_id": vpc_id,
                "subnet_ids": subnet_ids,
                "listener_port": listener_port,
                "idle_timeout_seconds": idle_timeout_seconds,
                "deletion_protection": deletion_protection,
            },
        )

    @property
    def arn(self) -> str:
        """ARN of the load balancer."""
        return self.get_string("arn")

    @property
    def dns_name(self) -> str:
        """DNS name of the load balancer."""
        return self.get_string("dns_name")

    @property
    def host(self) -> str:
        """DNS name, and port unless it is 80: what stands between scheme and path."""
        return self.get_string("host")

    @property
    def listener_arn(self) -> str:
        """ARN of the listener."""
        return self.get_string("listener_arn")

    @property
    def security_group_id(self) -> str:
        """Security group of the load balancer."""
        return self.get_string("security_group_id")
