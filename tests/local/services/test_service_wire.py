"""Limits, spellings and oddities on the wire, against one running monolith."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.services.service_process import ServiceProcess, status_of
from tests.local.services.table import AWS_ENVIRON, MYSFITS, MysfitTable, open_table

ID = MYSFITS[0]["MysfitId"]


@pytest.fixture(scope="module")
def table(dynamodb_url: str) -> Iterator[MysfitTable]:
    """One table for all tests here; they compare before and after."""
    with open_table(dynamodb_url) as table:
        yield table


@pytest.fixture(scope="module")
def monolith(table: MysfitTable) -> Iterator[ServiceProcess]:
    """One monolith for all tests here."""
    environ = {"AWS_ENDPOINT_URL": table.endpoint_url, **table.environ, "MYSFIT_ACTIONS": "like"}
    process = ServiceProcess("monolith", AWS_ENVIRON | environ)
    try:
        process.wait_until_serving()
        yield process
    finally:
        process.kill()


@pytest.mark.parametrize(
    "target",
    [
        f"/mysfits/{ID}%2Flike",
        f"/mysfits/{ID}/l%69ke",
        f"/%6dysfits/{ID}/like",
        f"//mysfits/{ID}/like",
        f"/mysfits//{ID}/like",
        f"/mysfits/{ID}//like",
        f"/mysfits/{ID}/like/",
        f"/mysfits/{ID}/like;a=b",
        f"/mysfits/{ID}/LIKE",
        f"/mysfits/x/../{ID}/like",
        f"/mysfits/./{ID}/like",
        f"/mysfits/{ID}/fulfill%2Dlike",
        f"/mysfits/{ID}%00/like",
        f"/mysfits/{ID}/like%3F",
        f"/mysfits/{ID}\\like",
    ],
)
def test_odd_spelling_on_the_wire_reaches_no_handler(monolith: ServiceProcess, table: MysfitTable, target: str) -> None:
    before = table.likes(ID)
    answer = monolith.ask(f"POST {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) in {400, 404}
    assert b"application/problem+json" in answer
    assert table.likes(ID) == before


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /mysfits HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n", 400),
        (b"GET /mysfits HTTP/1.0\r\n\r\n", 200),
        (b"GET http://other/mysfits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        (b"GET /mysfits#all HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        (b"GET http://other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
        (b"GET /mysfits?filter=\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        (b"HEAD /mysfits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
        (b"TRACE /mysfits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", 200),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\nConnection: close\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    ],
)
def test_no_request_is_answered_5xx(monolith: ServiceProcess, request_bytes: bytes, status: int) -> None:
    assert status_of(monolith.ask(request_bytes)) == status


def test_head_has_no_body(monolith: ServiceProcess) -> None:
    answer = monolith.ask(b"HEAD /mysfits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (b"content-type: application/json" in head, body) == (True, b"")


@pytest.mark.parametrize("size_bytes", [17_000, 1_000_000])
def test_large_head_on_the_wire_is_431(monolith: ServiceProcess, size_bytes: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: " + b"x" * size_bytes + b"\r\n\r\n"
    assert status_of(monolith.ask(request)) == 431


def test_many_headers_on_the_wire_are_431(monolith: ServiceProcess) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + b"X: y\r\n" * 4_000 + b"\r\n"
    assert status_of(monolith.ask(request)) == 431


@pytest.mark.parametrize("size_bytes", [20_000, 900_000])
def test_large_body_is_413_and_the_connection_lives_on(monolith: ServiceProcess, size_bytes: int) -> None:
    request = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nContent-Length: {size_bytes}\r\n\r\n".encode()
    answer = monolith.ask(request + b"x" * size_bytes + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert (status_of(answer), answer.count(b"HTTP/1.1 200 OK")) == (413, 1)


def test_chunked_body_without_end_is_413(monolith: ServiceProcess, table: MysfitTable) -> None:
    request = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    before = table.likes(ID)
    answer = monolith.ask(request + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20)
    assert (status_of(answer), table.likes(ID)) == (413, before)


def test_small_bodies_are_tolerated(monolith: ServiceProcess, table: MysfitTable) -> None:
    head = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    before = table.likes(ID)
    for body in ("Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        assert status_of(monolith.ask((head + body).encode())) == 200
    assert table.likes(ID) == before + 2


def test_expecting_client_is_told_to_go_on_or_refused_at_once(monolith: ServiceProcess) -> None:
    head = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
    with monolith.connect() as connection:
        connection.sendall(f"{head}Content-Length: 2\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert status_of(connection.recv(1024)) == 200
    assert status_of(monolith.ask(f"{head}Content-Length: 2000000\r\n\r\n".encode())) == 413
