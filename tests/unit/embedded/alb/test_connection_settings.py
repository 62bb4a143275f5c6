"""Attributes of a load balancer that shape connections, as the model has them."""

from __future__ import annotations

from embedded.alb.model import ConnectionSettings
from embedded.alb.translate import connection_settings


def test_connection_settings_are_those_of_the_load_balancer() -> None:
    assert connection_settings({}) == ConnectionSettings()
    attributes = {
        "idle_timeout.timeout_seconds": "30",
        "client_keep_alive.seconds": "120",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.xff_header_processing.mode": "remove",
        "routing.http.xff_client_port.enabled": "true",
    }
    settings = ConnectionSettings(
        idle_seconds=30,
        client_keep_alive_seconds=120,
        drop_invalid_headers=True,
        forwarded_for="remove",
        forwarded_for_port=True,
    )
    assert connection_settings(attributes) == settings
