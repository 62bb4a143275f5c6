"""What the audit finds of an environment, and what it leaves to others. AWS is moto, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from cli.audit import Leftover, audit, delete_task_definitions, leftovers, task_definitions
from cli.errors import CommandError
from cli.progress import Progress
from settings.settings import Settings

REGION: Final = "us-east-1"
ENV: Final = "blue"
OTHER: Final = "blueish"
"""Its name begins like the first one's."""


def tags(env: str, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: "Project", value: "mysfits"}, {key: "Env", value: env}]


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An AWS in which nothing was made yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Settings.from_environ({"TARGET": "aws", "ENV": ENV, "REGION": REGION})


def make_network(env: str) -> dict[str, str]:
    """VPC, NAT gateway and load balancer; their names by kind."""
    ec2 = client("ec2")
    tagged = [{"ResourceType": "vpc", "Tags": tags(env)}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged)["Vpc"]["VpcId"]
    zones = (("10.0.0.0/24", f"{REGION}a"), ("10.0.1.0/24", f"{REGION}b"))
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=c, AvailabilityZone=z)["Subnet"]["SubnetId"] for c, z in zones]
    gateway = ec2.create_nat_gateway(
        SubnetId=subnets[0],
        ConnectivityType="private",
        TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags(env)}],
    )["NatGateway"]["NatGatewayId"]
    client("elbv2").create_load_balancer(Name=f"mysfits-{env}", Subnets=subnets, Tags=tags(env))
    return {"ec2/vpc": vpc, "ec2/natgateway": gateway, "elasticloadbalancing/loadbalancer": f"mysfits-{env}"}


def make_data(env: str) -> dict[str, str]:
    """Table, bucket, registry, log group and a secret; their names by kind."""
    name = f"mysfits-{env}"
    client("dynamodb").create_table(
        TableName=f"{name}-mysfits",
        KeySchema=[{"AttributeName": "MysfitId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "MysfitId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=tags(env),
    )
    bucket = f"{name}-site-1-{REGION}"
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(env)})
    client("ecr").create_repository(repositoryName=f"{name}-like", tags=tags(env))
    group = f"/mysfits/{env}/like"
    client("logs").create_log_group(logGroupName=group, tags={"Project": "mysfits", "Env": env})
    secret = client("secretsmanager").create_secret(Name=f"{name}-key", SecretString="x", Tags=tags(env))["ARN"]
    return {
        "dynamodb/table": f"{name}-mysfits",
        "s3/bucket": bucket,
        "ecr/repository": f"{name}-like",
        "logs/log-group": group,
        "secretsmanager/secret": secret.rpartition(":")[2],
    }


def register(env: str, service: str = "like") -> str:
    """A task definition; its ARN."""
    arn: str = client("ecs").register_task_definition(
        family=f"mysfits-{env}-{service}",
        containerDefinitions=[{"name": "c", "image": "i", "memory": 128}],
        tags=tags(env, "key", "value"),
    )["taskDefinition"]["taskDefinitionArn"]
    return arn


def make_cluster(env: str) -> dict[str, str]:
    """Cluster with a service and its definition; their names by kind."""
    ecs, name = client("ecs"), f"mysfits-{env}"
    ecs.create_cluster(clusterName=name, tags=tags(env, "key", "value"))
    definition = register(env)
    ecs.create_service(cluster=name, serviceName=f"{name}-like", taskDefinition=definition, desiredCount=0)
    return {"ecs/cluster": name, "ecs/service": f"{name}-like", "ecs/task-definition": definition.rpartition("/")[2]}


def make_scaling(env: str) -> dict[str, str]:
    """A service that scales, its alarm, one that AWS made and a dashboard; their names by kind."""
    name = f"mysfits-{env}"
    target = f"service/{name}/{name}-like"
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=target,
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    make_alarm(f"{name}-like-load", Tags=tags(env))
    body = '{"widgets": []}'
    client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=body)
    return {
        "application-autoscaling/scalable-target": target,
        "cloudwatch/alarm": f"{name}-like-load",
        "cloudwatch/dashboard": name,
    }


def make_alarm(name: str, **given: Any) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        **given,
    )


def made(env: str) -> Mapping[str, str]:
    """One object of every kind; their names by kind."""
    return make_network(env) | make_data(env) | make_cluster(env) | make_scaling(env)


def test_an_empty_account_has_nothing_left(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(leftovers(settings)) == []
    audit(settings, Progress())
    told = capsys.readouterr().out.split()
    assert " ".join(told).endswith("Left of mysfits-blue Objects 0 A month $0.00")


def test_one_object_of_every_kind_is_found_and_none_of_an_environment_whose_name_begins_alike(
    settings: Settings,
) -> None:
    made(OTHER)
    own = made(ENV)
    assert set(leftovers(settings)) == {Leftover(kind=kind, name=name) for kind, name in own.items()}


def test_what_is_left_is_told_with_its_price_and_what_to_do(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    own = make_network(ENV) | make_data(ENV)
    with pytest.raises(CommandError, match=f"{len(own)} objects of mysfits-blue are left; run make destroy"):
        audit(settings, Progress())
    told = capsys.readouterr().out
    audit(settings, Progress(), why="they are deployed")
    again = capsys.readouterr()
    assert again.out == told
    assert f"{len(own)} objects: they are deployed" in again.err
    lines = {line.split()[0]: line for line in told.splitlines() if "/" in line.split()[0]}
    assert set(lines) == set(own)
    assert all(own[kind] in line for kind, line in lines.items())
    assert lines["ec2/natgateway"].endswith("$32.85")
    assert lines["elasticloadbalancing/loadbalancer"].endswith("$16.43")
    assert lines["secretsmanager/secret"].endswith("$0.40")
    assert lines["ec2/vpc"].endswith("$0.00")
    assert "$49.68 and what use costs" in told


def test_what_is_gone_or_going_is_not_left(settings: Settings) -> None:
    own = make_network(ENV) | make_cluster(ENV)
    client("ec2").delete_nat_gateway(NatGatewayId=own["ec2/natgateway"])
    client("ecs").delete_service(cluster=own["ecs/cluster"], service=own["ecs/service"], force=True)
    client("ecs").delete_cluster(cluster=own["ecs/cluster"])
    kinds = {one.kind for one in leftovers(settings)}
    assert kinds == {"ec2/vpc", "elasticloadbalancing/loadbalancer", "ecs/task-definition"}


def test_an_alarm_that_aws_made_to_track_a_target_is_left_and_needs_no_tags(settings: Settings) -> None:
    own = f"TargetTracking-service/mysfits-{ENV}/mysfits-{ENV}-like-AlarmHigh-1"
    make_alarm(own)
    make_alarm(f"TargetTracking-service/mysfits-{OTHER}/mysfits-{OTHER}-like-AlarmHigh-1")
    make_alarm(f"mysfits-{ENV}-of-nobody")
    assert list(leftovers(settings)) == [Leftover(kind="cloudwatch/alarm", name=own)]


def test_task_definitions_are_found_until_they_are_deleted_however_many(settings: Settings) -> None:
    others = register(OTHER)
    own = [register(ENV) for _ in range(12)]
    client("ecs").deregister_task_definition(taskDefinition=own[0])
    assert sorted(task_definitions(settings)) == sorted(own)
    assert delete_task_definitions(settings) == 12
    assert client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"] == [others]
