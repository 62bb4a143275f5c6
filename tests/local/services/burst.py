"""``python -m tests.local.services.burst PORT VISITORS``: serves a burst of visitors as our services do, then ends.

The first visitor's request holds the event loop until all others have connected and asked. Prints how many turns of the
loop it took to hear the others, and how many objects the garbage collector is spared, as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from services.kit.asgi import Message, Receive, Scope, Send
from services.kit.lifecycle import Lifecycle
from services.kit.server import serve
from services.kit.server_settings import ServerSettings
from tests.support import wait_for


class Burst:
    """The application, and its visitors in a thread."""

    def __init__(self, port: int, visitors: int) -> None:
        self._address = ("127.0.0.1", port)
        self._visitors = visitors
        self._all_have_asked = threading.Event()
        self._turn = 0
        self.heard_in_turns: list[int] = []
        self.spared = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await receive()
            threading.Thread(target=self._visit).start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/first":
            self._all_have_asked.wait(timeout=30)  # holds the loop, on purpose
            self._count_turns()
        else:
            self.heard_in_turns.append(self._turn)
        await send(_HEAD)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _count_turns(self) -> None:
        self._turn += 1
        self.spared = gc.get_freeze_count()
        if len(self.heard_in_turns) < self._visitors:
            asyncio.get_running_loop().call_soon(self._count_turns)

    def _visit(self) -> None:
        first = wait_for(self._connect("/first"), what="the server listens")
        visits = [wait_for(self._connect("/"), what="a connection") for _ in range(self._visitors)]
        self._all_have_asked.set()
        for visit in (first, *visits):
            with visit:
                visit.recv(1024)
        os.kill(os.getpid(), signal.SIGTERM)

    def _connect(self, path: str) -> Callable[[], socket.socket | None]:
        def connect() -> socket.socket | None:
            try:
                connection = socket.create_connection(self._address, timeout=30)
            except ConnectionRefusedError:
                return None
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            return connection

        return connect


_HEAD: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}


def main(port: int, visitors: int) -> None:
    """Serve, and print what was seen."""
    burst = Burst(port, visitors)
    settings = ServerSettings(host="127.0.0.1", port=port, shutdown_grace_seconds=0)
    serve(burst, settings=settings, lifecycle=Lifecycle())
    turns = max(burst.heard_in_turns) - min(burst.heard_in_turns) + 1
    print(json.dumps({"heard": len(burst.heard_in_turns), "turns": turns, "spared": burst.spared}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
