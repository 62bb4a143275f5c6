"""The AWS API on loopback: moto in this process, so that the engines beside it see and set its records."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from embedded.credentials import Credentials
from embedded.faults import FaultInjector, FaultSwitch, WsgiApp
from embedded.guard import Guard
from embedded.sigv4 import Verifier
from stacks.settings import EMBEDDED_ACCOUNT_ID


class AwsApi:
    """moto's server for one region and for callers with ``credentials``.

    Create it once in a process, before anything else imports moto.
    """

    def __init__(self, *, port: int, region: str, credentials: Credentials) -> None:
        os.environ["MOTO_ACCOUNT_ID"] = EMBEDDED_ACCOUNT_ID
        os.environ["MOTO_PORT"] = str(port)
        os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
        os.environ["AWS_DEFAULT_REGION"] = region
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # 1,301 records that Fargate has no use for
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.faults = FaultSwitch()
        self._verifier = Verifier(credentials)
        self._port = port
        self._region = region
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, *, around: Callable[[WsgiApp], WsgiApp]) -> None:
        """Serve in a thread.

        Args:
            around: wraps the application that answers calls.

        Raises:
            OSError: the port is taken.
        """
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - reads the account id when imported
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )

        served = FaultInjector(around(DomainDispatcherApplication(create_backend_app)), self.faults)
        app = Guard(served, verifier=self._verifier, buckets=self._bucket)
        self._server = make_server("127.0.0.1", self._port, app, threaded=True, request_handler=MotoRequestHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; records stay readable."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _bucket(self, name: str) -> Any | None:
        return self.global_backend("s3").buckets.get(name)

    def backend(self, service: str) -> Any:
        """moto's backend of ``service`` ("ecs", "elbv2", …) in this account and region."""
        from moto.backends import get_backend  # noqa: PLC0415 - see above

        return get_backend(service)[EMBEDDED_ACCOUNT_ID][self._region]

    def global_backend(self, service: str) -> Any:
        """moto's backend of a service without regions ("s3", "iam")."""
        from moto.backends import get_backend  # noqa: PLC0415 - see above

        return get_backend(service)[EMBEDDED_ACCOUNT_ID]["aws"]
