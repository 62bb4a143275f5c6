"""What Envoy is started with and never changes while it runs: the port, the limits and what it says by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded.alb.envoy_config import ROUTES, Json, error_page, file_source, keep_header_case
from embedded.private_folders import FILE_MODE

_TYPE: Final = "type.googleapis.com/envoy."
_CLIENT_KEEP_ALIVE_SECONDS: Final = 3600
"""The load balancer's default ``client_keep_alive.seconds``; well above the 60 s that clients may stay silent."""

LATENCY_BOUNDS_MS: Final = (
    *(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800),
    *(1000, 1200, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000, 10000, 15000, 20000, 30000, 60000),
)
"""Upper bounds of the latency buckets: close enough together that a quantile is off by a third at most."""


def bootstrap(
    *,
    port: int,
    admin_socket: Path,
    routes_file: Path,
    clusters_file: Path,
    idle_seconds: float,
    drop_invalid_headers: bool,
) -> Json:
    """The configuration for ``envoy -c``; see ``EnvoyProxy`` for the arguments."""
    manager = _connection_manager(routes_file, idle_seconds, drop_invalid_headers)
    listener: Json = {
        "name": "alb",
        "address": _loopback(port),
        # With it two proxies could share the port and each take half of the connections, and nobody would notice.
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {
        "node": {"id": "alb", "cluster": "alb"},
        # On a port every web page could send it a POST /quitquitquit.
        "admin": {"address": {"pipe": {"path": str(admin_socket), "mode": FILE_MODE}}},
        "stats_flush_on_admin": True,
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": [float(bound) for bound in LATENCY_BOUNDS_MS]}
            ]
        },
        "layered_runtime": {
            "layers": [
                # Five patterns of 128 characters are allowed in a rule; the default refuses long before that.
                {"name": "static", "static_layer": {"re2.max_program_size.error_level": 1_000_000}}
            ]
        },
        "dynamic_resources": {"cds_config": file_source(clusters_file)},
        "static_resources": {"listeners": [listener]},
    }


def _loopback(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _connection_manager(routes_file: Path, idle_seconds: float, drop_invalid_headers: bool) -> Json:
    return {
        "@type": f"{_TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "alb",
        "codec_type": "HTTP1",
        "rds": {"route_config_name": ROUTES, "config_source": file_source(routes_file)},
        # The path is matched and forwarded as it came.
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        # No client is trusted with Envoy's control headers, which this strips; X-Forwarded-* are set by the routes.
        "use_remote_address": True,
        "skip_xff_append": True,
        "internal_address_config": {"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
        "generate_request_id": False,
        "preserve_external_request_id": True,
        "server_header_transformation": "PASS_THROUGH",
        "http_protocol_options": {**keep_header_case(), "accept_http_10": True},
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "max_request_headers_kb": 64,
        "common_http_protocol_options": {
            "idle_timeout": f"{_CLIENT_KEEP_ALIVE_SECONDS}s",
            "headers_with_underscores_action": "DROP_HEADER" if drop_invalid_headers else "ALLOW",
        },
        "stream_idle_timeout": f"{idle_seconds:g}s",
        "delayed_close_timeout": "0.1s",
        "local_reply_config": {"mappers": _own_errors()},
        "http_filters": [
            # Switched on by the routes that answer by themselves.
            _filter("buffer", "buffer.v3.Buffer", max_request_bytes=1, disabled=True),
            _filter("router", "router.v3.Router", suppress_envoy_headers=True),
        ],
    }


def _filter(name: str, kind: str, *, disabled: bool = False, **options: object) -> Json:
    config = {"@type": f"{_TYPE}extensions.filters.http.{kind}", **options}
    return {"name": name, "typed_config": config} | ({"disabled": True} if disabled else {})


def _own_errors() -> list[Json]:
    """Status and page of the errors that the load balancer answers by itself, by Envoy's response flags.

    UH no target, NC no cluster, UF connection refused, UC connection lost, UR reset, UPE not HTTP, SI silence. A client
    that falls silent within its own request is answered 408, which is not our page's business.
    """
    is_504 = {"status_code_filter": {"comparison": {"value": {"default_value": 504, "runtime_key": "alb.timeout"}}}}
    return [
        _own_error(_flags("UH", "NC"), 503, "503 Service Temporarily Unavailable"),
        _own_error(_flags("UF", "UC", "UR", "UPE"), 502, "502 Bad Gateway"),
        _own_error({"and_filter": {"filters": [_flags("SI"), is_504]}}, 504, "504 Gateway Time-out"),
    ]


def _flags(*flags: str) -> Json:
    return {"response_flag_filter": {"flags": list(flags)}}


def _own_error(applies: Json, status: int, title: str) -> Json:
    return {
        "filter": applies,
        "status_code": status,
        "body_format_override": {
            "text_format_source": {"inline_string": error_page(title)},
            "content_type": "text/html",
        },
        "headers_to_add": [
            {"header": {"key": "Server", "value": "awselb/2.0"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ],
    }
