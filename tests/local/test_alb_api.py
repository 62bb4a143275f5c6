"""The ELBv2 API refuses what AWS refuses, with AWS's code, and takes what AWS takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cli import aws as cli_aws
from embedded.network import free_port
from tests.support import EmbeddedAws, local_settings, running_embedded_aws

Data = dict[str, Any]
_numbers = itertools.count(1)
_NOBODY = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/nobody/0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Api:
    """A load balancer with one listener, one rule and seven target groups; calls are not checked by the client."""

    elb: Any
    vpc: str
    balancer: str
    listener: str
    port: int
    rule: str
    default_rule: str
    groups: tuple[str, ...]
    tcp_group: str
    sticky_group: str


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("alb-api"))) as running:
        yield _made(running)


def _made(aws: EmbeddedAws) -> Api:
    keys = cli_aws.embedded_credentials(aws.settings)
    elb = boto3.client(
        "elbv2",
        region_name=aws.settings.region,
        endpoint_url=aws.settings.aws_endpoint_url,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
    )
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="api", Subnets=[each["SubnetId"] for each in subnets])["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    port = free_port()
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[fixed()])[
        "Listeners"
    ][0]["ListenerArn"]
    made = elb.create_rule(ListenerArn=listener, Conditions=[path("/taken")], Priority=1, Actions=[fixed()])["Rules"]
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]

    def group(name: str, protocol: str = "HTTP") -> str:
        created = elb.create_target_group(Name=name, Protocol=protocol, Port=80, VpcId=vpc, TargetType="ip")
        return str(created["TargetGroups"][0]["TargetGroupArn"])

    sticky = group("sticky")
    elb.modify_target_group_attributes(
        TargetGroupArn=sticky, Attributes=[{"Key": "stickiness.enabled", "Value": "true"}]
    )
    return Api(
        elb=elb,
        vpc=vpc,
        balancer=balancer,
        listener=listener,
        port=port,
        rule=made[0]["RuleArn"],
        default_rule=next(rule["RuleArn"] for rule in rules if rule["IsDefault"]),
        groups=tuple(group(f"g{number}") for number in range(6)),
        tcp_group=group("tcp", "TCP"),
        sticky_group=sticky,
    )


def fixed(**more: str) -> Data:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", **more}}


def path(*values: str) -> Data:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def host(*values: str) -> Data:
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def header(name: str, *values: str) -> Data:
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}


def query(*pairs: Data) -> Data:
    return {"Field": "query-string", "QueryStringConfig": {"Values": list(pairs)}}


def method(*values: str) -> Data:
    return {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": list(values)}}


def source(*values: str) -> Data:
    return {"Field": "source-ip", "SourceIpConfig": {"Values": list(values)}}


def redirect(**parts: str) -> Data:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}}


def forward(*arns: str, weight: int = 1, **stickiness: Any) -> Data:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn in arns]
    return {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": groups,
            **({"TargetGroupStickinessConfig": stickiness} if stickiness else {}),
        },
    }


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"]
    return str(error["Error"]["Code"])


GOOD_CONDITIONS: list[list[Data]] = [
    [path("/a/*", "/b?")],
    [{"Field": "path-pattern", "Values": ["/a"]}],
    [host("*.example.com", "a-b.example.org"), method("GET", "M-SEARCH")],
    [header("X-Key", "a*", "b"), header("X-Key", "c"), header("User-Agent", "*Chrome*")],
    [query({"Key": "version", "Value": "v1"}, {"Value": r"\*"}), query({"Value": "*x*"})],
    [source("10.0.0.0/8", "2001:db8::/32")],
    [path("/a?b*"), {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^a[.]b$"]}}],
]

BAD_CONDITIONS: list[list[Data]] = [
    [],
    [{}],
    [{"Field": "moon-phase", "Values": ["full"]}],
    [{"Field": "path-pattern"}],
    [{"Field": "path-pattern", "Values": ["/a", "/b"]}],
    [{"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}}],
    [{**path("/a"), "HostHeaderConfig": {"Values": ["a.b"]}}],
    [{"Field": "http-request-method", "Values": ["GET"]}],
    [{"Field": "query-string", "RegexValues": ["a"]}],
    [{"Field": "source-ip", "RegexValues": ["a"]}],
    [path()],
    [path("")],
    [path("/a b")],
    [path("/caf\xe9")],
    [path("/" + "a" * 128)],
    [path("/1", "/2", "/3", "/4", "/5", "/6")],
    [path("/1", "/2", "/3"), method("GET", "PUT", "POST")],
    [path("*******")],
    [path("/a"), path("/b")],
    [host("a.b"), host("c.d")],
    [method("GET"), method("PUT")],
    [source("10.0.0.0/8"), source("11.0.0.0/8")],
    [host("localhost")],
    [host("a.b1")],
    [host("a_/.b")],
    [host("a" * 127 + ".b")],
    [method("get")],
    [method("A" * 41)],
    [header("", "a")],
    [header("X" * 41, "a")],
    [header("X Y", "a")],
    [header("Host", "a.b")],
    [header("X")],
    [header("X", "a" * 129)],
    [query({"Key": "a"})],
    [query({"Value": "a" * 129})],
    [query({"Key": "a" * 129, "Value": "b"})],
    [query()],
    [source("10.0.0.1")],
    [source("nowhere/8")],
    [source("10.0.0.0/33")],
]


@pytest.mark.parametrize("conditions", GOOD_CONDITIONS)
def test_conditions_that_aws_takes_are_taken(api: Api, conditions: list[Data]) -> None:
    made = api.elb.create_rule(
        ListenerArn=api.listener, Conditions=conditions, Priority=1000 + next(_numbers), Actions=[fixed()]
    )
    api.elb.delete_rule(RuleArn=made["Rules"][0]["RuleArn"])


@pytest.mark.parametrize("conditions", BAD_CONDITIONS, ids=repr)
def test_conditions_that_aws_refuses_are_refused(api: Api, conditions: list[Data]) -> None:
    rule = {"ListenerArn": api.listener, "Conditions": conditions, "Priority": 1000, "Actions": [fixed()]}
    assert refused(api.elb.create_rule, **rule) == "ValidationError"
    if conditions:
        assert refused(api.elb.modify_rule, RuleArn=api.rule, Conditions=conditions) == "ValidationError"
    found = api.elb.describe_rules(RuleArns=[api.rule])["Rules"][0]
    assert found["Conditions"][0]["PathPatternConfig"] == {"Values": ["/taken"]}


def bad_actions(api: Api) -> Iterator[tuple[str, list[Data]]]:
    """Error code and actions."""
    first, second, *_ = api.groups
    validation, action, configuration = "ValidationError", "InvalidLoadBalancerAction", "InvalidConfigurationRequest"
    yield validation, []
    yield validation, [{"Type": "dance"}]
    yield validation, [{"TargetGroupArn": first}]
    yield action, [{"Type": "forward"}]
    yield action, [{"Type": "redirect"}]
    yield action, [{"Type": "fixed-response"}]
    yield action, [{**fixed(), "TargetGroupArn": first}]
    yield action, [{"Type": "forward", "TargetGroupArn": first, "RedirectConfig": redirect()["RedirectConfig"]}]
    yield "TargetGroupNotFound", [{"Type": "forward", "TargetGroupArn": _NOBODY}]
    yield "TargetGroupNotFound", [forward(first, _NOBODY)]
    yield validation, [forward(first, second, weight=1000)]
    yield validation, [forward(first, second, weight=-1)]
    yield validation, [forward(first, first)]
    yield validation, [{**forward(first), "TargetGroupArn": second}]
    yield "TooManyTargetGroups", [forward(*api.groups)]
    yield "IncompatibleProtocols", [forward(api.tcp_group)]
    yield validation, [forward(first, second, Enabled=True)]
    yield validation, [forward(first, second, Enabled=True, DurationSeconds=0)]
    yield validation, [forward(first, second, Enabled=True, DurationSeconds=604_801)]
    yield configuration, [forward(first, api.sticky_group)]
    yield validation, [fixed(StatusCode="302")]
    yield validation, [fixed(StatusCode="20")]
    yield validation, [fixed(MessageBody="x" * 1025)]
    yield action, [fixed(ContentType="image/png")]
    yield action, [redirect()]
    yield action, [redirect(Protocol="HTTP", Port=str(api.port), Host="#{host}", Path="/#{path}", Query="a=b")]
    yield validation, [redirect(StatusCode="HTTP_307", Host="a.b")]
    yield validation, [redirect(Protocol="FTP")]
    yield validation, [redirect(Port="0")]
    yield validation, [redirect(Port="65536")]
    yield validation, [redirect(Path="new")]
    yield validation, [redirect(Path="/" + "a" * 128)]
    yield action, [redirect(Path="/#{query}")]
    yield action, [redirect(Host="#{port}.example.com")]
    yield validation, [fixed(), redirect(Host="a.b")]
    yield action, [{**fixed(), "Order": 1}, {**redirect(Host="a.b"), "Order": 2}]
    yield validation, [{**fixed(), "Order": 1}, {**redirect(Host="a.b"), "Order": 1}]
    yield validation, [{**fixed(), "Order": 50_001}]
    yield "TooManyActions", [{**fixed(), "Order": order} for order in range(1, 7)]
    config = {"Issuer": "i", "AuthorizationEndpoint": "a", "TokenEndpoint": "t", "UserInfoEndpoint": "u"}
    oidc = {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {**config, "ClientId": "c", "ClientSecret": "s"}}
    yield action, [{**oidc, "Order": 1}, {**fixed(), "Order": 2}]


def test_actions_that_aws_refuses_are_refused_everywhere(api: Api) -> None:
    found, elb = [], api.elb
    rule = {"ListenerArn": api.listener, "Conditions": [path("/x")], "Priority": 2000}
    listener = {"LoadBalancerArn": api.balancer, "Protocol": "HTTP"}
    for code, actions in bad_actions(api):
        codes = [refused(elb.create_rule, **rule, Actions=actions)]
        if actions:
            codes.append(refused(elb.modify_rule, RuleArn=api.rule, Actions=actions))
            codes.append(refused(elb.modify_listener, ListenerArn=api.listener, DefaultActions=actions))
        if str(api.port) not in str(actions):  # which loops on that port alone
            codes.append(refused(elb.create_listener, **listener, Port=free_port(), DefaultActions=actions))
        if set(codes) != {code}:
            found.append((actions, code, codes))
    assert found == []


def test_actions_that_aws_takes_are_taken(api: Api) -> None:
    first, second, *_ = api.groups
    for actions in (
        [forward(*api.groups[:5], weight=0)],
        [forward(first, second, weight=999, Enabled=True, DurationSeconds=604_800)],
        [forward(first, api.sticky_group, Enabled=True, DurationSeconds=1)],
        [forward(api.sticky_group)],
        [{**forward(first), "TargetGroupArn": first}],
        [{**fixed(MessageBody="x" * 1024, ContentType="text/css"), "Order": 50_000}],
        [redirect(Protocol="HTTPS", Port="443", Host="www.#{host}", Path="/#{port}/#{path}", Query="#{query}&a=b")],
    ):
        api.elb.modify_rule(RuleArn=api.rule, Actions=actions)
    api.elb.modify_rule(RuleArn=api.rule, Actions=[fixed()])


def test_priorities(api: Api) -> None:
    rule = {"ListenerArn": api.listener, "Conditions": [path("/p")], "Actions": [fixed()]}
    assert refused(api.elb.create_rule, **rule, Priority=0) == "ValidationError"
    assert refused(api.elb.create_rule, **rule, Priority=50_001) == "ValidationError"
    assert refused(api.elb.create_rule, **rule, Priority=1) == "PriorityInUse"
    other = api.elb.create_rule(**rule, Priority=50_000)["Rules"][0]["RuleArn"]

    def priorities(**arns: int) -> list[Data]:
        named = {"rule": api.rule, "other": other, "default": api.default_rule, "nobody": f"{api.rule}0"}
        return [{"RuleArn": named[name], "Priority": priority} for name, priority in arns.items()]

    def refusal(**arns: int) -> str:
        return refused(api.elb.set_rule_priorities, RulePriorities=priorities(**arns))

    assert refusal(other=1) == "PriorityInUse"
    assert refusal(other=7, rule=7) == "ValidationError"
    assert refusal(other=0) == "ValidationError"
    assert refusal(default=3) == "OperationNotPermitted"
    assert refusal(nobody=3) == "RuleNotFound"
    api.elb.set_rule_priorities(RulePriorities=priorities(rule=50_000, other=1))
    api.elb.set_rule_priorities(RulePriorities=priorities(rule=1, other=50_000))
    assert refused(api.elb.delete_rule, RuleArn=api.default_rule) == "OperationNotPermitted"
    assert refused(api.elb.modify_rule, RuleArn=api.default_rule, Actions=[fixed()]) == "OperationNotPermitted"
    assert refused(api.elb.modify_rule, RuleArn=api.rule) == "ValidationError"
    api.elb.delete_rule(RuleArn=other)


def test_listeners(api: Api) -> None:
    new = {"LoadBalancerArn": api.balancer, "DefaultActions": [fixed()]}
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=api.port) == "DuplicateListener"
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=0) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=65_536) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="TCP", Port=free_port()) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="HTTPS", Port=free_port()) == "ValidationError"
    nobody = api.balancer.replace("/api/", "/nobody/")
    call = {"LoadBalancerArn": nobody, "DefaultActions": [fixed()], "Protocol": "HTTP", "Port": 1}
    assert refused(api.elb.create_listener, **call) == "LoadBalancerNotFound"
    assert refused(api.elb.modify_listener, ListenerArn=f"{api.listener}0", Port=1) == "ListenerNotFound"


BAD_CHECKS: list[Data] = [
    {"HealthCheckIntervalSeconds": 4},
    {"HealthCheckIntervalSeconds": 301},
    {"HealthCheckTimeoutSeconds": 1},
    {"HealthCheckTimeoutSeconds": 121},
    {"HealthyThresholdCount": 1},
    {"UnhealthyThresholdCount": 11},
    {"HealthCheckPath": "health"},
    {"HealthCheckPath": "/" + "a" * 1024},
    {"HealthCheckPort": "0"},
    {"HealthCheckPort": "http"},
    {"HealthCheckProtocol": "GOPHER"},
    {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5},
    {"Matcher": {"HttpCode": "abc"}},
    {"Matcher": {"HttpCode": "200-600"}},
    {"Matcher": {"HttpCode": "299-200"}},
    {"Matcher": {"HttpCode": "200,"}},
]


@pytest.mark.parametrize("check", BAD_CHECKS, ids=repr)
def test_health_checks_that_aws_refuses_are_refused(api: Api, check: Data) -> None:
    new = {"Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": api.vpc, "TargetType": "ip"}
    assert refused(api.elb.create_target_group, **new, **check) == "ValidationError"
    assert refused(api.elb.modify_target_group, TargetGroupArn=api.groups[0], **check) == "ValidationError"


@pytest.mark.parametrize(
    ("key", "bad", "good"),
    [
        ("deregistration_delay.timeout_seconds", ("-1", "3601", "soon"), ("0", "3599")),
        ("stickiness.enabled", ("yes", ""), ("false",)),
        ("stickiness.lb_cookie.duration_seconds", ("0", "604801"), ("1", "604800")),
        ("stickiness.app_cookie.duration_seconds", ("0", "604801"), ("1", "604800")),
        ("stickiness.app_cookie.cookie_name", ("AWSALB", "AWSALBAPP-0", "AWSALBTGX"), ("session",)),
        ("slow_start.duration_seconds", ("29", "901"), ("0", "30", "900")),
        ("load_balancing.algorithm.type", ("best",), ("least_outstanding_requests", "weighted_random", "round_robin")),
        ("moon.phase", ("full",), ()),
    ],
)
def test_target_group_attributes(api: Api, key: str, bad: tuple[str, ...], good: tuple[str, ...]) -> None:
    def modify(value: str) -> Data:
        return {"TargetGroupArn": api.groups[5], "Attributes": [{"Key": key, "Value": value}]}

    assert {refused(api.elb.modify_target_group_attributes, **modify(value)) for value in bad} == {"ValidationError"}
    for value in good:
        api.elb.modify_target_group_attributes(**modify(value))


def test_target_stickiness_is_refused_behind_a_weighted_rule_without_group_stickiness(api: Api) -> None:
    api.elb.modify_rule(RuleArn=api.rule, Actions=[forward(api.groups[0], api.groups[1])])
    call = {"TargetGroupArn": api.groups[0], "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]}
    assert refused(api.elb.modify_target_group_attributes, **call) == "InvalidConfigurationRequest"
    api.elb.modify_rule(RuleArn=api.rule, Actions=[fixed()])
    api.elb.modify_target_group_attributes(**call)
    call["Attributes"] = [{"Key": "stickiness.type", "Value": "app_cookie"}]
    assert refused(api.elb.modify_target_group_attributes, **call) == "InvalidConfigurationRequest"
    call["Attributes"] = [{"Key": "stickiness.enabled", "Value": "false"}]
    api.elb.modify_target_group_attributes(**call)


@pytest.mark.parametrize(
    ("key", "bad", "good"),
    [
        ("idle_timeout.timeout_seconds", ("0", "4001", "x"), ("1", "4000")),
        ("client_keep_alive.seconds", ("59", "604801"), ("60", "604800")),
        ("routing.http.drop_invalid_header_fields.enabled", ("on",), ("true", "false")),
        ("routing.http.xff_header_processing.mode", ("drop",), ("append",)),
    ],
)
def test_load_balancer_attributes(api: Api, key: str, bad: tuple[str, ...], good: tuple[str, ...]) -> None:
    def modify(value: str) -> Data:
        return {"LoadBalancerArn": api.balancer, "Attributes": [{"Key": key, "Value": value}]}

    assert {refused(api.elb.modify_load_balancer_attributes, **modify(value)) for value in bad} == {"ValidationError"}
    for value in good:
        api.elb.modify_load_balancer_attributes(**modify(value))
