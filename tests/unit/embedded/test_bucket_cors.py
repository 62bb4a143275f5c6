from __future__ import annotations

from types import SimpleNamespace

import pytest

from embedded import bucket_cors

BUCKET = SimpleNamespace(
    cors=[
        SimpleNamespace(allowed_methods=["GET"], allowed_origins=["https://shop.example", "http://*.test.example"]),
        SimpleNamespace(allowed_methods=["PUT"], allowed_origins=["https://upload.example"]),
    ]
)


@pytest.mark.parametrize(
    ("origin", "method", "allowed"),
    [
        ("https://shop.example", "GET", True),
        ("https://shop.example", "PUT", False),
        ("https://shop.example.evil", "GET", False),
        ("https://shopXexample", "GET", False),
        ("http://a.test.example", "GET", True),
        ("https://upload.example", "PUT", True),
        ("", "GET", False),
    ],
)
def test_a_rule_names_origin_and_method(origin: str, method: str, *, allowed: bool) -> None:
    assert bucket_cors.allows(BUCKET, origin, method) is allowed


def test_no_bucket_and_no_rules_let_nobody_in() -> None:
    assert not bucket_cors.allows(None, "https://shop.example", "GET")
    assert not bucket_cors.allows(SimpleNamespace(cors=[]), "https://shop.example", "GET")
