"""The load balancer's address: HTTP without a scheme, as in the workshop, or HTTPS."""

from __future__ import annotations

import pytest

from services.kit.address import base_url, read_address
from services.kit.environment import EnvironmentReader


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("alb.example", "http://alb.example"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
    ],
)
def test_an_address_without_a_scheme_is_called_over_http(address: str, url: str) -> None:
    reader = EnvironmentReader({"SOME_URL": address})
    assert base_url(read_address(reader, "SOME_URL")) == url
    assert reader.problems == []


@pytest.mark.parametrize("address", ["http://alb.example", "https://", "https://alb/path", "ftp://alb", "a b"])
def test_any_other_scheme_and_a_path_are_refused(address: str) -> None:
    reader = EnvironmentReader({"SOME_URL": address})
    read_address(reader, "SOME_URL")
    assert len(reader.problems) == 1
