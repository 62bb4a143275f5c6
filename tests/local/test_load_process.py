"""The load process sends the workload of the system it is given: here the bookshop's orders, to a small server."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rehearse.load_plan import LoadPlan
from rehearse.load_process import LoadProcess
from tests.support import wait_for

ENOUGH = 40


@dataclass
class Shop:
    """Takes orders; the first attempt at every fourth one is answered with 503."""

    url: str = ""
    orders: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Idempotency-Key, Content-Type and body of every request."""

    def answer(self, path: str, key: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        is_new = all(key != known for known, _, _ in self.orders)
        self.orders.append((key, content_type, body))
        if path != "/orders" or (is_new and int(key.rpartition("-")[2]) % 4 == 0):
            return 503, b"{}"
        return 201, body


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key, content_type = self.headers["Idempotency-Key"], self.headers["Content-Type"]
            status, answer = found.answer(self.path, key, content_type, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Nothing on stderr."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_orders_arrive_as_json_and_one_that_failed_is_sent_again_as_it_was(shop: Shop, tmp_path: Path) -> None:
    plan = LoadPlan(
        system="examples/bookshop",
        api=shop.url,
        rate=60.0,
        seed=1,
        mix={"order": 1},
        run_id="run",
        timeout_seconds=5.0,
        retry_seconds=10.0,
        records=tmp_path / "visits.jsonl",
    )
    load = LoadProcess(plan, say=lambda _: None)
    load.start()
    try:
        wait_for(lambda: len(load.records) >= ENOUGH, what="visits")
    finally:
        end = load.stop()
    assert end is not None
    assert end.requests == len(shop.orders) == sum(len(record.attempts) for record in load.records)
    assert {content_type for _, content_type, _ in shop.orders} == {"application/json"}
    bodies: dict[str, set[bytes]] = {}
    for key, _, body in shop.orders:
        bodies.setdefault(key, set()).add(body)
    assert all(len(sent) == 1 for sent in bodies.values())
    for record in load.records:
        assert record.ok
        assert [attempt.status for attempt in record.attempts] == ([503, 201] if record.number % 4 == 0 else [201])
        (body,) = bodies[f"run-{record.number}"]
        assert json.loads(body)["isbn"] == record.counts_as
