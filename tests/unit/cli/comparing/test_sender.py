"""What is sent to a side, and what its silence is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from cli.comparing.exchange import Answer, Request
from cli.comparing.sender import Sender

READ = Request(method="GET", path="/books?a=b", headers={"Accept": "*/*"})
WRITE = Request(method="POST", path="/orders", headers={"Content-Type": "text/plain"}, body=b"one")


@dataclass
class Pool:
    """Connections to a load balancer that answers, or fails."""

    answer: Any = None
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    cleared: int = 0

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.asked.append((method, url, options))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def clear(self) -> None:
        self.cleared += 1


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    made = Pool(answer=SimpleNamespace(status=204, headers={}, data=b""))

    def make(**options: Any) -> Pool:
        assert options["retries"] is False
        assert options["timeout"].total == 2.5
        return made

    monkeypatch.setattr(urllib3, "PoolManager", make)
    return made


def sender(key_header: str | None = "Idempotency-Key") -> Sender:
    return Sender("http://lb", lambda side: {"X-Side": side}, key_header=key_header, timeout_seconds=2.5)


def test_a_read_is_sent_once_to_the_side_without_a_body_or_a_key(pool: Pool) -> None:
    sender()(READ, "new", key="")
    ((method, url, options),) = pool.asked
    assert (method, url) == ("GET", "http://lb/books?a=b")
    assert options == {
        "headers": {"Accept": "*/*", "Accept-Encoding": "identity", "X-Side": "new"},
        "body": None,
        "redirect": False,
    }


@pytest.mark.parametrize(("key_header", "sent"), [("Idempotency-Key", "k1"), (None, None)])
def test_a_write_has_its_key_where_the_system_knows_one(pool: Pool, key_header: str | None, sent: str | None) -> None:
    sender(key_header)(WRITE, "old", key="k1")
    ((_, _, options),) = pool.asked
    assert options["body"] == b"one"
    assert options["headers"].get("Idempotency-Key") == sent
    assert set(options["headers"].values()) <= {"text/plain", "identity", "old", "k1"}


def test_status_type_location_and_body_are_kept(pool: Pool) -> None:
    headers = {"Content-Type": "application/json", "Location": "/orders/1", "Date": "now"}
    pool.answer = SimpleNamespace(status=201, headers=headers, data=b"{}")
    kept = Answer(status=201, content_type="application/json", location="/orders/1", body=b"{}")
    assert sender()(WRITE, "new", key="k") == kept
    pool.answer = SimpleNamespace(status=204, headers={}, data=b"")
    assert sender()(WRITE, "new", key="k") == Answer(status=204)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (urllib3.exceptions.ReadTimeoutError(None, "u", "x"), "none within 2.5 s"),  # type: ignore[arg-type]
        (urllib3.exceptions.NewConnectionError(None, "0x1"), "none: no connection"),  # type: ignore[arg-type]
        (urllib3.exceptions.ProtocolError("0x2"), "none: the connection was closed"),
        (urllib3.exceptions.DecodeError("0x3"), "none: DecodeError"),
    ],
)
def test_silence_has_the_same_name_each_time(pool: Pool, problem: Exception, told: str) -> None:
    pool.answer = problem
    assert sender()(READ, "new", key="") == Answer(problem=told)


def test_connections_are_closed(pool: Pool) -> None:
    sender().close()
    assert pool.cleared == 1
