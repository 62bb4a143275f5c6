"""Proof after destroy: what AWS still has of this environment, and what it costs a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from cli.existing import by_key
from cli.inventory import every, own_load_balancer
from cli.progress import Progress, print_table
from settings.settings import Settings

_HOURS: Final = 730
MONTHLY_DOLLARS: Final[Mapping[str, float]] = {
    "ec2/natgateway": 0.045 * _HOURS,
    "ec2/elastic-ip": 0.005 * _HOURS,
    "elasticloadbalancing/loadbalancer": 0.0225 * _HOURS,
    "ecs/task": (0.25 * 0.04048 + 0.5 * 0.004445) * _HOURS,
    "secretsmanager/secret": 0.40,
    "cloudwatch/alarm": 0.10,
    "cloudwatch/dashboard": 3.00,
}
"""Standing price in us-east-1 by service and kind, from AWS's price lists; kinds that are not named cost by use."""

_GONE_STATES: Final = frozenset({"deleted", "deleting", "terminated", "INACTIVE", "DELETE_IN_PROGRESS"})


@dataclass(frozen=True, kw_only=True, order=True)
class Leftover:
    """One object that still exists; ``kind`` is ``service/type`` of its ARN."""

    kind: str
    name: str

    @property
    def monthly_dollars(self) -> float:
        """What it costs a month by standing there."""
        return MONTHLY_DOLLARS.get(self.kind, 0.0)


def audit(settings: Settings, progress: Progress, *, why: str = "") -> None:
    """Look through the tagging API and the services' own; print what is there.

    Args:
        settings: of the environment.
        progress: is told about it.
        why: the reason why objects may be there; without one they are left over.

    Raises:
        CommandError: something is left over.
    """
    with progress.step("Looking for what is there" if why else "Looking for what is left"):
        left = sorted(set(leftovers(settings)))
    if not left:
        print_table("Audit", [("Left of", settings.name()), ("Objects", "0"), ("A month", "$0.00")])
        return
    rows = [(one.kind, f"{one.name}  ${one.monthly_dollars:.2f}") for one in left]
    total = sum(one.monthly_dollars for one in left)
    print_table("Audit", [*rows, ("A month", f"${total:.2f} and what use costs")])
    if why:
        progress.say(f"{len(left)} objects: {why}")
        return
    raise CommandError(f"{len(left)} objects of {settings.name()} are left; run make destroy.")


def leftovers(settings: Settings) -> Iterator[Leftover]:
    """Find what is left of the environment.

    Returns:
        Every object that any of the APIs still shows.
    """
    yield from _tagged(settings)
    yield from _cluster(settings)
    yield from _data(settings)
    yield from _network(settings)
    yield from _scaling(settings)
    yield from _alarms(settings)


def _tagged(settings: Settings) -> Iterator[Leftover]:
    """The tagging API lags behind: what the service itself no longer knows is left out by the checks below."""
    tagging = aws.client(settings, "resourcegroupstaggingapi")
    filters = [{"Key": key, "Values": [value]} for key, value in settings.tags.items()]
    for page in tagging.get_paginator("get_resources").paginate(TagFilters=filters):
        for found in page["ResourceTagMappingList"]:
            arn = found["ResourceARN"]
            kind = kind_of(arn)
            if kind not in _CHECKED_BY_THEMSELVES:
                yield Leftover(kind=kind, name=arn.rpartition(":")[2])


def kind_of(arn: str) -> str:
    """Find the kind of an object.

    Returns:
        ``service/type`` of its ARN, such as ``ec2/natgateway``. A bucket, whose ARN has no type, is ``s3/bucket``.
    """
    parts = arn.split(":", 5)
    service, rest = parts[2], parts[5]
    kind = (
        rest.replace(":", "/").split("/")[0] if "/" in rest or ":" in rest else {"s3": "bucket"}.get(service, "object")
    )
    return f"{service}/{kind}"


_CHECKED_BY_THEMSELVES: Final = frozenset(
    {
        "application-autoscaling/scalable-target",
        "cloudwatch/alarm",
        "dynamodb/table",
        "ec2/natgateway",
        "ec2/vpc",
        "ecr/repository",
        "ecs/cluster",
        "ecs/service",
        "ecs/task",
        "ecs/task-definition",
        "elasticloadbalancing/loadbalancer",
        "logs/log-group",
        "s3/bucket",
    }
)


def _cluster(settings: Settings) -> Iterator[Leftover]:
    ecs = aws.client(settings, "ecs")
    name = settings.name()
    clusters = ecs.describe_clusters(clusters=[name])["clusters"]
    if any(cluster["status"] not in _GONE_STATES for cluster in clusters):
        yield Leftover(kind="ecs/cluster", name=name)
        for arn in every(ecs, "list_services", "serviceArns", cluster=name):
            yield Leftover(kind="ecs/service", name=arn.rpartition("/")[2])
        for arn in every(ecs, "list_tasks", "taskArns", cluster=name):
            yield Leftover(kind="ecs/task", name=arn.rpartition("/")[2])
    for arn in task_definitions(settings):
        yield Leftover(kind="ecs/task-definition", name=arn.rpartition("/")[2])


def task_definitions(settings: Settings) -> list[str]:
    """Find the task definitions of the environment.

    Returns:
        ARN of each that is registered, or deregistered and not deleted.
    """
    ecs = aws.client(settings, "ecs")
    belongs = Belonging(settings)
    found: list[str] = []
    for status in ("ACTIVE", "INACTIVE"):
        for page in ecs.get_paginator("list_task_definitions").paginate(status=status):
            for arn in page["taskDefinitionArns"]:
                family = arn.rpartition("/")[2].rpartition(":")[0]
                if belongs(family, partial(_tags_of, ecs, arn)):
                    found.append(arn)
    return found


def delete_task_definitions(settings: Settings) -> int:
    """Deregister and delete every task definition of the environment. Terraform only deregisters them.

    Returns:
        How many there were.
    """
    ecs = aws.client(settings, "ecs")
    arns = task_definitions(settings)
    for arn in arns:
        ecs.deregister_task_definition(taskDefinition=arn)
    for start in range(0, len(arns), 10):
        ecs.delete_task_definitions(taskDefinitions=arns[start : start + 10])
    return len(arns)


class Belonging:
    """Whether an object is this environment's own: by its whole name, else by its tags, never by how its name begins.

    ``shop-a-orders`` is the order service of the environment a, ``shop-a-orders-monolith`` one of another, a-orders.
    """

    def __init__(self, settings: Settings) -> None:
        self._tags = settings.tags
        self._prefix = f"{settings.name()}-"
        self._names = {*settings.table_names, *(settings.name(service) for service in settings.system.images)}

    def __call__(self, name: str, tags: Callable[[], Iterable[Mapping[str, str]]]) -> bool:
        """``tags`` reads the object's tags. It is called only where the name alone does not decide."""
        if name in self._names:
            return True
        return name.startswith(self._prefix) and self._tags.items() <= by_key(tags()).items()


def _data(settings: Settings) -> Iterator[Leftover]:
    belongs = Belonging(settings)
    ecr, logs = aws.client(settings, "ecr"), aws.client(settings, "logs")
    for page in ecr.get_paginator("describe_repositories").paginate():
        for found in page["repositories"]:
            arn, name = found["repositoryArn"], found["repositoryName"]
            if belongs(name, partial(_tags_of, ecr, arn)):
                yield Leftover(kind="ecr/repository", name=name)
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=settings.path("")):
        for group in page["logGroups"]:
            yield Leftover(kind="logs/log-group", name=group["logGroupName"])
    s3 = aws.client(settings, "s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if belongs(name, partial(_bucket_tags, s3, name)):
            yield Leftover(kind="s3/bucket", name=name)
    dynamodb = aws.client(settings, "dynamodb")
    for page in dynamodb.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            if belongs(table, partial(_table_tags, dynamodb, table)):
                yield Leftover(kind="dynamodb/table", name=table)


def _tags_of(client: Any, arn: str) -> Iterable[Mapping[str, str]]:
    found: Iterable[Mapping[str, str]] = client.list_tags_for_resource(resourceArn=arn)["tags"]
    return found


def _bucket_tags(s3: Any, name: str) -> Iterable[Mapping[str, str]]:
    try:
        found: Iterable[Mapping[str, str]] = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchTagSet", "NoSuchBucket", "AccessDenied"}:
            return ()
        raise
    return found


def _table_tags(dynamodb: Any, name: str) -> Iterable[Mapping[str, str]]:
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    found: Iterable[Mapping[str, str]] = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return found


def _network(settings: Settings) -> Iterator[Leftover]:
    ec2 = aws.client(settings, "ec2")
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in settings.tags.items()]
    for vpc in ec2.describe_vpcs(Filters=filters)["Vpcs"]:
        yield Leftover(kind="ec2/vpc", name=vpc["VpcId"])
    for gateway in ec2.describe_nat_gateways(Filters=filters)["NatGateways"]:
        # The embedded AWS leaves this filter aside.
        tagged = settings.tags.items() <= by_key(gateway.get("Tags")).items()
        if tagged and gateway["State"] not in _GONE_STATES:
            yield Leftover(kind="ec2/natgateway", name=gateway["NatGatewayId"])
    for balancer in _load_balancers(settings):
        yield Leftover(kind="elasticloadbalancing/loadbalancer", name=balancer)


def _load_balancers(settings: Settings) -> list[str]:
    elb = aws.client(settings, "elbv2")
    names = (settings.name(), settings.internal_balancer_name)
    found = (own_load_balancer(elb, name, settings.tags) for name in names)
    return [str(balancer["LoadBalancerName"]) for balancer in found if balancer]


def _scaling(settings: Settings) -> Iterator[Leftover]:
    """The numbers of tasks that Application Auto Scaling keeps; they stay when their service goes."""
    scaling = aws.client(settings, "application-autoscaling")
    own = f"service/{settings.name()}/"
    for target in every(scaling, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"):
        if target["ResourceId"].startswith(own):
            yield Leftover(kind="application-autoscaling/scalable-target", name=target["ResourceId"])


def _alarms(settings: Settings) -> Iterator[Leftover]:
    """Alarms, also those without tags that AWS made to track a target, and the dashboard, which can have none."""
    cloudwatch = aws.client(settings, "cloudwatch")
    belongs, tracking = Belonging(settings), f"TargetTracking-service/{settings.name()}/"
    for prefix in (f"{settings.name()}-", tracking):
        for alarm in every(cloudwatch, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix):
            name, arn = alarm["AlarmName"], alarm["AlarmArn"]
            if prefix == tracking or belongs(name, partial(_alarm_tags, cloudwatch, arn)):
                yield Leftover(kind="cloudwatch/alarm", name=name)
    found = every(cloudwatch, "list_dashboards", "DashboardEntries", DashboardNamePrefix=settings.name())
    if any(one["DashboardName"] == settings.name() for one in found):
        yield Leftover(kind="cloudwatch/dashboard", name=settings.name())


def _alarm_tags(cloudwatch: Any, arn: str) -> Iterable[Mapping[str, str]]:
    found: Iterable[Mapping[str, str]] = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return found
