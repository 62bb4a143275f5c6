"""What the AWS checks judge, read from Docker and from the account. Reading changes nothing."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cli import aws, state_bucket
from cli.doctor import aws_target, needs
from cli.doctor.aws_target import Docker, Quota, Role
from cli.doctor.check import Check
from cli.errors import CommandError
from cli.images import PLATFORMS
from cli.inventory import every
from modules.fargate_service.shapes import CANARY_SUFFIX
from settings.settings import Settings
from systems.facade_way import FacadeWay

T = TypeVar("T")

_LINKED: Final = ("ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com")
_LINKED_FOR_SCALING: Final = "ecs.application-autoscaling.amazonaws.com"
_USAGE_HOURS: Final = 1
_DESCRIBED_AT_ONCE: Final = 100
_SPOT: Final = "FARGATE_SPOT"
"""Capacity provider of tasks on Spot."""


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """A quota: its service and code, AWS's default, and how to count what others use and what this one needs."""

    name: str
    service: str
    code: str
    default: float
    used: Callable[[Settings], float]
    needed: Callable[[Settings], float]


def checks(settings: Settings) -> list[Check]:
    """Look at Docker and the account. Without credentials nothing of the account is asked."""
    found = [aws_target.docker(_docker(), _architectures(settings))]
    account, problem = "", ""
    try:
        account = aws.require_account(settings)
    except CommandError as error:
        problem = str(error)
    found.append(aws_target.credentials(account, problem=problem))
    found.append(aws_target.names(longest_names(settings, account or "0" * 12)))
    return found if problem else [*found, _state_bucket(settings, account), *account_checks(settings)]


def account_checks(settings: Settings) -> list[Check]:
    """Look at region, quotas and service-linked roles of the account that answers."""
    linked = (*_LINKED, _LINKED_FOR_SCALING) if settings.system.scaling_by_name else _LINKED
    return [
        aws_target.region(settings.region, _region_enabled(settings)),
        *(aws_target.quota(_quota(settings, one)) for one in counted(settings)),
        *(aws_target.role(_role(settings, service)) for service in linked),
    ]


def longest_names(settings: Settings, account: str) -> dict[str, str]:
    """The longest name of each kind of object of the environment, by the kind."""
    services = [settings.name(service) + CANARY_SUFFIX for service in settings.system.images]
    found = {"load balancer": settings.internal_balancer_name, "target group": max(services, key=len)}
    if settings.system.site:
        found["bucket"] = settings.site_bucket_name(account)
    if settings.table_names:
        found["table"] = max(settings.table_names, key=len)
    return found


def _state_bucket(settings: Settings, account: str) -> Check:
    name = settings.state_bucket or state_bucket.default_name(settings, account)
    try:
        is_ours = state_bucket.is_ours(settings, name, account)
    except CommandError as problem:
        return aws_target.state_bucket(name, is_ours=False, keeps_versions=False, problem=str(problem))
    status = aws.client(settings, "s3").get_bucket_versioning(Bucket=name).get("Status") if is_ours else ""
    return aws_target.state_bucket(name, is_ours=is_ours, keeps_versions=status == "Enabled")


def _docker() -> Docker:
    path = shutil.which("docker") or ""
    if not path:
        return Docker(path="")
    version = _answer(path, "version", "--format", "{{.Server.Version}} {{.Server.Arch}}")
    server, _, architecture = version.partition(" ")
    buildx = _answer(path, "buildx", "version").partition(" ")[2][:20]
    return Docker(path=path, server=server, architecture=architecture, buildx=buildx)


def _architectures(settings: Settings) -> set[str]:
    """Of all images, as Docker names them."""
    return {PLATFORMS[service.image.architecture].rpartition("/")[2] for service in settings.system.images.values()}


def _answer(*command: str) -> str:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _unless_refused(read: Callable[[], T]) -> T | None:
    """What ``read`` returns; None when the account's policies do not allow it, or the API has no such call."""
    try:
        return read()
    except (ClientError, BotoCoreError):
        return None


def _region_enabled(settings: Settings) -> bool | None:
    def read() -> bool:
        regions = aws.client(settings, "ec2").describe_regions(RegionNames=[settings.region], AllRegions=True)
        return any(region["OptInStatus"] != "not-opted-in" for region in regions["Regions"])

    return _unless_refused(read)


def _quota(settings: Settings, counted: _Counted) -> Quota:
    limit = _limit(settings, counted)
    return Quota(
        name=counted.name,
        code=f"{counted.service} {counted.code}",
        limit=counted.default if limit is None else limit,
        is_default=limit is None,
        used=_unless_refused(lambda: counted.used(settings)),
        needed=counted.needed(settings),
    )


def _limit(settings: Settings, counted: _Counted) -> float | None:
    """The account's own quota; where it was never changed and so is not listed, AWS's default for the region."""
    quotas, which = aws.client(settings, "service-quotas"), {"ServiceCode": counted.service, "QuotaCode": counted.code}
    for call in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        answer = _unless_refused(lambda call=call: call(**which))  # type: ignore[misc]
        if answer is not None:
            return float(answer["Quota"]["Value"])
    return None


def _role(settings: Settings, service: str) -> Role:
    path = f"/aws-service-role/{service}/"
    roles = _unless_refused(lambda: aws.client(settings, "iam").list_roles(PathPrefix=path)["Roles"])
    return Role(service=service, exists=None if roles is None else bool(roles))


def _others(settings: Settings, found: Iterable[Mapping[str, Any]]) -> float:
    own = settings.tags.items()
    return sum(not own <= {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())}.items() for one in found)


def _vpcs(settings: Settings) -> float:
    return _others(settings, every(aws.client(settings, "ec2"), "describe_vpcs", "Vpcs"))


def _addresses(settings: Settings) -> float:
    return _others(settings, aws.client(settings, "ec2").describe_addresses()["Addresses"])


def _load_balancers(settings: Settings) -> float:
    found = every(aws.client(settings, "elbv2"), "describe_load_balancers", "LoadBalancers")
    own = {settings.name(), settings.internal_balancer_name}
    return len([one for one in found if one["Type"] == "application" and one["LoadBalancerName"] not in own])


def _vcpus(settings: Settings) -> float:
    """Most of the last hour as AWS publishes it, without what this environment's tasks have now."""
    now = dt.datetime.now(dt.UTC)
    kind = "Standard/Spot" if settings.profile_here.is_spot else "Standard/OnDemand"
    dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": kind}
    points = aws.client(settings, "cloudwatch").get_metric_statistics(
        Namespace="AWS/Usage",
        MetricName="ResourceCount",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - dt.timedelta(hours=_USAGE_HOURS),
        EndTime=now,
        Period=300,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max(0.0, max((float(point["Maximum"]) for point in points), default=0.0) - _own_vcpus(settings))


def _own_vcpus(settings: Settings) -> float:
    """Of the tasks that count against the same quota: on Spot, or not."""
    ecs, cluster = aws.client(settings, "ecs"), settings.name()
    try:
        arns = every(ecs, "list_tasks", "taskArns", cluster=cluster)
    except ecs.exceptions.ClusterNotFoundException:
        return 0.0
    parts = [arns[begin : begin + _DESCRIBED_AT_ONCE] for begin in range(0, len(arns), _DESCRIBED_AT_ONCE)]
    tasks = [task for part in parts for task in ecs.describe_tasks(cluster=cluster, tasks=part)["tasks"]]
    wanted = settings.profile_here.is_spot
    counted = [task for task in tasks if (task.get("capacityProviderName") == _SPOT) is wanted]
    return float(sum(int(task["cpu"]) for task in counted)) / 1024


_COUNTED: Final = (
    _Counted(name="VPCs", service="vpc", code="L-F678F1CE", default=5, used=_vpcs, needed=lambda _: 1),
    _Counted(
        name="Elastic IP addresses",
        service="ec2",
        code="L-0263D0A3",
        default=5,
        used=_addresses,
        needed=needs.addresses,
    ),
    _Counted(
        name="Application Load Balancers",
        service="elasticloadbalancing",
        code="L-53DA6B97",
        default=50,
        used=_load_balancers,
        needed=lambda settings: 1 if settings.facade_way is FacadeWay.PUBLIC else 2,
    ),
)
"""What an environment has a few of, whatever its size. The defaults are those that AWS documents, here as below."""
_ON_DEMAND, _ON_SPOT = (
    _Counted(name=name, service="fargate", code=code, default=6, used=_vcpus, needed=needs.most_vcpus)
    for name, code in (("Fargate vCPUs", "L-3032A538"), ("Fargate Spot vCPUs", "L-36FBB829"))
)
"""What its tasks have: AWS counts those on Spot by themselves."""


def counted(settings: Settings) -> tuple[_Counted, ...]:
    """What an environment with these settings has of what AWS counts."""
    return (*_COUNTED, _ON_SPOT if settings.profile_here.is_spot else _ON_DEMAND)
