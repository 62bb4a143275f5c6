"""The embedded DynamoDB alone, in a process of its own, for tests and benchmarks.

``python -m embedded.dynamodb.server`` prints its endpoint and serves, faults on request included, until its standard
input ends; so it never outlives whoever started it. Nothing is kept on disk.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stacks.settings import ROOT


def main() -> None:
    """Serve."""
    from embedded.dynamodb.atomic import make_atomic  # noqa: PLC0415 - whoever only starts this needs no moto
    from embedded.dynamodb.keep_alive_server import KeepAliveServer  # noqa: PLC0415
    from embedded.dynamodb.memo import keep_what_is_parsed  # noqa: PLC0415

    keep_what_is_parsed()
    make_atomic(touched=lambda _table, _hash_key, _range_key: None)
    server = KeepAliveServer(port=0)
    server.start()
    print(server.endpoint_url, flush=True)
    sys.stdin.read()
    server.stop()


@contextmanager
def running_dynamodb() -> Iterator[str]:
    """Its endpoint, for as long as the context lasts.

    Raises:
        RuntimeError: it did not start; its complaint is on standard error.
    """
    command = [sys.executable, "-m", "embedded.dynamodb.server"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The embedded DynamoDB was started without pipes.")
        try:
            endpoint_url = process.stdout.readline().strip()
            if not endpoint_url:
                raise RuntimeError("The embedded DynamoDB did not start; what it said stands above.")
            yield endpoint_url
        finally:
            process.stdin.close()


if __name__ == "__main__":
    main()
