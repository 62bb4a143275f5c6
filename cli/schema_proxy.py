"""The AWS provider with a schema of those types alone that files name.

Every Terraform command asks the provider for its schema: 5 MB of 1,500 types, which take 2 s of processor time to write
and to read. A stack has some fifty of them. ``python -m cli.schema_proxy HOME STACK_DIR PROGRAM`` starts the provider,
passes every call on as it is, and shortens the answer to that one. It is attached to as a provider under ``-debug`` is.
Source: docs/plugin-protocol/tfplugin5.proto in Terraform's repository.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import grpc
from grpc import aio

from cli.kept_provider import ATTACH, READS
from cli.schema_file import SchemaFile
from embedded.tether import tethered

_SOCKET: Final = "provider.sock"
_GET_SCHEMA: Final = "/tfplugin5.Provider/GetSchema"
_ONE_MESSAGE: Final = frozenset(
    f"/tfplugin5.Provider/{name}"
    for name in (
        "ValidateResourceTypeConfig",
        "UpgradeResourceState",
        "ReadResource",
        "PlanResourceChange",
        "ApplyResourceChange",
        "ReadDataSource",
    )
)
"""Calls of which there are a thousand for an apply, with one message each way: so told, each costs a third less."""
_TYPE_MAPS: Final = frozenset({2, 3, 8})
"""Fields of the answer to GetSchema that hold types: resources, data sources, ephemeral resources."""
_FILES: Final = frozenset({".tf", ".json", ".hcl"})
_TYPE: Final = re.compile(rb"\baws_\w+")
_ANY_LENGTH: Final = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


def named_types(paths: Iterable[Path]) -> frozenset[bytes]:
    """Find every word that may be a type of the provider in files, and in Terraform's files below folders.

    A path that does not exist names none; hidden folders, in which Terraform keeps copies, are left out.
    """
    return frozenset(name for file in _files(paths) for name in _TYPE.findall(file.read_bytes()))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        for folder, below, names in os.walk(path):
            below[:] = [name for name in below if not name.startswith(".")]
            yield from (Path(folder) / name for name in names if Path(name).suffix in _FILES)


def with_types(schema: bytes, types: Collection[bytes]) -> bytes:
    """Leave out of a schema the types that are not among ``types``.

    Args:
        schema: an answer to GetSchema as it is sent.
        types: names that stay.

    Returns:
        The shorter answer; ``schema`` itself where it is not laid out as version 5 of the protocol says.
    """
    try:
        return b"".join(field for number, field, key in _fields(schema) if number not in _TYPE_MAPS or key in types)
    except (IndexError, ValueError):
        return schema


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, bytes and, of an entry of a map, key of each field: all of them are strings or messages."""
    at = 0
    while at < len(message):
        tag, content = _number(message, at)
        length, content = _number(message, content)
        end = content + length
        if tag & 7 != 2 or end > len(message):
            raise ValueError(f"field {tag >> 3} is no message")
        key = b""
        if tag >> 3 in _TYPE_MAPS:
            key_length, key_at = _number(message, content + 1)
            key = message[key_at : key_at + key_length]
        yield tag >> 3, message[at:end], key
        at = end


def _number(message: bytes, at: int) -> tuple[int, int]:
    """A number in Protocol Buffers' base 128, and where it ends."""
    number = shift = 0
    while True:
        part = message[at]
        at += 1
        number |= (part & 0x7F) << shift
        shift += 7
        if part < 0x80:
            return number, at


class Proxy(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc has no types
    """Passes each call on to ``channel``; ``reads`` is the folder of links to what names types.

    Where ``file`` has no schema it asks for it at once, while the stack is synthesised; no later answer differs.
    """

    def __init__(self, channel: Any, reads: Path, file: SchemaFile) -> None:
        self._channel = channel
        self._reads = reads
        self._schema = asyncio.ensure_future(self._read_or_asked(file))

    def service(self, details: Any) -> Any:
        """How the call is answered; whether one message goes each way or many is the same on the wire."""
        method = details.method
        if method == _GET_SCHEMA:
            return grpc.unary_unary_rpc_method_handler(self._get_schema)
        if method in _ONE_MESSAGE:
            return grpc.unary_unary_rpc_method_handler(self._passed_on_as_one(method))
        return grpc.stream_stream_rpc_method_handler(self._passed_on(method))

    async def _read_or_asked(self, file: SchemaFile) -> bytes:
        schema = await asyncio.to_thread(file.read)
        if schema is None:
            schema = bytes(await self._channel.unary_unary(_GET_SCHEMA)(b""))
            await asyncio.to_thread(file.write, schema)
        return schema

    async def _get_schema(self, _request: bytes, _context: Any) -> bytes:
        paths = tuple(self._reads.iterdir())
        types = await asyncio.to_thread(named_types, paths)
        return with_types(await self._schema, types) if paths else await self._schema

    def _passed_on_as_one(self, method: str) -> Callable[[bytes, Any], Awaitable[bytes]]:
        ask = self._channel.unary_unary(method)

        async def answer(request: bytes, context: Any) -> bytes:
            try:
                return bytes(await ask(request))
            except aio.AioRpcError as error:
                await _fail_as(error, context)
                raise

        return answer

    def _passed_on(self, method: str) -> Callable[[AsyncIterator[bytes], Any], AsyncIterator[bytes]]:
        async def answer(requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
            call = self._channel.stream_stream(method)(requests)
            try:
                async for message in call:
                    yield message
            except aio.AioRpcError as error:
                await _fail_as(error, context)
            finally:
                call.cancel()

        return answer


async def _fail_as(error: Any, context: Any) -> None:
    """End a call as the provider's ended."""
    context.set_trailing_metadata(error.trailing_metadata() or ())
    await context.abort(error.code(), error.details() or "")


async def serve(home: Path, stack_dir: Path, program: str) -> int:
    """Start the provider in ``stack_dir``, say how to attach to it through here, and serve until one of both ends.

    It ends, too, when its standard input does, as that of a process does whose parent was killed.

    Returns:
        Exit code of the provider.
    """
    provider = await asyncio.create_subprocess_exec(
        *tethered([program, "-debug"]),
        cwd=stack_dir,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(sys.stdin)
        with contextlib.suppress(ProcessLookupError):
            provider.kill()

    loop.add_signal_handler(signal.SIGTERM, end)
    loop.add_reader(sys.stdin, end)  # nobody writes: whoever started this has ended
    assert provider.stdout is not None  # noqa: S101 - it is a pipe
    while line := await _line(provider.stdout):
        if found := ATTACH.match(line):
            ((name, attach),) = json.loads(found["value"]).items()
            channel = aio.insecure_channel(f"unix:{attach['Addr']['String']}", options=_ANY_LENGTH)
            server = aio.server(options=_ANY_LENGTH)
            server.add_generic_rpc_handlers((Proxy(channel, home / READS, SchemaFile(stack_dir, Path(program))),))
            server.add_insecure_port(f"unix:{home / _SOCKET}")
            await server.start()
            attach |= {"Pid": os.getpid(), "Addr": {"Network": "unix", "String": str(home / _SOCKET)}}
            print(f"TF_REATTACH_PROVIDERS='{json.dumps({name: attach})}'", flush=True)
    return await provider.wait()


async def _line(stream: asyncio.StreamReader) -> str:
    """The next line, empty at the end; what is longer than asyncio bears is of no interest."""
    while True:
        try:
            return (await stream.readline()).decode(errors="replace")
        except ValueError:
            continue


def main(home: Path, stack_dir: Path, program: str) -> int:
    """Serve, and leave nothing of ``home``."""
    try:
        return asyncio.run(serve(home, stack_dir, program))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
