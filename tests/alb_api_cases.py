"""What the ELBv2 API takes and refuses: conditions, actions, health checks and attributes, for unit and live tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

Data = dict[str, Any]
NOBODY: Final = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/nobody/0123456789abcdef"


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


def bad_actions(
    groups: Sequence[str], *, tcp_group: str, sticky_group: str, port: int
) -> Iterator[tuple[str, list[Data]]]:
    """Error code and actions, for six HTTP target groups and two others, on an HTTP listener on ``port``."""
    first, second, *_ = groups
    validation, action, configuration = "ValidationError", "InvalidLoadBalancerAction", "InvalidConfigurationRequest"
    yield validation, []
    yield validation, [{"Type": "dance"}]
    yield validation, [{"TargetGroupArn": first}]
    yield action, [{"Type": "forward"}]
    yield action, [{"Type": "redirect"}]
    yield action, [{"Type": "fixed-response"}]
    yield action, [{**fixed(), "TargetGroupArn": first}]
    yield action, [{"Type": "forward", "TargetGroupArn": first, "RedirectConfig": redirect()["RedirectConfig"]}]
    yield "TargetGroupNotFound", [{"Type": "forward", "TargetGroupArn": NOBODY}]
    yield "TargetGroupNotFound", [forward(first, NOBODY)]
    yield validation, [forward(first, second, weight=1000)]
    yield validation, [forward(first, second, weight=-1)]
    yield validation, [forward(first, first)]
    yield validation, [{**forward(first), "TargetGroupArn": second}]
    yield "TooManyTargetGroups", [forward(*groups)]
    yield "IncompatibleProtocols", [forward(tcp_group)]
    yield validation, [forward(first, second, Enabled=True)]
    yield validation, [forward(first, second, Enabled=True, DurationSeconds=0)]
    yield validation, [forward(first, second, Enabled=True, DurationSeconds=604_801)]
    yield configuration, [forward(first, sticky_group)]
    yield validation, [fixed(StatusCode="302")]
    yield validation, [fixed(StatusCode="20")]
    yield validation, [fixed(MessageBody="x" * 1025)]
    yield action, [fixed(ContentType="image/png")]
    yield action, [redirect()]
    yield action, [redirect(Protocol="HTTP", Port=str(port), Host="#{host}", Path="/#{path}", Query="a=b")]
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


def good_actions(groups: Sequence[str], *, sticky_group: str) -> Iterator[list[Data]]:
    """Actions for the same target groups that are taken."""
    first, second, *_ = groups
    yield [forward(*groups[:5], weight=0)]
    yield [forward(first, second, weight=999, Enabled=True, DurationSeconds=604_800)]
    yield [forward(first, sticky_group, Enabled=True, DurationSeconds=1)]
    yield [forward(sticky_group)]
    yield [{**forward(first), "TargetGroupArn": first}]
    yield [{**fixed(MessageBody="x" * 1024, ContentType="text/css"), "Order": 50_000}]
    yield [redirect(Protocol="HTTPS", Port="443", Host="www.#{host}", Path="/#{port}/#{path}", Query="#{query}&a=b")]


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


Values = tuple[str, ...]
GROUP_ATTRIBUTES: list[tuple[str, Values, Values]] = [
    ("deregistration_delay.timeout_seconds", ("-1", "3601", "soon"), ("0", "3599")),
    ("stickiness.enabled", ("yes", ""), ("false",)),
    ("stickiness.lb_cookie.duration_seconds", ("0", "604801"), ("1", "604800")),
    ("stickiness.app_cookie.duration_seconds", ("0", "604801"), ("1", "604800")),
    ("stickiness.app_cookie.cookie_name", ("AWSALB", "AWSALBAPP-0", "AWSALBTGX"), ("session",)),
    ("slow_start.duration_seconds", ("29", "901"), ("0", "30", "900")),
    ("load_balancing.algorithm.type", ("best",), ("least_outstanding_requests", "weighted_random", "round_robin")),
    ("moon.phase", ("full",), ()),
]
"""Key, values that are refused, values that are taken; of target groups, and below of load balancers."""

BALANCER_ATTRIBUTES: list[tuple[str, Values, Values]] = [
    ("idle_timeout.timeout_seconds", ("0", "4001", "x"), ("1", "4000")),
    ("client_keep_alive.seconds", ("59", "604801"), ("60", "604800")),
    ("routing.http.drop_invalid_header_fields.enabled", ("on",), ("true", "false")),
    ("routing.http.xff_header_processing.mode", ("drop",), ("append",)),
]
