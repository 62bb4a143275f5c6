"""What stands before the routes: how connections are encrypted, how long they may be idle, what is stripped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedded.alb.envoy_listener import listeners
from embedded.alb.model import ConnectionSettings
from embedded.alb.tls import Certificate, Tls


def filter_chain(tls: Tls | None = None, connections: ConnectionSettings | None = None) -> dict[str, Any]:
    response: Any = listeners(
        port=8080,
        routes_file=Path("/run/routes.json"),
        connections=connections or ConnectionSettings(),
        tls=tls,
        version="7",
    )
    [listener] = response["resources"]
    [chain] = listener["filter_chains"]
    found: dict[str, Any] = chain
    return found


def test_http_is_not_encrypted() -> None:
    assert "transport_socket" not in filter_chain()


@pytest.mark.parametrize("oldest", ["TLSv1_2", "TLSv1_3"])
def test_https_has_every_certificate_in_order_and_speaks_http_1_above_tls_1_2(oldest: Any) -> None:
    certificates = tuple(Certificate(chain=f"chain {name}", private_key=f"key {name}") for name in "ab")
    socket = filter_chain(Tls(certificates=certificates, at_least=oldest))["transport_socket"]
    assert socket["typed_config"]["common_tls_context"] == {
        "tls_params": {"tls_minimum_protocol_version": oldest, "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [
            {"certificate_chain": {"inline_string": f"chain {name}"}, "private_key": {"inline_string": f"key {name}"}}
            for name in "ab"
        ],
        "alpn_protocols": ["http/1.1"],
    }


def test_connections_end_when_the_settings_say_so() -> None:
    connections = ConnectionSettings(idle_seconds=7.5, client_keep_alive_seconds=61, drop_invalid_headers=True)
    manager = filter_chain(connections=connections)["filters"][-1]["typed_config"]
    assert manager["stream_idle_timeout"] == "7.5s"
    assert manager["common_http_protocol_options"] == {"idle_timeout": "61s", "max_connection_duration": "61s"}
    assert len(manager["early_header_mutation_extensions"]) == 1
    plain = filter_chain()["filters"][-1]["typed_config"]
    assert plain["early_header_mutation_extensions"] == []
