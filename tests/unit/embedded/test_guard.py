"""What the guard lets through to the API, and how it refuses the rest."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from moto.s3.models import CorsRule

from embedded import credentials
from embedded.credentials import Credentials
from embedded.guard import Guard
from embedded.sigv4 import Verifier
from tests.unit.embedded.signed_requests import signed

KEYS = credentials.make()
SITE = "https://shop.example"


class Api:
    """What lies behind the guard: counts requests, and answers each as moto does, with CORS headers."""

    def __init__(self) -> None:
        self.served = 0

    def __call__(self, _: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.served += 1
        start_response("200 OK", [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])
        return [b"served"]


class Client:
    """Asks a guard in front of an API with one bucket that lets GET of SITE in."""

    def __init__(self) -> None:
        self.api = Api()
        rule = CorsRule(["GET"], [SITE], expose_headers=["ETag"])
        shared = SimpleNamespace(cors=[rule])
        self.guard = Guard(
            self.api,
            verifier=Verifier(KEYS),
            buckets={"shared": shared}.get,
        )

    def ask(self, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        answers: list[tuple[int, dict[str, str]]] = []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answers.append((int(status.split(maxsplit=1)[0]), {name.lower(): value for name, value in headers}))

        body = b"".join(self.guard(environ, start_response))
        return *answers[0], body


@pytest.fixture
def client() -> Client:
    return Client()


def call(**changes: str) -> dict[str, Any]:
    """A well signed call to DynamoDB, then changed."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    return signed(KEYS, headers=headers, body=b"{}") | changes


def test_the_persons_own_tool_is_served_without_cors_headers(client: Client) -> None:
    status, headers, body = client.ask(call())
    assert (status, body) == (200, b"served")
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "evil.example:4566"},
        {"HTTP_HOST": "evil.localhost:4566"},
        {"HTTP_HOST": "127.0.0.1.evil.example"},
        {"HTTP_HOST": "localhost:4566@evil.example"},
        {"HTTP_HOST": ""},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_ORIGIN": "http://127.0.0.1:8081"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
    ],
    ids=str,
)
def test_a_web_page_is_refused_whatever_it_can_sign(client: Client, changes: dict[str, str]) -> None:
    status, headers, body = client.ask(call(**changes))
    assert status == 403
    assert json.loads(body)["__type"] == "AccessDeniedException"
    assert not [name for name in headers if name.startswith("access-control-")]
    assert client.api.served == 0


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1", "LOCALHOST", "[::1]:4566"])
def test_every_loopback_name_is_ours(client: Client, host: str) -> None:
    status, _, body = client.ask(call(HTTP_HOST=host))
    # Another name than the signed one: it is the signature that does not fit, not the name.
    assert (status, json.loads(body)["__type"]) == (403, "InvalidSignatureException")


@pytest.mark.parametrize("path", ["/moto-api/", "/moto-api/data.json", "/moto-api/reset", "/latest/meta-data/iam"])
def test_motos_own_pages_are_off_for_everybody(client: Client, path: str) -> None:
    environ = signed(KEYS, service="s3", method="GET", path=path)
    assert client.ask(environ)[0] == 404
    assert client.api.served == 0


@pytest.mark.parametrize(
    ("service", "headers", "code", "status"),
    [
        ("ssm", {"X-Amz-Target": "AmazonSSM.GetParameter"}, "UnrecognizedClientException", 403),
        ("lambda", {}, "UnrecognizedClientException", 403),
        ("sts", {"Content-Type": "application/x-www-form-urlencoded"}, "InvalidClientTokenId", 403),
        ("cloudfront", {}, "InvalidClientTokenId", 403),
        ("ec2", {"Content-Type": "application/x-www-form-urlencoded"}, "AuthFailure", 401),
        ("s3", {}, "InvalidAccessKeyId", 403),
    ],
)
def test_unknown_keys_get_awss_own_error_of_the_service(
    client: Client, service: str, headers: dict[str, str], code: str, status: int
) -> None:
    stranger = credentials.make()
    answer = client.ask(signed(stranger, service=service, headers=headers))
    assert answer[0] == status
    assert code in answer[2].decode() + answer[1].get("x-amzn-errortype", "")
    assert client.api.served == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter"}, "MissingAuthenticationTokenException"),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, "MissingAuthenticationToken"),
        ({"QUERY_STRING": "Action=ListUsers"}, "MissingAuthenticationToken"),
        ({}, "AccessDenied"),
    ],
)
def test_no_keys_at_all_are_missed_in_the_protocol_of_the_call(
    client: Client, changes: dict[str, str], code: str
) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "HTTP_HOST": "127.0.0.1:4566",
        "wsgi.input": io.BytesIO(),
        **changes,
    }
    status, _, body = client.ask(environ)
    assert status == 403
    assert code in body.decode()
    assert client.api.served == 0


def test_a_wrong_secret_is_a_signature_that_does_not_match(client: Client) -> None:
    guess = Credentials(access_key_id=KEYS.access_key_id, secret_access_key="guess")
    assert b"SignatureDoesNotMatch" in client.ask(signed(guess, service="s3", method="GET", path="/bucket"))[2]


def preflight(path: str, *, origin: str = SITE, method: str = "GET", **changes: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "OPTIONS",
        "PATH_INFO": path,
        "HTTP_HOST": "127.0.0.1:4566",
        "HTTP_ORIGIN": origin,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": method,
        "HTTP_SEC_FETCH_SITE": "cross-site",
        "wsgi.input": io.BytesIO(),
        **changes,
    }


def test_a_buckets_own_cors_configuration_lets_its_pages_ask_and_a_signed_call_in(client: Client) -> None:
    status, headers, _ = client.ask(preflight("/shared/key"))
    assert (status, headers["access-control-allow-origin"], headers["access-control-allow-methods"]) == (
        200,
        SITE,
        "GET",
    )
    assert client.api.served == 0, "nothing that is not signed is moto's business"
    presigned = signed(KEYS, service="s3", method="GET", path="/shared/key", presigned=True)
    page = {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}
    status, headers, _ = client.ask(presigned | page)
    assert (status, headers["access-control-allow-origin"], headers["access-control-expose-headers"]) == (
        200,
        SITE,
        "ETag",
    )
    assert client.ask(presigned | page | {"QUERY_STRING": ""})[0] == 403


@pytest.mark.parametrize(
    "environ",
    [
        preflight("/shared/key", origin="https://evil.example"),
        preflight("/shared/key", method="PUT"),
        preflight("/shared/key", HTTP_ACCESS_CONTROL_REQUEST_HEADERS="x-amz-acl"),
        preflight("/private/key"),
        preflight("/"),
    ],
)
def test_any_other_preflight_is_refused(client: Client, environ: dict[str, Any]) -> None:
    assert client.ask(environ)[0] == 403
    assert client.api.served == 0
