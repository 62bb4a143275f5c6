"""Finding an object that AWS has already by what a Terraform plan would create: its import id and its tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws
from settings.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An object of AWS.

    Attributes:
        import_id: what ``terraform import`` takes.
        what: kind and name, for people.
        tags: by key; empty also where they may not be read.
    """

    import_id: str
    what: str
    tags: Mapping[str, str]

    def belongs_to(self, settings: Settings) -> bool:
        """Whether it carries the tags of this environment."""
        return settings.tags.items() <= self.tags.items()


Find = Callable[[Settings, Mapping[str, Any]], Existing | None]


def find(settings: Settings, kind: str, planned: Mapping[str, Any]) -> Existing | None:
    """Find the object that is in the way of a resource of ``kind`` with the ``planned`` attributes.

    Returns:
        None when nothing is in the way, and for kinds whose objects have no name, place or tags of their own.
    """
    if kind in _NETWORK:
        return _of_network(settings, kind, planned)
    if kind not in _FINDERS:
        return None
    try:
        return _FINDERS[kind](settings, planned)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or code in {"404", "NoSuchEntity", "NoSuchBucket"}:
            return None
        raise


def _load_balancer(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    found = aws.client(settings, "elbv2").describe_load_balancers(Names=[planned["name"]])["LoadBalancers"]
    return _balancing(settings, "load balancer", planned["name"], (one["LoadBalancerArn"] for one in found))


def _target_group(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    found = aws.client(settings, "elbv2").describe_target_groups(Names=[planned["name"]])["TargetGroups"]
    return _balancing(settings, "target group", planned["name"], (one["TargetGroupArn"] for one in found))


def _listener(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    if not planned.get("load_balancer_arn"):
        return None
    pages = aws.client(settings, "elbv2").get_paginator("describe_listeners")
    found = pages.paginate(LoadBalancerArn=planned["load_balancer_arn"]).search("Listeners[]")
    arns = (one["ListenerArn"] for one in found if one["Port"] == planned["port"])
    return _balancing(settings, "listener of port", planned["port"], arns)


def _listener_rule(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    if not planned.get("listener_arn"):
        return None
    pages = aws.client(settings, "elbv2").get_paginator("describe_rules")
    found = pages.paginate(ListenerArn=planned["listener_arn"]).search("Rules[]")
    arns = (one["RuleArn"] for one in found if one["Priority"] == str(planned["priority"]))
    return _balancing(settings, "listener rule at priority", planned["priority"], arns)


def _balancing(settings: Settings, kind: str, name: object, arns: Iterable[str]) -> Existing | None:
    arn = next(iter(arns), None)
    if arn is None:
        return None
    described = aws.client(settings, "elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
    tags = by_key(described[0]["Tags"] if described else [])
    return Existing(import_id=arn, what=f"{kind} {name}", tags=tags)


def _cluster(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    name = str(planned["name"])
    found = aws.client(settings, "ecs").describe_clusters(clusters=[name], include=["TAGS"])["clusters"]
    active = [one for one in found if one["status"] == "ACTIVE"]
    return Existing(import_id=name, what=f"cluster {name}", tags=by_key(active[0].get("tags"))) if active else None


def _service(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    cluster, name = settings.name(), str(planned["name"])
    ecs = aws.client(settings, "ecs")
    found = ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"]
    active = [one for one in found if one["status"] == "ACTIVE"]
    if not active:
        return None
    return Existing(import_id=f"{cluster}/{name}", what=f"ECS service {name}", tags=by_key(active[0].get("tags")))


def _log_group(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    logs, name = aws.client(settings, "logs"), str(planned["name"])
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = next((str(one["arn"]).removesuffix(":*") for one in groups if one["logGroupName"] == name), None)
    if arn is None:
        return None
    tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
    return Existing(import_id=name, what=f"log group {name}", tags=tags)


def _role(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    name = str(planned["name"])
    role = aws.client(settings, "iam").get_role(RoleName=name)["Role"]
    return Existing(import_id=name, what=f"role {name}", tags=by_key(role.get("Tags")))


def _repository(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    ecr, name = aws.client(settings, "ecr"), str(planned["name"])
    arn = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryArn"]
    tags = by_key(ecr.list_tags_for_resource(resourceArn=arn)["tags"])
    return Existing(import_id=name, what=f"image registry {name}", tags=tags)


def _bucket(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    name = planned.get("bucket")
    if not name:
        return None
    s3 = aws.client(settings, "s3")
    try:
        s3.head_bucket(Bucket=name)
        tags = by_key(s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # Another account's bucket answers 403: the name is taken all the same.
        if code not in {"NoSuchTagSet", "403", "AccessDenied"}:
            raise
        tags = settings.tags if code == "NoSuchTagSet" and _is_site_bucket_cut_off(settings, s3, str(name)) else {}
    return Existing(import_id=str(name), what=f"bucket {name}", tags=tags)


def _is_site_bucket_cut_off(settings: Settings, s3: Any, name: str) -> bool:
    """Whether an untagged bucket is the site's, made by a run that was cut off before it could tag it.

    Buckets alone are tagged by a second call. This one's name has the account in it, and it is empty, so
    nothing can be lost.
    """
    account = str(aws.client(settings, "sts").get_caller_identity()["Account"])
    return name == settings.site_bucket_name(account) and s3.list_objects_v2(Bucket=name, MaxKeys=1)["KeyCount"] == 0


def _table(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    dynamodb, name = aws.client(settings, "dynamodb"), str(planned["name"])
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    tags = by_key(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"])
    return Existing(import_id=name, what=f"table {name}", tags=tags)


def _parameter(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    ssm, name = aws.client(settings, "ssm"), str(planned["name"])
    if not ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]:
        return None
    tags = by_key(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])
    return Existing(import_id=name, what=f"parameter {name}", tags=tags)


def _security_group_rule(settings: Settings, planned: Mapping[str, Any], *, is_egress: bool) -> Existing | None:
    """A second rule for the same traffic is refused as a duplicate."""
    group = planned.get("security_group_id")
    other = planned.get("referenced_security_group_id") or planned.get("cidr_ipv4")
    if not group or not other:
        return None
    pages = aws.client(settings, "ec2").get_paginator("describe_security_group_rules")
    for rule in pages.paginate(Filters=[{"Name": "group-id", "Values": [group]}]).search("SecurityGroupRules[]"):
        side = (rule.get("ReferencedGroupInfo") or {}).get("GroupId") or rule.get("CidrIpv4")
        ports = (rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"))
        wanted = (planned["ip_protocol"], planned.get("from_port"), planned.get("to_port"))
        if rule["IsEgress"] is is_egress and side == other and ports == wanted:
            what = f"rule of security group {group} for port {planned.get('from_port')} and {other}"
            return Existing(import_id=rule["SecurityGroupRuleId"], what=what, tags=by_key(rule.get("Tags")))
    return None


def _ingress_rule(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    return _security_group_rule(settings, planned, is_egress=False)


def _egress_rule(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    return _security_group_rule(settings, planned, is_egress=True)


def _route(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    """A second route to a destination is refused. It has no tags, so those of its route table tell whose it is."""
    table = _route_table(settings, planned)
    wanted = planned.get("destination_cidr_block") or planned.get("destination_ipv6_cidr_block")
    if table is None or not wanted:
        return None
    for route in table["Routes"]:
        if wanted in {route.get("DestinationCidrBlock"), route.get("DestinationIpv6CidrBlock")}:
            identity = f"{table['RouteTableId']}_{wanted}"
            return Existing(import_id=identity, what=f"route to {wanted}", tags=by_key(table.get("Tags")))
    return None


def _route_table_association(settings: Settings, planned: Mapping[str, Any]) -> Existing | None:
    """A subnet is associated with one route table, whose tags tell whose that is."""
    table, subnet = _route_table(settings, planned), planned.get("subnet_id")
    if table is None or subnet not in {one.get("SubnetId") for one in table["Associations"]} - {None}:
        return None
    identity = f"{subnet}/{table['RouteTableId']}"
    return Existing(import_id=identity, what=f"association of subnet {subnet}", tags=by_key(table.get("Tags")))


def _route_table(settings: Settings, planned: Mapping[str, Any]) -> Mapping[str, Any] | None:
    identity = planned.get("route_table_id")
    if not identity:
        return None  # it is to be made itself
    (found,) = aws.client(settings, "ec2").describe_route_tables(RouteTableIds=[identity])["RouteTables"]
    return dict(found)


def _of_network(settings: Settings, kind: str, planned: Mapping[str, Any]) -> Existing | None:
    """Find a part of a network by its tags. AWS would make a second one, and the first would stay for ever."""
    wanted = planned.get("tags_all") or {}
    if "Name" not in wanted or not settings.tags.items() <= wanted.items():
        return None
    operation, members, identity = _NETWORK[kind]
    # Filtered here as well: the embedded AWS leaves some filters aside.
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    for one in getattr(aws.client(settings, "ec2"), operation)(Filters=filters)[members]:
        tags = by_key(one.get("Tags"))
        if tags == wanted and str(one.get("State")) not in _GONE:
            return Existing(import_id=one[identity], what=f"{kind.removeprefix('aws_')} {wanted['Name']}", tags=tags)
    return None


def by_key(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Read tags of any service, which spell key and value in two ways.

    Returns:
        Value by key.
    """
    return {tag.get("Key", tag.get("key", "")): tag.get("Value", tag.get("value", "")) for tag in tags or ()}


_FINDERS: Final[Mapping[str, Find]] = {
    "aws_cloudwatch_log_group": _log_group,
    "aws_dynamodb_table": _table,
    "aws_ecr_repository": _repository,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_service": _service,
    "aws_iam_role": _role,
    "aws_lb": _load_balancer,
    "aws_lb_listener": _listener,
    "aws_lb_listener_rule": _listener_rule,
    "aws_lb_target_group": _target_group,
    "aws_route": _route,
    "aws_route_table_association": _route_table_association,
    "aws_s3_bucket": _bucket,
    "aws_ssm_parameter": _parameter,
    "aws_vpc_security_group_egress_rule": _egress_rule,
    "aws_vpc_security_group_ingress_rule": _ingress_rule,
}

_NETWORK: Final[Mapping[str, tuple[str, str, str]]] = {
    "aws_eip": ("describe_addresses", "Addresses", "AllocationId"),
    "aws_internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_nat_gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws_route_table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_security_group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "aws_vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "aws_vpc_endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
}
"""Operation that lists them, its member with them, and the member with their import id."""

_GONE: Final = frozenset({"deleted", "deleting", "failed"})

KINDS: Final = frozenset({*_FINDERS, "aws_security_group"})
"""Kinds of resources whose objects have a name or place that only one can have."""
