"""The AWS API on loopback: moto in this process, so that the engines beside it see and set its records."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, Final

from moto import settings as moto_settings
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from embedded import asked, patches
from embedded.asked import Asked
from embedded.cloudwatch_protocols import CloudWatchProtocols
from embedded.credentials import Credentials
from embedded.faults import FaultInjector, FaultSwitch, WsgiApp
from embedded.guard import Guard
from embedded.lanes import Lanes
from embedded.overriding import override
from embedded.settings import EmbeddedSettings
from embedded.sigv4 import Verifier

_WHOLE_ANSWER_BYTES: Final = 64 * 1024


class _OnePiece(MotoRequestHandler):
    """Sends head and body of an answer together.

    AWS's SDK for Go, and so Terraform's provider, gives up an answer whose body comes after its head, when the machine
    is busy: what it does with the request then races with reading ("use of closed network connection").
    Source: aws/aws-sdk-go-v2 issue 2737, and ``safeWriteToReadCloser`` in smithy-go, whose end is an error to net/http.
    """

    wbufsize = _WHOLE_ANSWER_BYTES

    @override
    def run_wsgi(self) -> None:
        """Answer, after a "100 Continue" that the caller waits for."""
        self.wfile.flush()
        super().run_wsgi()


class AwsApi:
    """moto's server for one region and for callers with ``credentials``; at most one in a process."""

    def __init__(self, settings: EmbeddedSettings, *, credentials: Credentials) -> None:
        os.environ["MOTO_ACCOUNT_ID"] = settings.account_id
        os.environ["MOTO_PORT"] = str(settings.aws_port)
        os.environ["AWS_DEFAULT_REGION"] = settings.region
        patches.set_value(moto_settings, "DISABLE_GLOBAL_CORS", True)  # pages of others read nothing
        patches.set_value(moto_settings, "ACM_VALIDATION_WAIT", 0)  # nobody is asked whose a domain is
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # 1,301 records that Fargate has no use for
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.faults = FaultSwitch()
        self._verifier = Verifier(credentials)
        self._port = settings.aws_port
        self._account_id = settings.account_id
        self._region = settings.region
        self._state_dir = settings.state_dir
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, *, around: Callable[[WsgiApp], WsgiApp]) -> None:
        """Serve in a thread.

        Args:
            around: wraps the application that answers calls.

        Raises:
            OSError: the port is taken.
        """
        served = FaultInjector(around(Lanes(DomainDispatcherApplication(create_backend_app))), self.faults)
        noted = Asked(served, asked.path(self._state_dir))
        app = Guard(CloudWatchProtocols(noted), verifier=self._verifier, buckets=self._bucket)
        self._server = make_server("127.0.0.1", self._port, app, threaded=True, request_handler=_OnePiece)
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
        return get_backend(service)[self._account_id][self._region]

    def global_backend(self, service: str) -> Any:
        """moto's backend of a service without regions ("s3", "iam")."""
        return get_backend(service)[self._account_id]["aws"]
