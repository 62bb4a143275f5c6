"""Envoy's configuration of routes and clusters, written anew whenever the listener changes.

A cluster is never edited: new targets are a new cluster, published before the routes that name it and dropped when no
route does. So one swap of the route table moves rules, weights and targets together, and no request can meet half of a
change.

Field names are those of Envoy's v3 API reference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded.alb.envoy_actions import LUA, NO_BUFFER, Names, action_routes, direct
from embedded.alb.envoy_json import Json
from embedded.alb.envoy_matches import header_lines_script, matches
from embedded.alb.model import Listener
from embedded.alb.targets import TargetGroup

ROUTES: Final = "alb"
"""Name of the route configuration, and so part of its statistics' names."""

METADATA: Final = "alb"
"""Namespace of what a cluster says of its target group."""

_NO_LIMIT: Final = 1_000_000
_POLICIES: Final = {
    "round_robin": "ROUND_ROBIN",
    "least_outstanding_requests": "LEAST_REQUEST",
    "weighted_random": "RANDOM",
}


def routes(*, listener: Listener, names: Names, generation: str, probe_host: str) -> Json:
    """The discovery response that holds all routes of ``listener``, whose groups have the clusters ``names``.

    ``GET /`` with the Host ``probe_host`` answers ``generation``: whoever reads it there knows that every rule, weight
    and target of this response is in force, because the worker swaps the table as a whole.
    """
    table = [
        route
        for rule in listener.in_order()
        for route in action_routes(rule.action, matches(rule.conditions), names, listener.entry)
    ]
    table += action_routes(listener.default, matches(()), names, listener.entry)
    everything: Json = {"name": "listener", "domains": ["*"], "routes": table}
    script = header_lines_script(condition for rule in listener.rules for condition in rule.conditions)
    if script is not None:
        # The script may find another route than the first one, which alone decides what filters there are.
        everything["typed_per_filter_config"] = {
            "header_lines": {"@type": LUA, "source_code": {"inline_string": script}},
            "buffer": NO_BUFFER,
        }
    probe: Json = {"match": {"prefix": "/"}, "direct_response": direct(200, generation)}
    return response(
        generation,
        {
            "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
            "name": ROUTES,
            "max_direct_response_body_size_bytes": 1 << 20,
            "virtual_hosts": [{"name": "probe", "domains": [probe_host], "routes": [probe]}, everything],
            "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
        },
    )


def clusters(*, names: Names, version: str) -> Json:
    """The discovery response that holds the clusters ``names``."""
    return response(version, *(_cluster(name, group) for group, name in names.items()))


def _cluster(name: str, group: TargetGroup) -> Json:
    endpoints = [
        {"endpoint": {"address": {"socket_address": {"address": target.host, "port_value": target.port}}}}
        for target in group.targets
    ]
    limit = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), _NO_LIMIT)
    return {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC",
        "lb_policy": _POLICIES[group.algorithm],
        "connect_timeout": "10s",
        # By which the counter of answers knows the group: a cluster's name is another one after each change of targets.
        "metadata": {"filter_metadata": {METADATA: {"group": group.name}}},
        "circuit_breakers": {"thresholds": [limit]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}] if endpoints else []},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {"idle_timeout": f"{group.idle_seconds:g}s"},
                "explicit_http_config": {"http_protocol_options": keep_header_case()},
            }
        },
    }


def keep_header_case() -> Json:
    """HTTP/1 options that send header names on as they came instead of in small letters."""
    formatter = "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"
    config = {"@type": f"type.googleapis.com/{formatter}"}
    return {"header_key_format": {"stateful_formatter": {"name": "case", "typed_config": config}}}


def response(version: str, *resources: Json) -> Json:
    """A discovery response."""
    return {"version_info": version, "resources": list(resources)}


def file_source(path: Path) -> Json:
    """Where Envoy reads a discovery response from; it reads again when another file is renamed to ``path``."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}
