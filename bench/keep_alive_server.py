"""moto's application on cheroot, whose connections stay open: the HTTP server of a DynamoDB on its own.

moto's own server closes every connection after one answer, as DynamoDB does not; whoever calls it from an event loop
then sends each call a turn of the loop later than it could. The whole embedded AWS stays with moto's own server:
Terraform, whose calls are few and not all repeatable, gains nothing from open connections.
"""

from __future__ import annotations

import gc
import logging
import threading
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from cheroot import wsgi
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from embedded.faults import CONNECTION, FaultInjector, FaultSwitch
from embedded.promptness import answer_promptly

_THREADS: Final = 32
_BACKLOG: Final = 512
_IDLE_SECONDS: Final = 75
"""Above what clients keep an idle connection for, so that it is they who end it."""

log = logging.getLogger(__name__)


class KeepAliveServer:
    """moto on 127.0.0.1:``port`` (0: any free one), with the faults of ``faults``."""

    def __init__(self, *, port: int, faults: FaultSwitch) -> None:
        app = FaultInjector(DomainDispatcherApplication(create_backend_app), faults)
        make_server: Any = wsgi.Server  # its types say less than its documentation
        self._server = make_server(
            ("127.0.0.1", port),
            app,
            numthreads=_THREADS,
            server_name="127.0.0.1",
            timeout=_IDLE_SECONDS,
            request_queue_size=_BACKLOG,
        )
        self._server.keep_alive_conn_limit = None  # a limit closes connections while others idle
        self._server.gateway = _Gateway
        self._server.error_log = _log_error
        self._thread = threading.Thread(target=self._server.serve, name="dynamodb", daemon=True)

    def start(self) -> None:
        """Listen, and serve in threads.

        Raises:
            OSError: the port is taken.
        """
        answer_promptly()
        gc.callbacks.append(_spare_survivors)
        self._server.prepare()
        self._thread.start()

    @property
    def endpoint_url(self) -> str:
        """Where it listens."""
        host, port = self._server.bind_addr
        return f"http://{host}:{port}"

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
        self._thread.join()


def _spare_survivors(phase: str, info: dict[str, int]) -> None:
    """Search no item twice: items make no cycles, and all of a table of 100,000 take a tenth of a second."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


class _Gateway(wsgi.Gateway_10):
    """The environment as moto knows it from its own server."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # typed as if it returned nothing
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        target = environ["REQUEST_URI"]
        path = target.partition("?")[0]
        if path.startswith("/"):
            environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")  # cheroot leaves %2F as it is
        environ["RAW_URI"] = target
        environ[CONNECTION] = self.req.conn.socket  # as moto's own server has it, for the fault injector
        return environ


def _log_error(message: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
    """In place of cheroot's, which writes to standard error."""
    log.log(level, "%s", message, exc_info=traceback)
