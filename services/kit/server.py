"""Running an application: one process, one event loop, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Iterator
from typing import Any, Final, cast

import uvicorn
import uvloop

from services.kit import garbage
from services.kit.asgi import AsgiApp
from services.kit.http_protocol import PlainTargetProtocol
from services.kit.lifecycle import Lifecycle
from services.kit.logs import fields
from services.kit.server_settings import ServerSettings

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS: Final = 75
"""Above the ALB's idle timeout of 60 s, so that the ALB and never we close an idle connection."""

_IN_FLIGHT_SECONDS: Final = 10
"""For requests in flight at the end; with the longest grace still well within ECS's stopTimeout of 30 s."""

_ACCEPTED_AT_ONCE: Final = 16
"""Connections that are accepted in one turn of the event loop. libuv, below uvloop, accepts one of each listener in a
turn, and a turn may answer a hundred requests; so the listener is handed over that many times. A deployment that shifts
traffic here brings many connections at once: each would wait a turn longer than the one before."""


class ServeError(RuntimeError):
    """The service cannot serve; the message says why and what to do next."""


def serve(app: AsgiApp, *, settings: ServerSettings, lifecycle: Lifecycle) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; returns when the last request is answered.

    Raises:
        ServeError: the port cannot be had, or the application does not start.
    """
    with contextlib.closing(_bind(settings.host, settings.port)) as listener:
        listeners = [listener, *(listener.dup() for _ in range(_ACCEPTED_AT_ONCE - 1))]
        config = uvicorn.Config(
            cast(Any, app),  # uvicorn spells out each ASGI message; the shapes are the same
            http=PlainTargetProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_IN_FLIGHT_SECONDS,
        )
        server = _Server(config, lifecycle=lifecycle, grace_seconds=settings.shutdown_grace_seconds)
        host, port = listener.getsockname()[:2]
        log.info("Serving.", extra=fields(host=host, port=port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(server.serve(sockets=listeners))
            except SystemExit as stop:  # uvicorn exits by itself when the application's start-up raised
                raise ServeError("The application did not start; the log line before this one says why.") from stop
    log.info("Stopped.")


class _Server(uvicorn.Server):
    """Uvicorn's server that, told to end, goes on serving for the grace period and then ends with success."""

    def __init__(self, config: uvicorn.Config, *, lifecycle: Lifecycle, grace_seconds: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._grace_seconds = grace_seconds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and SIGINT in the loop; uvicorn's own way raises them again afterwards and exits with -15."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open what the application holds, listen, and spare the garbage collector all of it."""
        await super().startup(sockets=sockets)
        garbage.spare_what_is_loaded()

    def _end(self) -> None:
        if self._lifecycle.draining:  # asked twice: do not wait any longer
            self.should_exit = True
            return
        log.info("Draining.", extra=fields(graceSeconds=self._grace_seconds))
        self._lifecycle.start_draining()
        asyncio.get_running_loop().call_later(self._grace_seconds, setattr, self, "should_exit", True)


def _bind(host: str, port: int) -> socket.socket:
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise ServeError(f"Cannot listen on {host}:{port}: {error.strerror}; {_advice(error.errno)}") from error
    return listener


def _advice(code: int | None) -> str:
    if code == errno.EADDRINUSE:
        return "stop the process that uses it or set PORT."
    if code == errno.EACCES:
        return "set PORT to 1024 or above, or allow this user to bind low ports."
    return "set HOST to an address of this machine."
