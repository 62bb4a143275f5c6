"""One request of a visitor and the answer to it, without anything that says who the visitor was."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

KEPT_HEADERS: Final = ("Accept", "Content-Type")
"""Of a request. All others are dropped: cookies and credentials are personal, the rest decides no answer here."""

_READS: Final = frozenset({"GET", "HEAD"})


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is that of JSON, ``application/problem+json`` included."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


def canonical(body: bytes, content_type: str) -> bytes:
    """The body as a contract gives it back: JSON in one spelling, everything else as it is."""
    if is_json(content_type):
        with contextlib.suppress(ValueError):  # what says that it is JSON and is not
            return json.dumps(json.loads(body), ensure_ascii=False).encode()
    return body


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked.

    Attributes:
        method: in capitals.
        path: with its query.
        headers: those of KEPT_HEADERS that it had, in their spelling.
        body: as it was sent; empty for none.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_read(self) -> bool:
        """Whether it may be asked as often as one wants, because it changes nothing."""
        return self.method in _READS

    @property
    def plain_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def key(self, *scope: str) -> str:
        """A key of 40 letters, digits and hyphens: the same for the same request and the same ``scope``."""
        digest = hashlib.sha256()
        headers = json.dumps(sorted(self.headers.items())).encode()
        for part in (*(text.encode() for text in (*scope, self.method, self.path)), headers, self.body):
            digest.update(len(part).to_bytes(8, "big") + part)
        return f"compare-{digest.hexdigest()[:32]}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; 0 without an answer.
        content_type, location: headers; empty where there is none.
        body: bytes.
        problem: why there was no answer; empty when there was one.
    """

    status: int = 0
    content_type: str = ""
    location: str = ""
    body: bytes = b""
    problem: str = ""

    @property
    def acknowledges(self) -> bool:
        """Whether it says that what was asked is done."""
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and the answer that a visitor got."""

    request: Request
    answer: Answer
