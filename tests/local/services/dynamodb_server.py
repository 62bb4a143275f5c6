"""The embedded AWS's DynamoDB alone, in a process of its own: ``python -m tests.local.services.dynamodb_server``.

Prints its endpoint and serves until its standard input ends, so it never outlives the tests that started it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Serve."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - the tests that only start this need no moto

    from embedded.dynamodb.atomic import make_atomic  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_atomic(touched=lambda _table, _hash_key, _range_key: None)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()
    server.stop()


@contextmanager
def running_dynamodb() -> Iterator[str]:
    """Its endpoint, for as long as the context lasts."""
    command = [sys.executable, "-m", "tests.local.services.dynamodb_server"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


if __name__ == "__main__":
    main()
