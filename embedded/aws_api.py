"""The AWS API on loopback: moto in this process, so that the engines beside it see and set its records."""

from __future__ import annotations

import logging
import os
from typing import Any

from embedded import faults
from stacks.settings import EMBEDDED_ACCOUNT_ID


class AwsApi:
    """moto's server for one region. Create it once in a process, before anything else imports moto."""

    def __init__(self, *, port: int, region: str) -> None:
        os.environ["MOTO_ACCOUNT_ID"] = EMBEDDED_ACCOUNT_ID
        os.environ["MOTO_PORT"] = str(port)
        os.environ["AWS_DEFAULT_REGION"] = region
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - reads the account id when imported

        faults.install()
        self._server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
        self._region = region

    def start(self) -> None:
        """Serve in a thread."""
        self._server.start()

    def stop(self) -> None:
        """Stop serving; records stay readable."""
        self._server.stop()

    def backend(self, service: str) -> Any:
        """moto's backend of ``service`` ("ecs", "elbv2", …) in this account and region."""
        from moto.backends import get_backend  # noqa: PLC0415 - see above

        return get_backend(service)[EMBEDDED_ACCOUNT_ID][self._region]

    def global_backend(self, service: str) -> Any:
        """moto's backend of a service without regions ("s3", "iam")."""
        from moto.backends import get_backend  # noqa: PLC0415 - see above

        return get_backend(service)[EMBEDDED_ACCOUNT_ID]["aws"]
