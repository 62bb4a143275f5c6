"""The services as processes: start and end."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import uuid

import aiohttp
import psutil
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.local.services.conftest import StartService
from tests.local.services.service_process import ROOT, ServiceProcess, status_of
from tests.local.services.table import MYSFITS, MysfitTable
from tests.support import wait_for

ID = MYSFITS[0]["MysfitId"]


def test_idle_monolith_is_small(monolith_process: ServiceProcess) -> None:
    resident_mb = psutil.Process(monolith_process.pid).memory_info().rss / 1e6
    assert resident_mb <= 110


def test_sigterm_turns_unready_serves_on_and_exits_0(start_service: StartService, table: MysfitTable) -> None:
    process = start_service("monolith", **table.environ, MYSFIT_ACTIONS="like", SHUTDOWN_GRACE_SECONDS="1.5")
    process.terminate()
    ask_ready = b"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    wait_for(lambda: status_of(process.ask(ask_ready)) == 503, what="readiness turns off")
    assert b"retry-after: 1" in process.ask(ask_ready)
    alive = process.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")  # answered although kept open: the server closes
    assert (status_of(alive), b"connection: close" in alive) == (200, True)
    like = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    assert status_of(process.ask(like)) == 200
    assert (process.wait(), table.likes(ID)) == (0, 1)
    assert process.messages()[-1] == "Stopped."


async def test_like_in_flight_at_sigterm_is_finished(start_service: StartService) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        arrived.set()
        await go_on.wait()
        return web.json_response({"Update": "Success"})

    app = web.Application()
    app.router.add_post("/{path:.*}", slow)
    async with TestServer(app) as monolith, aiohttp.ClientSession() as session:
        process = await asyncio.to_thread(
            start_service, "like", MONOLITH_URL=f"{monolith.host}:{monolith.port}", SHUTDOWN_GRACE_SECONDS="0"
        )
        like = asyncio.create_task(session.post(f"http://{process.netloc}/mysfits/{ID}/like"))
        await arrived.wait()
        process.terminate()
        await asyncio.to_thread(wait_for, lambda: not accepts(process), what="the port is closed")
        go_on.set()
        async with await like as response:
            assert (response.status, await response.json()) == (200, {"Update": "Success"})
        assert await asyncio.to_thread(process.wait) == 0


def accepts(process: ServiceProcess) -> bool:
    """Whether a new connection is taken."""
    try:
        process.connect().close()
    except OSError:
        return False
    return True


def test_idle_connections_do_not_hold_up_the_end(monolith_process: ServiceProcess) -> None:
    with monolith_process.connect() as untouched, monolith_process.connect() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(65_536).startswith(b"HTTP/1.1 200")
        untouched.sendall(b"GET / HT")
        began = time.monotonic()
        monolith_process.terminate()
        assert monolith_process.wait() == 0
        assert time.monotonic() - began < 5


async def test_like_while_the_monolith_is_killed_and_comes_back_succeeds_once(
    monolith_process: ServiceProcess, start_service: StartService, table: MysfitTable
) -> None:
    like = await asyncio.to_thread(start_service, "like", MONOLITH_URL=monolith_process.netloc)
    start = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    request = f"{start}\r\n".encode()
    assert status_of(await asyncio.to_thread(like.ask, request)) == 200
    monolith_process.kill()
    keyed = f"{start}Idempotency-Key: {uuid.uuid4()}\r\n\r\n".encode()
    asked = asyncio.create_task(asyncio.to_thread(like.ask, keyed))
    port = str(monolith_process.address[1])
    await asyncio.to_thread(start_service, "monolith", **table.environ, MYSFIT_ACTIONS="fulfill-like", PORT=port)
    status = status_of(await asked)
    if status == 503:  # the monolith's start took longer than a like waits; clients then ask again
        status = status_of(await asyncio.to_thread(like.ask, keyed))
    assert status == 200
    assert table.likes(ID) == 2
    assert any(line["level"] == "WARNING" for line in like.logged)


def test_port_in_use_is_one_clear_line(table: MysfitTable) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = ServiceProcess("monolith", {"PORT": str(port), **table.environ})
        assert process.wait() == 1
    (line,) = process.logged
    assert line["level"] == "ERROR"
    assert line["message"] == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use; stop the process that uses it or set PORT."
    )


def test_wrong_settings_are_reported_together() -> None:
    process = ServiceProcess("like", {"PORT": "http", "SITE_ORIGIN": "x"})
    assert process.wait() == 2
    assert [message.split("=")[0].split(" ")[0] for message in process.messages()] == [
        "PORT",
        "SITE_ORIGIN",
        "MONOLITH_URL",
    ]


@pytest.mark.parametrize("other", ["monolith", "like"])
def test_service_can_be_imported_without_the_other_and_does_nothing_by_it(other: str) -> None:
    mine = {"monolith": "like", "like": "monolith"}[other]
    code = (
        "import json, sys, threading\n"
        f"import services.__main__, services.{mine}.app\n"
        f"print(json.dumps([any(m.startswith('services.{other}') for m in sys.modules), threading.active_count()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, 1]
    assert done.stderr == ""
