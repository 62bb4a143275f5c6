"""The recorded contract of a system: what its visitors ask, and what they were answered; ``make record`` makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.comparing.exchange import KEPT_HEADERS, Answer, Exchange, Request, is_json
from cli.errors import REFUSED, CommandError

_ABOUT: Final = (
    "What visitors ask and are answered; make record adds to it, make compare and every deploy ask it again."
)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Recorded exchanges, each with another request, and the names of fields that may differ (see ``fields``)."""

    exchanges: tuple[Exchange, ...] = ()
    ignore: tuple[str, ...] = ()

    def text(self) -> str:
        """As the file has it."""
        document: dict[str, Any] = {"about": _ABOUT}
        if self.ignore:
            document["ignore"] = list(self.ignore)
        document["exchanges"] = [_exchange(one) for one in self.exchanges]
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> Contract:
    """Read the file; one that is not there yet is an empty contract.

    Raises:
        CommandError: it is no contract, exit code 2.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Contract(
            exchanges=tuple(_parsed(one) for one in document["exchanges"]),
            ignore=tuple(_text(one) for one in document.get("ignore", [])),
        )
    except FileNotFoundError:
        return Contract()
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        reason = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
        raise CommandError(
            f"{path} is no recorded contract ({reason}); correct it, or remove it and run make record again.",
            exit_code=REFUSED,
        ) from problem


def _exchange(one: Exchange) -> dict[str, Any]:
    request, answer = one.request, one.answer
    asked: dict[str, Any] = {"method": request.method, "path": request.path}
    if request.headers:
        asked["headers"] = dict(request.headers)
    answered: dict[str, Any] = {"status": answer.status}
    if answer.content_type:
        answered["type"] = answer.content_type
    if answer.location:
        answered["location"] = answer.location
    return {
        "request": asked | _shown(request.body, request.headers.get("Content-Type", "")),
        "answer": answered | _shown(answer.body, answer.content_type),
    }


def _shown(body: bytes, content_type: str) -> dict[str, Any]:
    """The body under ``json`` where it is that, else under ``text``; nothing for none."""
    if not body:
        return {}
    text = body.decode()
    if is_json(content_type):
        try:
            return {"json": json.loads(text)}
        except ValueError:
            pass  # as a visitor sent it, who was told that it is none
    return {"text": text}


def _parsed(document: Mapping[str, Any]) -> Exchange:
    asked, answered = document["request"], document["answer"]
    headers = {_text(name): _text(value) for name, value in asked.get("headers", {}).items()}
    if unknown := set(headers) - set(KEPT_HEADERS):
        raise ValueError(f"the header {', '.join(sorted(unknown))} is not one of {', '.join(KEPT_HEADERS)}")
    path = _text(asked["path"])
    if not path.startswith("/"):
        raise ValueError(f"the path {path} does not begin with a slash")
    return Exchange(
        request=Request(method=_text(asked["method"]).upper(), path=path, headers=headers, body=_body(asked)),
        answer=Answer(
            status=int(answered["status"]),
            content_type=_text(answered.get("type", "")),
            location=_text(answered.get("location", "")),
            body=_body(answered),
        ),
    )


def _body(part: Mapping[str, Any]) -> bytes:
    if "json" in part:
        return json.dumps(part["json"], ensure_ascii=False).encode()
    return _text(part.get("text", "")).encode()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{json.dumps(value)} is no text")
    return value


def merged(
    contract: Contract, found: Iterable[Exchange], *, route_of: Callable[[Request], object], most: int
) -> Contract:
    """Add what was found.

    Args:
        contract: what is known; all of it stays.
        found: what came since.
        route_of: which route a request belongs to, as anything that can be compared.
        most: exchanges of one route and status, those that are known included.

    Returns:
        The contract with them. A request that is known keeps its answer, unless it was refused and no longer is: what
        was refused may have been so for a header that nobody keeps.
    """
    exchanges = {one.request.key(): one for one in contract.exchanges}
    for one in found:
        key, answer = one.request.key(), one.answer
        known = exchanges.get(key)
        if known is not None:
            if answer.acknowledges and not known.answer.acknowledges:
                exchanges[key] = one
            continue
        route = route_of(one.request)
        same = [
            other
            for other in exchanges.values()
            if other.answer.status == answer.status and route_of(other.request) == route
        ]
        if len(same) < most:
            exchanges[key] = one
    return Contract(exchanges=tuple(exchanges.values()), ignore=contract.ignore)
