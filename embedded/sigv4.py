"""Verifies AWS's Signature Version 4, in the Authorization header or in the query string (a presigned URL).

Written down here because no maintained library verifies; botocore only signs, and building its requests from ours costs
several times as much as the check. Tests compare the two over many requests.
Source: "AWS Signature Version 4 for API requests" in the IAM User Guide.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from botocore.utils import normalize_url_path

from embedded.credentials import Credentials

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_HEADER: Final = re.compile(
    rf"{_ALGORITHM} +Credential=(?P<scope>[^, ]+), *SignedHeaders=(?P<headers>[^, ]+), *"
    r"Signature=(?P<signature>[0-9a-f]+)"
)
_TIME: Final = "%Y%m%dT%H%M%SZ"
_CLOCK_SKEW: Final = timedelta(minutes=15)
_LONGEST_PRESIGNED: Final = timedelta(days=7)
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"
_UNRESERVED: Final = "-_.~"
_S3: Final = "s3"

Environ = dict[str, Any]


class Reason(Enum):
    """Why a request is not taken."""

    MISSING = "missing"
    OLD = "another way of signing, such as version 2"
    UNKNOWN_KEY = "unknown key"
    MISMATCH = "mismatch"
    EXPIRED = "expired"


class UnverifiedError(Exception):
    """The request is not signed by who may call. ``service`` is the signing name it gave, empty without one."""

    def __init__(self, reason: Reason, *, service: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.service = service


@dataclass(frozen=True, kw_only=True)
class _Signed:
    """What a request says of its own signature."""

    key_id: str
    date: str
    region: str
    service: str
    time: str
    headers: tuple[str, ...]
    signature: str
    query: str
    lifetime: timedelta | None = None

    @property
    def is_presigned(self) -> bool:
        return self.lifetime is not None


class Verifier:
    """Knows the one pair of keys that may call.

    Args:
        credentials: that pair.
        clock: the time now.
    """

    def __init__(
        self, credentials: Credentials, *, clock: Callable[[], datetime] = lambda: datetime.now(tz=UTC)
    ) -> None:
        self._key_id = credentials.access_key_id
        self._clock = clock
        secret = f"AWS4{credentials.secret_access_key}".encode()

        @lru_cache(maxsize=64)
        def signing_key(date: str, region: str, service: str) -> bytes:
            key = secret
            for part in (date, region, service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            return key

        self._signing_key = signing_key

    def verify(self, environ: Environ) -> None:
        """Return when the request of a WSGI environment is signed as it arrived, its body included.

        A body that had to be read is put back.

        Raises:
            UnverifiedError: it is not; nothing of the body was read when the key is not ours.
        """
        signed = _signed(environ)
        if not hmac.compare_digest(signed.key_id, self._key_id) or "HTTP_X_AMZ_SECURITY_TOKEN" in environ:
            raise UnverifiedError(Reason.UNKNOWN_KEY, service=signed.service)
        self._check_time(signed)
        _check_covered(environ, signed)
        request = "\n".join(
            (
                environ["REQUEST_METHOD"],
                _canonical_path(environ, signed.service),
                signed.query,
                *(f"{name}:{_header(environ, name, signed.service)}" for name in signed.headers),
                "",
                ";".join(signed.headers),
                _payload_hash(environ, signed),
            )
        )
        scope = f"{signed.date}/{signed.region}/{signed.service}/aws4_request"
        digest = hashlib.sha256(request.encode("latin-1")).hexdigest()
        key = self._signing_key(signed.date, signed.region, signed.service)
        text = f"{_ALGORITHM}\n{signed.time}\n{scope}\n{digest}"
        wanted = hmac.digest(key, text.encode(), "sha256").hex()
        if not hmac.compare_digest(wanted, signed.signature):
            raise UnverifiedError(Reason.MISMATCH, service=signed.service)

    def _check_time(self, signed: _Signed) -> None:
        try:
            made = datetime.strptime(signed.time, _TIME).replace(tzinfo=UTC)
        except ValueError:
            raise UnverifiedError(Reason.MISMATCH, service=signed.service) from None
        now = self._clock()
        good_for = _CLOCK_SKEW if signed.lifetime is None else min(signed.lifetime, _LONGEST_PRESIGNED)
        if made - now > _CLOCK_SKEW or now - made > good_for:
            raise UnverifiedError(Reason.EXPIRED, service=signed.service)


def _signed(environ: Mapping[str, Any]) -> _Signed:
    """What the request says of its signature, of which nothing is checked yet.

    Raises:
        UnverifiedError: it says nothing, or not in this form.
    """
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    pairs = _query_pairs(environ.get("QUERY_STRING", ""))
    if authorization:
        found = _HEADER.fullmatch(authorization.strip())
        if found is None:
            raise UnverifiedError(Reason.OLD)
        query, time = _joined(pairs), environ.get("HTTP_X_AMZ_DATE", "")
        return _of_scope(found["scope"], headers=found["headers"], signature=found["signature"], time=time, query=query)
    values = dict(pairs)
    if "X-Amz-Signature" not in values or values.get("X-Amz-Algorithm") != _ALGORITHM:
        raise UnverifiedError(Reason.OLD if {"Signature", "X-Amz-Signature"} & values.keys() else Reason.MISSING)
    seconds = values.get("X-Amz-Expires", "")
    return _of_scope(
        _decoded(values.get("X-Amz-Credential", "")),
        headers=_decoded(values.get("X-Amz-SignedHeaders", "")),
        signature=values["X-Amz-Signature"],
        time=values.get("X-Amz-Date", ""),
        query=_joined(pair for pair in pairs if pair[0] != "X-Amz-Signature"),
        lifetime=timedelta(seconds=int(seconds) if re.fullmatch(r"\d{1,6}", seconds) else 0),
    )


def _of_scope(
    scope: str, *, headers: str, signature: str, time: str, query: str, lifetime: timedelta | None = None
) -> _Signed:
    parts = scope.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise UnverifiedError(Reason.MISSING)
    key_id, date, region, service = parts[:4]
    names = tuple(headers.split(";"))
    return _Signed(
        key_id=key_id.encode("ascii", "replace").decode(),
        date=date,
        region=region,
        service=service,
        time=time,
        headers=names,
        signature=signature.encode("ascii", "replace").decode(),
        query=query,
        lifetime=lifetime,
    )


def _check_covered(environ: Mapping[str, Any], signed: _Signed) -> None:
    """As AWS asks: the host and every ``x-amz-`` header must be part of what is signed."""
    present = {name[5:].lower().replace("_", "-") for name in environ if name.startswith("HTTP_X_AMZ_")}
    covered = {name.replace("_", "-") for name in signed.headers}
    if "host" not in covered or not present <= covered:
        raise UnverifiedError(Reason.MISMATCH, service=signed.service)


def _query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values, each percent-encoded in AWS's way however they arrived."""
    if not query:
        return []
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(_encoded(name), _encoded(value)) for name, _, value in pairs]


def _joined(pairs: Any) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.encode("latin-1")), safe=_UNRESERVED)


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode("latin-1")


def _canonical_path(environ: Mapping[str, Any], service: str) -> str:
    """The path as it arrived; services other than S3 normalise it and encode it once more."""
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/")
    if "://" in target.partition("?")[0]:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    path = target.partition("?")[0] or "/"
    return path if service == _S3 or path == "/" else quote(normalize_url_path(path), safe="/~")


def _header(environ: Mapping[str, Any], name: str, service: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
    if value is None:
        raise UnverifiedError(Reason.MISMATCH, service=service)
    # As bytes: in text, half of a letter such as à would count as white space.
    return b" ".join(str(value).encode("latin-1").split()).decode("latin-1")


def _payload_hash(environ: Environ, signed: _Signed) -> str:
    """The hash that is part of what is signed: of the body that came, whatever hash the request claims."""
    claimed = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if claimed is None and signed.is_presigned and signed.service == _S3:
        return _UNSIGNED_PAYLOAD
    if claimed is not None and not _HASH.fullmatch(claimed):
        return str(claimed)  # UNSIGNED-PAYLOAD, or a body in chunks with signatures of their own
    return hashlib.sha256(_body(environ)).hexdigest()


def _body(environ: Environ) -> bytes:
    """The whole body, which stays readable for who comes next."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if length:
        body: bytes = stream.read(int(length) if length.isdecimal() else 0)
    else:
        body = stream.read() if environ.get("wsgi.input_terminated") else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body
