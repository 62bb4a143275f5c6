"""CDKTF construct of the module `alb`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from constructs import Construct

from modules.local_module import LocalModule

IpAddressType = Literal["ipv4", "dualstack", "dualstack-without-public-ipv4"]


@dataclass(frozen=True, kw_only=True)
class LogBucket:
    """Where in S3 the load balancer writes lines; its bucket's policy must allow that."""

    bucket: str
    prefix: str | None = None


class Alb(LocalModule):
    """A load balancer with one listener that answers 404 until services add rules.

    None stands for the module's default.

    Args:
        name: name of the load balancer, at most 32 characters.
        vpc_id: its VPC.
        subnet_ids: subnets in at least two zones, public ones unless it is internal.
        listener_port: TCP port of the listener.
        ingress_cidr_blocks: IPv4 ranges that may call it, by a name of theirs; None: all, or with cloudfront_only none.
        ip_address_type: by which protocols clients reach it; None: IPv4.
        ingress_ipv6_cidr_blocks: IPv6 ranges that may call it; None: all where all may over IPv4.
        ingress_prefix_list_ids: prefix lists that may.
        ingress_security_group_ids: security groups that may; see ``let_in`` too.
        cloudfront_only: whether CloudFront may, and of others only those that are named; each rule has to ask for
            a header then that only your distribution sends.
        internal: whether only networks that reach the VPC can.
        certificate_arn: with which the listener speaks HTTPS; None: HTTP.
        additional_certificate_arns: more of them, by a name of theirs.
        ssl_policy: which versions and ciphers are spoken.
        redirect_http_port: TCP port that sends clients on to HTTPS.
        access_logs: bucket and prefix for a line about each request.
        connection_logs: bucket and prefix for a line about each connection.
        web_acl_arn: web ACL that every request has to pass.
        desync_mitigation_mode: monitor, defensive or strictest.
        client_keep_alive_seconds: age at which a client's connection ends.
        idle_timeout_seconds: when silent connections are closed; services must keep theirs open longer. None: 60.
        deletion_protection: whether AWS refuses to delete it.
        tags: of everything here, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
        listener_port: int | None = None,
        ingress_cidr_blocks: Mapping[str, str] | None = None,
        ip_address_type: IpAddressType | None = None,
        ingress_ipv6_cidr_blocks: Mapping[str, str] | None = None,
        ingress_prefix_list_ids: Mapping[str, str] | None = None,
        ingress_security_group_ids: Mapping[str, str] | None = None,
        cloudfront_only: bool | None = None,
        internal: bool | None = None,
        certificate_arn: str | None = None,
        additional_certificate_arns: Mapping[str, str] | None = None,
        ssl_policy: str | None = None,
        redirect_http_port: int | None = None,
        access_logs: LogBucket | None = None,
        connection_logs: LogBucket | None = None,
        web_acl_arn: str | None = None,
        desync_mitigation_mode: str | None = None,
        client_keep_alive_seconds: int | None = None,
        idle_timeout_seconds: int | None = None,
        deletion_protection: bool | None = None,
        tags: Mapping[str, str] | None = None,
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
                "ingress_cidr_blocks": ingress_cidr_blocks,
                "ip_address_type": ip_address_type,
                "ingress_ipv6_cidr_blocks": ingress_ipv6_cidr_blocks,
                "ingress_prefix_list_ids": ingress_prefix_list_ids,
                "ingress_security_group_ids": ingress_security_group_ids,
                "cloudfront_only": cloudfront_only,
                "internal": internal,
                "certificate_arn": certificate_arn,
                "additional_certificate_arns": additional_certificate_arns,
                "ssl_policy": ssl_policy,
                "redirect_http_port": redirect_http_port,
                "access_logs": None if access_logs is None else asdict(access_logs),
                "connection_logs": None if connection_logs is None else asdict(connection_logs),
                "web_acl_arn": web_acl_arn,
                "desync_mitigation_mode": desync_mitigation_mode,
                "client_keep_alive_seconds": client_keep_alive_seconds,
                "idle_timeout_seconds": idle_timeout_seconds,
                "deletion_protection": deletion_protection,
                "tags": tags,
            },
        )

    def let_in(self, security_group_ids: Mapping[str, str]) -> None:
        """Let in these security groups and no others, by a name of theirs.

        It is said after the load balancer is made, because services are told its name before they have a group.
        """
        self.set("ingress_security_group_ids", dict(security_group_ids))

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
        """DNS name, and port unless it is the scheme's own: what stands between scheme and path."""
        return self.get_string("host")

    @property
    def listener_arn(self) -> str:
        """ARN of the listener."""
        return self.get_string("listener_arn")

    @property
    def security_group_id(self) -> str:
        """Security group of the load balancer."""
        return self.get_string("security_group_id")

    @property
    def scheme(self) -> str:
        """``https`` where there is a certificate, else ``http``."""
        return self.get_string("scheme")

    @property
    def zone_id(self) -> str:
        """Hosted zone of the DNS name, for alias records."""
        return self.get_string("zone_id")
