"""The embedded DynamoDB alone, in a process of its own, for tests and benchmarks.

``python -m bench.dynamodb_server CONTROL_SOCKET [FILE]`` prints its endpoint and serves, faults on request included,
until its standard input ends, so it never outlives the process that started it. Items are kept in FILE; without FILE
they are kept nowhere.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.settings import ROOT


@dataclass(frozen=True, kw_only=True)
class RunningDynamoDb:
    """Where it listens, and the control socket of its faults."""

    endpoint_url: str
    control_socket: Path


async def _serve(control_socket: Path, file: Path | None) -> None:
    # Whoever only starts this process imports none of it, moto least of all.
    from bench.keep_alive_server import KeepAliveServer  # noqa: PLC0415
    from embedded.control import Control  # noqa: PLC0415
    from embedded.dynamodb import speedups  # noqa: PLC0415
    from embedded.dynamodb.backend import install, tables  # noqa: PLC0415
    from embedded.dynamodb.disk import ItemStore  # noqa: PLC0415
    from embedded.dynamodb.units import NoDisk  # noqa: PLC0415
    from embedded.faults import FaultSwitch  # noqa: PLC0415

    speedups.install()
    install(ItemStore(file, tables=tables) if file is not None else NoDisk())
    switch = FaultSwitch()
    control = Control(control_socket)
    switch.offer(control)
    await control.start()
    server = KeepAliveServer(port=0, faults=switch)
    server.start()
    try:
        with suppress(BrokenPipeError):  # whoever started it was interrupted, and its standard input ends at once
            print(server.endpoint_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        server.stop()
        await control.close()


@contextmanager
def running_dynamodb(*, file: Path | None = None) -> Iterator[RunningDynamoDb]:
    """It runs for as long as the context lasts.

    Args:
        file: keeps every change on disk, as the whole embedded AWS does.

    Raises:
        RuntimeError: it did not start; its complaint is on standard error.
    """
    with tempfile.TemporaryDirectory(prefix="mysfits-") as folder:
        control_socket = Path(folder) / "control.sock"
        command = [sys.executable, "-m", "bench.dynamodb_server", str(control_socket)]
        command += [] if file is None else [str(file)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("The embedded DynamoDB was started without pipes.")
            try:
                endpoint_url = process.stdout.readline().strip()
                if not endpoint_url:
                    raise RuntimeError("The embedded DynamoDB did not start; see its output above.")
                yield RunningDynamoDb(endpoint_url=endpoint_url, control_socket=control_socket)
            finally:
                process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
