"""Every API of one AWS account, as far as doctor reads them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError


class ClusterNotFoundException(Exception):
    """As the ECS client has it."""


class Account:
    """Every API of one account. What is in ``refuses`` may not be called."""

    exceptions = SimpleNamespace(ClusterNotFoundException=ClusterNotFoundException)

    def __init__(self) -> None:
        self.refuses: dict[str, Exception] = {}
        self.regions = [{"OptInStatus": "opt-in-not-required"}]
        self.vpcs: list[dict[str, Any]] = []
        self.addresses: list[dict[str, Any]] = []
        self.balancers: list[dict[str, str]] = []
        self.usage: list[float] = []
        self.cpus: list[str] | None = None
        self.provider: str | None = None
        self.quotas: dict[str, float] = {}
        self.defaults: dict[str, float] = {}
        self.roles: dict[str, list[str]] = {}
        self.versioning: dict[str, str] = {}
        self.asked: dict[str, Any] = {}

    def _note(self, call: str, **asked: Any) -> None:
        self.asked[call] = asked
        if call in self.refuses:
            raise self.refuses[call]

    def describe_regions(self, **asked: Any) -> dict[str, Any]:
        self._note("describe_regions", **asked)
        return {"Regions": self.regions}

    def describe_addresses(self) -> dict[str, Any]:
        self._note("describe_addresses")
        return {"Addresses": self.addresses}

    def get_paginator(self, call: str) -> SimpleNamespace:
        lists: dict[str, tuple[str, list[Any]]] = {
            "describe_vpcs": ("Vpcs", self.vpcs),
            "describe_load_balancers": ("LoadBalancers", self.balancers),
            "list_tasks": ("taskArns", [f"arn-{number}" for number in range(len(self.cpus or []))]),
        }

        def paginate(**asked: Any) -> Iterator[dict[str, Any]]:
            self._note(call, **asked)
            if call == "list_tasks" and self.cpus is None:
                raise ClusterNotFoundException
            key, found = lists[call]
            yield {key: found[:1]}
            yield {key: found[1:]}

        return SimpleNamespace(paginate=paginate)

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        self._note("get_metric_statistics", **asked)
        return {"Datapoints": [{"Maximum": most} for most in self.usage]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        self._note("describe_tasks", cluster=cluster, count=len(tasks))
        assert len(tasks) <= 100
        assert self.cpus is not None
        provider = {"capacityProviderName": self.provider} if self.provider else {}
        return {"tasks": [{"cpu": self.cpus[int(arn.removeprefix("arn-"))], **provider} for arn in tasks]}

    def _quota(self, found: dict[str, float], service: str, code: str) -> dict[str, Any]:
        if f"{service} {code}" not in found:
            raise ClientError({"Error": {"Code": "NoSuchResourceException"}}, "GetServiceQuota")
        return {"Quota": {"Value": found[f"{service} {code}"]}}

    def get_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> dict[str, Any]:
        return self._quota(self.quotas, ServiceCode, QuotaCode)

    def get_aws_default_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> dict[str, Any]:
        return self._quota(self.defaults, ServiceCode, QuotaCode)

    def list_roles(self, *, PathPrefix: str) -> dict[str, Any]:
        self._note("list_roles", PathPrefix=PathPrefix)
        return {"Roles": self.roles.get(PathPrefix, [])}

    def get_bucket_versioning(self, *, Bucket: str) -> dict[str, str]:
        self._note("get_bucket_versioning", Bucket=Bucket)
        return self.versioning


SERVICES: Final = {"ec2", "elbv2", "cloudwatch", "ecs", "service-quotas", "iam", "s3"}
