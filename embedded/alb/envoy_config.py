"""A listener said in Envoy's words: the bootstrap once, routes and clusters as often as the listener changes.

A cluster is never edited: new targets are a new cluster, published before the routes that name it and dropped when no
route does. So one swap of the route table moves rules, weights and targets together, and no request can meet half of a
change.

Field names are those of Envoy's v3 API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from embedded.alb.model import (
    Action,
    FixedResponse,
    Forward,
    HostHeader,
    HttpHeaderPresent,
    HttpRequestMethod,
    Listener,
    PathPattern,
    Rule,
    TargetGroup,
)

Json = dict[str, object]

Names = Mapping[TargetGroup, str]
"""The cluster of each group with just these targets."""

ROUTES: Final = "alb"
"""Name of the route configuration, and so part of its statistics' names."""

_LITERAL: Final = frozenset("/_-~:@&%,;=!'\" ")
_NO_LIMIT: Final = 1_000_000
_FIXED_RESPONSE_REQUEST_BYTES: Final = 1 << 20


def routes(*, listener: Listener, names: Names, generation: str, probe_host: str) -> Json:
    """The discovery response that holds all routes of ``listener``, whose groups have the clusters ``names``.

    ``GET /`` with the Host ``probe_host`` answers ``generation``: whoever reads it there knows that every rule, weight
    and target of this response is in force, because the worker swaps the table as a whole.
    """
    table = [route for rule in listener.in_order() for route in _routes(rule, names, listener.port)]
    table.append({"match": {"prefix": "/"}, **_action(listener.default, names, listener.port)})
    probe: Json = {"match": {"prefix": "/"}, "direct_response": _direct(200, generation)}
    return _response(
        generation,
        {
            "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
            "name": ROUTES,
            "max_direct_response_body_size_bytes": 1 << 20,
            "virtual_hosts": [
                {"name": "probe", "domains": [probe_host], "routes": [probe]},
                {"name": "listener", "domains": ["*"], "routes": table},
            ],
            "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
        },
    )


def clusters(*, names: Names, version: str, idle_seconds: float) -> Json:
    """The discovery response that holds the clusters ``names``."""
    return _response(version, *(_cluster(name, group, idle_seconds) for group, name in names.items()))


def pattern_regex(patterns: Iterable[str]) -> str:
    """One RE2 expression that accepts the whole of a text when any of the wildcard ``patterns`` does."""
    return f"(?s)(?:{'|'.join(''.join(_regex_char(char) for char in pattern) for pattern in patterns)})"


def _regex_char(char: str) -> str:
    if char in "*?":
        return ".*" if char == "*" else "."
    if char.isalnum() or char in _LITERAL or not char.isascii():
        return char
    return rf"\x{ord(char):02x}"


def _routes(rule: Rule, names: Names, port: int) -> list[Json]:
    """One route, or two where the Host header has to be looked at with and without a port."""
    path: Json = {"prefix": "/"}
    required: list[Json] = []
    hosts: list[list[Json]] = [[]]
    for condition in rule.conditions:
        match condition:
            case PathPattern(values=values):
                path = {"safe_regex": {"regex": pattern_regex(values)}}
            case HttpRequestMethod(values=values):
                required.append({"name": ":method", "string_match": _any_of_exactly(values)})
            case HttpHeaderPresent(name=name):
                required.append({"name": name.lower(), "present_match": True})
            case HostHeader(values=values):
                named = pattern_regex(values).replace("(?s)", "(?si)", 1)
                has_port = _authority("(?s).+:[0-9]+")
                hosts = [[_authority(f"{named}:[0-9]+")], [_authority(named), {**has_port, "invert_match": True}]]
    action = _action(rule.action, names, port)
    return [{"match": {**path, "headers": [*required, *headers]}, **action} for headers in hosts]


def _authority(regex: str) -> Json:
    return {"name": ":authority", "string_match": {"safe_regex": {"regex": regex}}}


def _any_of_exactly(values: Iterable[str]) -> Json:
    escaped = "|".join("".join(rf"\x{ord(char):02x}" for char in value) for value in values)
    return {"safe_regex": {"regex": f"(?:{escaped})"}}


def _action(action: Action, names: Names, port: int) -> Json:
    match action:
        case FixedResponse():
            return _fixed_response(action)
        case Forward(groups=groups) if sum(weighted.weight for weighted in groups) == 0:
            page = error_page("503 Service Temporarily Unavailable")
            return _fixed_response(FixedResponse(status=503, content_type="text/html", body=page))
        case Forward(groups=groups):
            weights = [{"name": names[each.group], "weight": each.weight} for each in groups]
            # The load balancer limits silence, not duration: no timeout of the whole answer.
            route: Json = {"weighted_clusters": {"clusters": weights}, "timeout": "0s"}
            return {"route": route, "request_headers_to_add": _forwarded_headers(port)}


def _forwarded_headers(port: int) -> list[Json]:
    """X-Forwarded-* as the load balancer sets them; Envoy's own X-Forwarded-For would hide loopback clients."""
    client = {"key": "X-Forwarded-For", "value": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"}
    return [
        {"header": client, "append_action": "APPEND_IF_EXISTS_OR_ADD"},
        _set_header("X-Forwarded-Proto", "http"),
        _set_header("X-Forwarded-Port", str(port)),
    ]


def _set_header(name: str, value: str) -> Json:
    literal = value.replace("%", "%%")  # Envoy reads header values as format strings
    return {"header": {"key": name, "value": literal}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _fixed_response(action: FixedResponse) -> Json:
    headers = [_set_header("Server", "awselb/2.0")]
    if action.body:
        headers.append(_set_header("Content-Type", action.content_type))
    # Answering before the request's body has arrived would cost the client its connection: read the body first.
    buffer = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
        "buffer": {"max_request_bytes": _FIXED_RESPONSE_REQUEST_BYTES},
    }
    return {
        "direct_response": _direct(action.status, action.body),
        "response_headers_to_add": headers,
        "typed_per_filter_config": {"buffer": buffer},
    }


def _direct(status: int, body: str) -> Json:
    return {"status": status, "body": {"inline_string": body}} if body else {"status": status}


def _cluster(name: str, group: TargetGroup, idle_seconds: float) -> Json:
    endpoints = [
        {"endpoint": {"address": {"socket_address": {"address": target.host, "port_value": target.port}}}}
        for target in group.targets
    ]
    limit = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), _NO_LIMIT)
    return {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC",
        "lb_policy": "ROUND_ROBIN",
        "connect_timeout": "10s",
        "circuit_breakers": {"thresholds": [limit]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}] if endpoints else []},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {"idle_timeout": f"{idle_seconds:g}s"},
                "explicit_http_config": {"http_protocol_options": keep_header_case()},
            }
        },
    }


def keep_header_case() -> Json:
    """HTTP/1 options that send header names on as they came instead of in small letters."""
    formatter = "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"
    config = {"@type": f"type.googleapis.com/{formatter}"}
    return {"header_key_format": {"stateful_formatter": {"name": "case", "typed_config": config}}}


def error_page(title: str) -> str:
    """The page that the load balancer itself answers errors with."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def _response(version: str, *resources: Json) -> Json:
    return {"version_info": version, "resources": list(resources)}


def file_source(path: Path) -> Json:
    """Where Envoy reads a discovery response from; it reads again when another file is renamed to ``path``."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}
