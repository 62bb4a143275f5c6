"""What the audit finds by tags alone, because its name is of nothing that the system has now; and running tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import audit
from cli.audit import Leftover, leftovers
from settings.settings import Settings
from tests.unit.cli.serving import serve

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "blue"})
SERVICES = (
    *("resourcegroupstaggingapi", "ecs", "ecr", "logs", "s3", "dynamodb", "ec2", "elbv2"),
    *("application-autoscaling", "cloudwatch"),
)
ACCOUNT = "arn:aws:ecs:us-east-1:1"


class Account:
    """Every API of an account in which nothing is, but for what a test adds: the members of each list by operation.

    Attributes:
        lists: pages by operation of those that are read in pages.
        tags: of each object by ARN or name; an error code in their place refuses the question.
    """

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.clusters: list[dict[str, str]] = []
        self.buckets: list[str] = []
        self.gateways: list[dict[str, Any]] = []
        self.balancer_error = "LoadBalancerNotFound"
        self.tags: dict[str, dict[str, str] | str] = {}
        self.asked: dict[str, dict[str, Any]] = {}

    def get_paginator(self, operation: str) -> Any:
        account = self

        class Pages:
            def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
                account.asked[operation] = asked
                yield from account.lists.get(operation, [])

        return Pages()

    def describe_clusters(self, *, clusters: list[str]) -> dict[str, Any]:
        assert clusters == ["mysfits-blue"]
        return {"clusters": self.clusters}

    def list_buckets(self) -> dict[str, Any]:
        return {"Buckets": [{"Name": name} for name in self.buckets]}

    def describe_vpcs(self, *, Filters: list[dict[str, Any]]) -> dict[str, Any]:
        assert Filters == [{"Name": f"tag:{key}", "Values": [value]} for key, value in SETTINGS.tags.items()]
        return {"Vpcs": []}

    def describe_nat_gateways(self, *, Filters: list[dict[str, Any]]) -> dict[str, Any]:
        assert len(Filters) == 2
        return {"NatGateways": self.gateways}

    def describe_load_balancers(self, *, Names: list[str]) -> dict[str, Any]:
        if self.balancer_error:
            raise ClientError({"Error": {"Code": self.balancer_error}}, "DescribeLoadBalancers")
        return {"LoadBalancers": [{"LoadBalancerName": name, "LoadBalancerArn": f"arn:elb:{name}"} for name in Names]}

    def describe_tags(self, *, ResourceArns: list[str]) -> dict[str, Any]:
        return {"TagDescriptions": [{"ResourceArn": arn, "Tags": self._tags(arn)} for arn in ResourceArns]}

    def _tags(self, name: str, *, small: bool = False) -> list[dict[str, str]]:
        found = self.tags[name]
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found}}, "ListTags")
        key, value = ("key", "value") if small else ("Key", "Value")
        return [{key: one, value: text} for one, text in found.items()]

    def list_tags_for_resource(self, *, resourceArn: str) -> dict[str, Any]:
        return {"tags": self._tags(resourceArn, small=resourceArn.startswith("arn:aws:ecs"))}

    def get_bucket_tagging(self, *, Bucket: str) -> dict[str, Any]:
        return {"TagSet": self._tags(Bucket)}

    def describe_table(self, *, TableName: str) -> dict[str, Any]:
        return {"Table": {"TableArn": f"arn:{TableName}"}}

    def list_tags_of_resource(self, *, ResourceArn: str) -> dict[str, Any]:
        return {"Tags": self._tags(ResourceArn)}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    serve(monkeypatch, SETTINGS, made, *SERVICES)
    return made


OWN, OTHERS = dict(SETTINGS.tags), {**SETTINGS.tags, "Env": "blue-old"}


def found() -> set[Leftover]:
    return set(leftovers(SETTINGS))


def test_what_an_earlier_system_had_is_found_by_its_tags(account: Account) -> None:
    names = ("mysfits-blue-old-one", "mysfits-blue-old-two")
    for name, tags in zip(names, (OWN, OTHERS), strict=True):
        account.lists.setdefault("describe_repositories", []).append(
            {"repositories": [{"repositoryArn": f"arn:ecr:{name}", "repositoryName": name}]}
        )
        account.lists.setdefault("list_tables", []).append({"TableNames": [name]})
        account.buckets.append(name)
        account.tags |= {f"arn:ecr:{name}": tags, f"arn:{name}": tags, name: tags}
    kinds = ("ecr/repository", "s3/bucket", "dynamodb/table")
    assert found() == {Leftover(kind=kind, name="mysfits-blue-old-one") for kind in kinds}


@pytest.mark.parametrize("code", ["NoSuchTagSet", "NoSuchBucket", "AccessDenied"])
def test_a_bucket_that_says_no_tags_is_not_ours(account: Account, code: str) -> None:
    account.buckets, account.tags = ["mysfits-blue-site"], {"mysfits-blue-site": code}
    assert found() == set()


def test_what_cannot_be_asked_is_an_error_and_not_nothing(account: Account) -> None:
    account.buckets, account.tags = ["mysfits-blue-site"], {"mysfits-blue-site": "SlowDown"}
    with pytest.raises(ClientError, match="SlowDown"):
        found()
    account.buckets, account.balancer_error = [], "Throttling"
    with pytest.raises(ClientError, match="Throttling"):
        found()


def test_a_load_balancer_is_ours_by_its_tags_as_another_environment_may_have_its_name(account: Account) -> None:
    account.balancer_error, names = "", ("mysfits-blue", "mysfits-blue-internal")
    account.tags = {f"arn:elb:{name}": OWN for name in names}
    assert found() == {Leftover(kind="elasticloadbalancing/loadbalancer", name=name) for name in names}
    account.tags["arn:elb:mysfits-blue-internal"] = {**OWN, "Env": "blue-internal"}
    assert found() == {Leftover(kind="elasticloadbalancing/loadbalancer", name="mysfits-blue")}


def test_tasks_and_services_are_left_as_long_as_their_cluster_is(account: Account) -> None:
    account.lists = {
        "list_services": [{"serviceArns": [f"{ACCOUNT}:service/mysfits-blue/{name}"]} for name in ("like", "adopt")],
        "list_tasks": [{"taskArns": [f"{ACCOUNT}:task/mysfits-blue/{number}"]} for number in (1, 2)],
    }
    account.clusters = [{"status": "INACTIVE"}]
    assert found() == set()
    account.clusters = [{"status": "INACTIVE"}, {"status": "ACTIVE"}]
    assert {(one.kind, one.name) for one in found()} == {
        ("ecs/cluster", "mysfits-blue"),
        *(("ecs/service", name) for name in ("like", "adopt")),
        *(("ecs/task", name) for name in ("1", "2")),
    }
    assert account.asked["list_tasks"] == account.asked["list_services"] == {"cluster": "mysfits-blue"}


def test_a_task_costs_what_fargate_asks_for_a_quarter_of_a_processor_and_half_a_gibibyte() -> None:
    assert Leftover(kind="ecs/task", name="1").monthly_dollars == pytest.approx(9.01, abs=0.01)
    assert Leftover(kind="ec2/elastic-ip", name="1").monthly_dollars == pytest.approx(3.65)


def test_gateways_that_the_embedded_aws_shows_of_others_or_that_are_gone_are_left_out(account: Account) -> None:
    def gateway(number: int, state: str, tags: dict[str, str] | None) -> dict[str, Any]:
        pairs = None if tags is None else [{"Key": key, "Value": value} for key, value in tags.items()]
        return {"NatGatewayId": f"nat-{number}", "State": state, **({} if pairs is None else {"Tags": pairs})}

    account.gateways = [
        *(gateway(number, "available", tags) for number, tags in enumerate((OWN, OTHERS, None, {**OWN, "Name": "x"}))),
        *(gateway(number, state, OWN) for number, state in ((4, "deleted"), (5, "deleting"), (6, "pending"))),
    ]
    assert {one.name for one in found()} == {"nat-0", "nat-3", "nat-6"}


def test_other_kinds_are_those_of_the_tagging_api_for_both_tags_on_every_page(account: Account) -> None:
    arns = (
        "arn:aws:ec2:us-east-1:1:elastic-ip/eipalloc-1",
        "arn:aws:ssm:us-east-1:1:parameter/mysfits/blue/key",
        "arn:aws:ecs:us-east-1:1:cluster/mysfits-blue",  # the tagging API lags behind; ECS itself knows
        "arn:aws:sns:us-east-1:1:alarms",
    )
    account.lists["get_resources"] = [{"ResourceTagMappingList": [{"ResourceARN": arn}]} for arn in arns]
    assert {(one.kind, one.name) for one in found()} == {
        ("ec2/elastic-ip", "elastic-ip/eipalloc-1"),
        ("ssm/parameter", "parameter/mysfits/blue/key"),
        ("sns/object", "alarms"),
    }
    filters = [{"Key": "Project", "Values": ["mysfits"]}, {"Key": "Env", "Values": ["blue"]}]
    assert account.asked["get_resources"] == {"TagFilters": filters}


def test_task_definitions_of_every_state_and_page_are_found(account: Account) -> None:
    families = {"blue-like": None, "blue-gone": OWN, "blue-old-like": OTHERS, "other-like": None}
    arns = [f"{ACCOUNT}:task-definition/mysfits-{family}:7" for family in families]
    account.lists["list_task_definitions"] = [{"taskDefinitionArns": [arn]} for arn in arns]
    account.tags = {arn: tags for arn, tags in zip(arns, families.values(), strict=True) if tags is not None}
    assert audit.task_definitions(SETTINGS) == arns[:2] * 2  # once ACTIVE, once INACTIVE
