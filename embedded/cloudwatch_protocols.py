"""CloudWatch for SDKs that call it by JSON or CBOR: translated to the query protocol and back, around moto.

SDKs of late 2025 and after speak Smithy RPC v2 CBOR or AWS JSON 1.0 to CloudWatch. moto takes JSON from the botocore on
that knows it, which is newer than the one that the services pin, and takes no CBOR. Upstream issue: getmoto/moto#9195.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import botocore.session
import cbor2
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from embedded.faults import WsgiApp

_TARGET: Final = "GraniteServiceVersion20100801"
"""CloudWatch's name in these protocols."""

_CBOR_PATH: Final = f"/service/{_TARGET}/operation/"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


class _Wire(Protocol):
    """How one protocol writes documents."""

    headers: Headers

    def read(self, body: bytes) -> Any:
        """The parameters of a call; raises ValueError for what is no document."""

    def write(self, document: Mapping[str, Any]) -> bytes:
        """A document as bytes."""


class _Json:
    headers: Headers = [("Content-Type", "application/x-amz-json-1.0")]  # noqa: RUF012 - nobody changes it

    def read(self, body: bytes) -> Any:
        return json.loads(body or b"{}")

    def write(self, document: Mapping[str, Any]) -> bytes:
        return json.dumps(document, default=_epoch_seconds).encode()


class _Cbor:
    headers: Headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]  # noqa: RUF012

    def read(self, body: bytes) -> Any:
        return cbor2.loads(body) if body else {}

    def write(self, document: Mapping[str, Any]) -> bytes:
        return cbor2.dumps(document, datetime_as_timestamp=True, timezone=dt.UTC)


def _epoch_seconds(value: object) -> float:
    if not isinstance(value, dt.datetime):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()


@dataclass(frozen=True, kw_only=True)
class _Call:
    operation: str
    wire: _Wire


class CloudWatchProtocols:
    """WSGI middleware; every call that is not CloudWatch's by JSON or CBOR passes as it is. Safe in threads."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        model = botocore.session.get_session().get_service_model("cloudwatch")
        self._operations = _by_query(model)
        self._serializer = create_serializer("query")
        self._parser = create_parser("query")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        call = _call_of(environ)
        if call is None:
            return self._app(environ, start_response)
        operation = self._operations.get(call.operation)
        if operation is None:
            unknown = f"{call.operation} is no operation of CloudWatch that is known here."
            return _refuse(start_response, call.wire, "UnknownOperationException", unknown, 404)
        try:
            form = self._form(operation, call.wire.read(_body(environ)))
        except (ValueError, TypeError, AttributeError, OSError, EOFError, ParamValidationError) as problem:
            return _refuse(start_response, call.wire, "SerializationException", str(problem), 400)
        status, answer = self._ask(environ, form)
        return self._answer(start_response, call.wire, operation, status, answer)

    def _form(self, operation: OperationModel, parameters: Any) -> bytes:
        if not isinstance(parameters, dict):
            raise TypeError("the parameters of a call are an object")
        request = self._serializer.serialize_to_request(parameters, operation)
        return urlencode(request["body"]).encode()

    def _ask(self, environ: Environ, form: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to the same call in the query protocol."""
        passed = {
            **{name: value for name, value in environ.items() if name not in _OF_THE_PROTOCOL},
            "PATH_INFO": "/",
            "RAW_URI": "/",
            "REQUEST_URI": "/",
            "CONTENT_TYPE": _FORM,
            "CONTENT_LENGTH": str(len(form)),
            "wsgi.input": io.BytesIO(form),
        }
        statuses: list[str] = []
        body = b"".join(self._app(passed, lambda status, *_: statuses.append(status)))
        return int(statuses[-1].partition(" ")[0]), body

    def _answer(
        self, start_response: Callable[..., Any], wire: _Wire, operation: OperationModel, status: int, body: bytes
    ) -> Iterable[bytes]:
        response = {"status_code": status, "headers": {}, "body": body}
        try:
            parsed: dict[str, Any] = self._parser.parse(response, operation.output_shape)
        except Exception as problem:  # whatever botocore's parser raises for what is no answer of this protocol
            return _refuse(start_response, wire, "InternalFailure", f"{type(problem).__name__}: {problem}", 500)
        if status >= 400:
            error = parsed.get("Error", {})
            return _refuse(start_response, wire, error.get("Code", ""), error.get("Message", ""), status)
        parsed.pop("ResponseMetadata", None)
        return _send(start_response, wire, f"{status} OK", wire.write(parsed), [])


_OF_THE_PROTOCOL: Final = ("HTTP_X_AMZ_TARGET", "HTTP_SMITHY_PROTOCOL", "HTTP_CONTENT_ENCODING", "HTTP_ACCEPT")


def _by_query(model: ServiceModel) -> dict[str, OperationModel]:
    return {str(name): model.operation_model(name) for name in model.operation_names}


def _body(environ: Environ) -> bytes:
    """The body of a request; SDKs compress long ones."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return gzip.decompress(body) if environ.get("HTTP_CONTENT_ENCODING", "") == "gzip" else body


def _call_of(environ: Environ) -> _Call | None:
    """What a request asks of CloudWatch by JSON or CBOR; None for every other request."""
    target, _, operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")
    if target == _TARGET:
        return _Call(operation=operation, wire=_Json())
    path = str(environ.get("PATH_INFO", ""))
    if path.startswith(_CBOR_PATH):
        return _Call(operation=path.removeprefix(_CBOR_PATH), wire=_Cbor())
    return None


def _refuse(start_response: Callable[..., Any], wire: _Wire, code: str, message: str, status: int) -> Iterable[bytes]:
    """An error as these protocols have it, with the query protocol's code for SDKs that know that one."""
    document = {"__type": code, "message": message}
    fault = "Sender" if status < 500 else "Receiver"
    return _send(
        start_response, wire, f"{status} Error", wire.write(document), [("x-amzn-query-error", f"{code};{fault}")]
    )


def _send(
    start_response: Callable[..., Any], wire: _Wire, status: str, body: bytes, headers: Headers
) -> Iterable[bytes]:
    start_response(status, [*wire.headers, ("Content-Length", str(len(body))), *headers])
    return [body]
