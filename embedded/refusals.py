"""AWS's own errors for calls that are not allowed, in the words and the protocol of the service that was called."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from xml.sax.saxutils import escape

from embedded.sigv4 import Reason

_REST_XML: Final = frozenset({"cloudfront", "route53"})


class Protocol(Enum):
    """How a service writes its errors."""

    JSON = "json"
    REST_JSON = "rest-json"
    QUERY = "query"
    EC2 = "ec2"
    S3 = "s3"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer for ``start_response``."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes = b""


_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method."
)
_INVALID_TOKEN: Final = "The security token included in the request is invalid."  # noqa: S105 - AWS's words
_HOW: Final = ' The keys of the embedded AWS change with each start; get the present ones with eval "$(make -s env)".'
_MESSAGES: Final[Mapping[Reason, str]] = {
    Reason.MISSING: "Missing Authentication Token." + _HOW,
    Reason.OLD: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    Reason.UNKNOWN_KEY: _INVALID_TOKEN + _HOW,
    Reason.MISMATCH: _MISMATCH,
    Reason.EXPIRED: "The request has expired; its date is too far from the time now.",
}
_JSON_CODES: Final = {
    Reason.MISSING: "MissingAuthenticationTokenException",
    Reason.OLD: "IncompleteSignatureException",
    Reason.UNKNOWN_KEY: "UnrecognizedClientException",
    Reason.MISMATCH: "InvalidSignatureException",
    Reason.EXPIRED: "InvalidSignatureException",
    None: "AccessDeniedException",
}
_QUERY_CODES: Final = {
    Reason.MISSING: "MissingAuthenticationToken",
    Reason.OLD: "IncompleteSignature",
    Reason.UNKNOWN_KEY: "InvalidClientTokenId",
    Reason.MISMATCH: "SignatureDoesNotMatch",
    Reason.EXPIRED: "RequestExpired",
    None: "AccessDenied",
}
_EC2_CODES: Final = {
    **_QUERY_CODES,
    Reason.UNKNOWN_KEY: "AuthFailure",
    Reason.MISMATCH: "AuthFailure",
    None: "UnauthorizedOperation",
}
_S3_CODES: Final = {
    Reason.MISSING: "AccessDenied",
    Reason.OLD: "InvalidRequest",
    Reason.UNKNOWN_KEY: "InvalidAccessKeyId",
    Reason.MISMATCH: "SignatureDoesNotMatch",
    Reason.EXPIRED: "AccessDenied",
    None: "AccessDenied",
}
_CODES: Final = {
    Protocol.JSON: _JSON_CODES,
    Protocol.REST_JSON: _JSON_CODES,
    Protocol.QUERY: _QUERY_CODES,
    Protocol.EC2: _EC2_CODES,
    Protocol.S3: _S3_CODES,
}


def protocol_of(environ: Mapping[str, Any], *, service: str) -> Protocol:
    """The protocol of the service that a WSGI request is for; ``service``: signing name, empty when unknown."""
    media_type = environ.get("CONTENT_TYPE", "")
    if "HTTP_X_AMZ_TARGET" in environ or "x-amz-json" in media_type:
        return Protocol.JSON
    if service == "ec2":
        return Protocol.EC2
    if "x-www-form-urlencoded" in media_type or "Action=" in environ.get("QUERY_STRING", "") or service in _REST_XML:
        return Protocol.QUERY
    return Protocol.S3 if service in ("", "s3") else Protocol.REST_JSON


def unverified(protocol: Protocol, reason: Reason) -> Answer:
    """The answer to a call whose signature is not that of who may call."""
    return _answer(protocol, _CODES[protocol][reason], _MESSAGES[reason])


def forbidden(protocol: Protocol, message: str) -> Answer:
    """The answer to a call that is not even looked at; ``message`` says why and what to do."""
    return _answer(protocol, _CODES[protocol][None], message)


def _answer(protocol: Protocol, code: str, message: str) -> Answer:
    request_id = secrets.token_hex(16)
    own: list[tuple[str, str]] = [("x-amzn-RequestId", request_id)]
    media_type = "text/xml"
    code_and_message = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    match protocol:
        case Protocol.JSON:
            media_type, text = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
        case Protocol.REST_JSON:
            media_type, text = "application/json", json.dumps({"message": message})
            own.append(("x-amzn-ErrorType", code))
        case Protocol.QUERY:
            error = f"<Error><Type>Sender</Type>{code_and_message}</Error>"
            text = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        case Protocol.EC2:
            errors = f"<Errors><Error>{code_and_message}</Error></Errors>"
            text = f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
        case Protocol.S3:
            media_type, text = (
                "application/xml",
                f"<Error>{code_and_message}<RequestId>{request_id}</RequestId></Error>",
            )
    body = text.encode()
    headers = [("Content-Type", media_type), ("Content-Length", str(len(body))), *own]
    # EC2 alone answers 401 to keys that it does not know.
    return Answer(status="401 Unauthorized" if code == "AuthFailure" else "403 Forbidden", headers=headers, body=body)
