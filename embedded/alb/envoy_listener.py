"""Envoy's configuration of the listener: the port, limits of connections, and what Envoy answers by itself.

It changes when attributes of the load balancer do. Connections that were there before end with their next answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded.alb.envoy_actions import error_page
from embedded.alb.envoy_config import METADATA, ROUTES, file_source, keep_header_case, response
from embedded.alb.envoy_json import Json
from embedded.alb.envoy_matches import CLIENT_ADDRESS
from embedded.alb.model import ConnectionSettings
from embedded.alb.tls import Tls

_TYPE: Final = "type.googleapis.com/envoy."
_INVALID_HEADER: Final = "[^:a-z0-9-].*|.+[^a-z0-9-].*"
"""Names of headers that AWS calls invalid; names are in small letters here, and Envoy's own begin with a colon."""


def listeners(*, port: int, routes_file: Path, connections: ConnectionSettings, tls: Tls | None, version: str) -> Json:
    """The discovery response that holds the listener on 127.0.0.1:``port``."""
    manager = _connection_manager(routes_file, connections)
    filters = [_client_address(), {"name": "http", "typed_config": manager}]
    return response(
        version,
        {
            "@type": f"{_TYPE}config.listener.v3.Listener",
            "name": "alb",
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            # With it two proxies could share the port and each take half of the connections, and nobody would notice.
            "enable_reuse_port": False,
            "filter_chains": [
                {"filters": filters, **({} if tls is None else {"transport_socket": _ending_tls(tls)})},
            ],
        },
    )


def _ending_tls(tls: Tls) -> Json:
    certificates = [
        {
            "certificate_chain": {"inline_string": one.chain},
            "private_key": {"inline_string": one.private_key},
        }
        for one in tls.certificates
    ]
    common = {
        "tls_params": {"tls_minimum_protocol_version": tls.at_least, "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": certificates,
        "alpn_protocols": ["http/1.1"],
    }
    kind = f"{_TYPE}extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    return {"name": "tls", "typed_config": {"@type": kind, "common_tls_context": common}}


def _client_address() -> Json:
    kept = {
        "object_key": CLIENT_ADDRESS,
        "factory_key": "envoy.network.ip",
        "format_string": {"text_format_source": {"inline_string": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"}},
    }
    config = {"@type": f"{_TYPE}extensions.filters.network.set_filter_state.v3.Config", "on_new_connection": [kept]}
    return {"name": "client_address", "typed_config": config}


def _connection_manager(routes_file: Path, connections: ConnectionSettings) -> Json:
    keep_alive = f"{connections.client_keep_alive_seconds:g}s"
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
        "common_http_protocol_options": {"idle_timeout": keep_alive, "max_connection_duration": keep_alive},
        "http1_safe_max_connection_duration": True,
        "early_header_mutation_extensions": [_drop_invalid_headers()] if connections.drop_invalid_headers else [],
        "stream_idle_timeout": f"{connections.idle_seconds:g}s",
        "delayed_close_timeout": "0.1s",
        "local_reply_config": {"mappers": _own_errors()},
        "access_log": [_answer_counter()],
        "http_filters": [
            # Switched on by the routes that need them.
            _filter("header_lines", "lua.v3.Lua", disabled=True),
            _filter("sticky", "lua.v3.Lua", disabled=True),
            _filter("buffer", "buffer.v3.Buffer", max_request_bytes=1, disabled=True),
            _filter("router", "router.v3.Router", suppress_envoy_headers=True),
        ],
    }


def _answer_counter() -> Json:
    """Counts answers by target group, status and what Envoy noted, which tells a target's answers from its own."""
    tags = [
        {"name": "group", "value_format": f"%METADATA(CLUSTER:{METADATA}:group)%"},
        {"name": "code", "value_format": "%RESPONSE_CODE%"},
        {"name": "flags", "value_format": "%RESPONSE_FLAGS%"},
    ]
    counter = {"stat": {"name": "answers", "tags": tags}, "value_fixed": 1}
    kind = f"{_TYPE}extensions.access_loggers.stats.v3.Config"
    return {"name": "answers", "typed_config": {"@type": kind, "stat_prefix": "alb", "counters": [counter]}}


def _drop_invalid_headers() -> Json:
    removed = {"remove_on_match": {"key_matcher": {"safe_regex": {"regex": _INVALID_HEADER}}}}
    kind = f"{_TYPE}extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    return {"name": "invalid_headers", "typed_config": {"@type": kind, "mutations": [removed]}}


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
