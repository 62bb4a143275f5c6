from __future__ import annotations

from types import SimpleNamespace

import pytest
from moto.s3.models import CorsRule

from embedded.bucket_cors import permission

BUCKET = SimpleNamespace(
    cors=[
        CorsRule(["GET"], ["https://shop.example", "http://*.test.example"], max_age_seconds=60),
        CorsRule(["PUT", "POST"], ["https://upload.example"], allowed_headers=["x-amz-*", "Content-Type"]),
        CorsRule(["HEAD"], ["*"]),
    ]
)


@pytest.mark.parametrize(
    ("origin", "method", "asked", "allowed"),
    [
        ("https://shop.example", "GET", "", True),
        ("https://shop.example", "PUT", "", False),
        ("https://shop.example", "GET", "x-other", False),
        ("https://shop.example.evil", "GET", "", False),
        ("https://shopXexample", "GET", "", False),
        ("http://a.test.example", "GET", "", True),
        ("https://upload.example", "PUT", "x-amz-acl, content-type", True),
        ("https://upload.example", "PUT", "x-amz-acl, x-other", False),
        ("https://anybody.example", "HEAD", "", True),
        ("", "HEAD", "", False),
    ],
)
def test_a_rule_names_origin_method_and_headers(origin: str, method: str, asked: str, *, allowed: bool) -> None:
    assert (permission(BUCKET, origin=origin, method=method, asked_headers=asked) is not None) is allowed


def test_the_headers_say_what_the_rule_allows() -> None:
    shop = permission(BUCKET, origin="https://shop.example", method="GET")
    assert shop is not None
    assert dict(shop) == {
        "Access-Control-Allow-Origin": "https://shop.example",
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Max-Age": "60",
        "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    upload = permission(BUCKET, origin="https://upload.example", method="PUT", asked_headers="X-Amz-Acl")
    assert upload is not None
    assert dict(upload)["Access-Control-Allow-Headers"] == "x-amz-acl"
    anybody = permission(BUCKET, origin="https://anybody.example", method="HEAD")
    assert anybody is not None
    assert dict(anybody)["Access-Control-Allow-Origin"] == "*"


def test_no_bucket_and_no_rules_let_nobody_in() -> None:
    assert permission(None, origin="https://shop.example", method="GET") is None
    assert permission(SimpleNamespace(cors=[]), origin="https://shop.example", method="GET") is None
