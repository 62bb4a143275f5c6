"""Targets and clients for the load balancer's tests: plain sockets, so that every byte and every connection counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from embedded.alb.actions import Action, FixedResponse, Forward, WeightedGroup
from embedded.alb.conditions import PathPattern
from embedded.alb.model import ConnectionSettings, Listener, Rule
from embedded.alb.proxy import EnvoyProxy
from embedded.alb.targets import Target, TargetGroup
from tests.support import quiet_port

NOT_FOUND = FixedResponse(status=404, content_type="application/json", body='{"title": "Not Found"}')


@dataclass(frozen=True)
class Message:
    """A request or an answer: first line, headers as they came, body."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    @property
    def request_target(self) -> str:
        return self.start.split(" ")[1]

    def header(self, name: str) -> str | None:
        """All values of a header, joined as RFC 9110 allows; None when there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None


async def read_head(reader: asyncio.StreamReader) -> tuple[str, tuple[tuple[str, str], ...]]:
    """First line and headers of the next message."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head[:-4].split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    return start, tuple((name, value.strip()) for name, value in pairs)


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next message with its body, by Content-Length or in chunks."""
    start, headers = await read_head(reader)
    bare = Message(start, headers, b"")
    if bare.header("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(bare.header("content-length") or 0))
    return Message(start, headers, body)


class Client:
    """One connection to the load balancer; every method fails when the connection is closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int, *, source: str = "127.0.0.1") -> AsyncIterator[Self]:
        """A connection from ``source`` to 127.0.0.1:``port``, closed in the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        try:
            yield cls(reader, writer)
        finally:
            writer.close()

    def write(
        self, target: str, *, method: str = "GET", host: str = "test", headers: Iterable[str] = (), body: bytes = b""
    ) -> None:
        """Write a request, byte for byte as given."""
        length = [f"Content-Length: {len(body)}"] if body or method == "POST" else []
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, *length, "", ""]
        self.writer.write("\r\n".join(lines).encode("latin-1") + body)

    async def ask(
        self, target: str, *, method: str = "GET", host: str = "test", headers: Iterable[str] = (), body: bytes = b""
    ) -> Message:
        """Write a request and read its answer."""
        self.write(target, method=method, host=host, headers=headers, body=body)
        return await read_message(self.reader)


@dataclass
class Backend:
    """A target that answers each request with its own name and keeps what it was asked.

    ``headers`` are lines that its answers carry on top. ``asked`` is set by the first request. One whose target ends
    with ``/wait`` is answered when ``release`` is set.
    """

    name: str
    port: int = field(default_factory=quiet_port)
    headers: tuple[str, ...] = ()
    requests: list[Message] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def target(self) -> Target:
        return Target(host="127.0.0.1", port=self.port)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Stop listening and close every connection, idle ones and others, as a process that exits does."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                request = await read_message(reader)
                self.requests.append(request)
                self.asked.set()
                if request.request_target.endswith("/wait"):
                    await self.release.wait()
                name = self.name.encode()
                more = "".join(f"{line}\r\n" for line in self.headers).encode()
                head = b"HTTP/1.1 200 OK\r\nX-Target-Name: %b\r\n%bContent-Length: %d\r\n\r\n"
                writer.write(head % (name, more, len(name)) + name)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


def group(name: str, *backends: Backend) -> TargetGroup:
    """A group with these targets in rotation."""
    return TargetGroup(name=name, targets=tuple(backend.target for backend in backends))


def forward(*weighted: tuple[TargetGroup, int]) -> Forward:
    """Forward by these weights."""
    return Forward(groups=tuple(WeightedGroup(group=each, weight=weight) for each, weight in weighted))


def rule(priority: int, pattern: str, action: Action) -> Rule:
    """A rule on one path pattern."""
    return Rule(priority=priority, conditions=(PathPattern(values=(pattern,)),), action=action)


def listener(
    proxy: EnvoyProxy,
    *rules: Rule,
    default: Action = NOT_FOUND,
    connections: ConnectionSettings = ConnectionSettings(),  # noqa: B008 - it is frozen
) -> Listener:
    """A listener on the proxy's port."""
    return Listener(port=proxy.port, rules=rules, default=default, connections=connections)


def new_proxy(folder: Path) -> EnvoyProxy:
    """A proxy on a free port that is not started yet."""
    return EnvoyProxy(directory=folder / "alb", port=quiet_port())


async def to_one(
    proxy: EnvoyProxy,
    backend: Backend,
    *,
    connections: ConnectionSettings = ConnectionSettings(),  # noqa: B008 - it is frozen
) -> None:
    """Lead every request that comes to the proxy to one backend."""
    await proxy.apply(listener(proxy, default=forward((group("g", backend), 1)), connections=connections))
