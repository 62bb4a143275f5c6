"""Which calls of the AWS API change the control plane."""

from __future__ import annotations

import io
from typing import Any, Final
from urllib.parse import parse_qs

READING: Final = (
    "BatchGet",
    "Check",
    "Decode",
    "Decrypt",
    "Describe",
    "Download",
    "Encrypt",
    "Estimate",
    "Filter",
    "Generate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "Test",
    "Validate",
    "Verify",
)
"""How operations begin that only read."""

_OF_ITEMS: Final = frozenset(
    {
        "BatchExecuteStatement",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "PutItem",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""Of DynamoDB: ``embedded.dynamodb`` keeps what they change."""

_VOLATILE: Final = frozenset({"PutLogEvents", "PutMetricData"})
"""What they bring is kept every few seconds."""

_FORM: Final = "application/x-www-form-urlencoded"


def operation(environ: dict[str, Any]) -> str:
    """The operation of a request, or "" where it is told by method and path alone, as in S3.

    The body of a form, in which the older APIs name it, is read and put back.
    """
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target.rpartition(".")[2])
    fields: dict[str, list[str]] = parse_qs(str(environ.get("QUERY_STRING", "")))
    if "Action" not in fields and environ.get("CONTENT_TYPE", "").startswith(_FORM):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        fields = parse_qs(body.decode("latin-1"))
    if "Action" in fields:
        return str(fields["Action"][0])
    path = str(environ.get("PATH_INFO", ""))
    # The newer protocols: /service/X/operation/Y.
    return path.rpartition("/")[2] if path.startswith("/service/") else ""


def is_change(environ: dict[str, Any]) -> bool:
    """Whether a request may change what the control plane has to keep; an unknown operation may."""
    name = operation(environ)
    if not name:
        return environ.get("REQUEST_METHOD") not in ("GET", "HEAD", "OPTIONS")
    return not name.startswith(READING) and name not in _OF_ITEMS and name not in _VOLATILE
