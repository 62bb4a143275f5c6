"""Requests that botocore signed, as a WSGI server hands them on."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from embedded.credentials import Credentials

ENDPOINT = "http://127.0.0.1:4566"
REGION = "us-east-1"


def signed(
    credentials: Credentials,
    *,
    service: str = "dynamodb",
    method: str = "POST",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    presigned: bool = False,
) -> dict[str, Any]:
    """The WSGI environment of a request signed by botocore."""
    keys = BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key)
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): SigV4Auth,
        (True, False): S3SigV4Auth,
        (False, True): SigV4QueryAuth,
        (True, True): S3SigV4QueryAuth,
    }
    make = kinds[service == "s3", presigned]
    request = AWSRequest(method=method, url=ENDPOINT + path, headers=dict(headers or {}), data=body)
    make(keys, service, REGION).add_auth(request)
    return environ_of(request.prepare())


def environ_of(request: AWSPreparedRequest) -> dict[str, Any]:
    """As werkzeug makes it of the request's bytes."""
    parts = urlsplit(request.url)
    body = request.body or b""
    body = body if isinstance(body, bytes) else body.read()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "RAW_URI": parts.path + (f"?{parts.query}" if parts.query else ""),
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else value.encode().decode("latin-1")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    return environ
