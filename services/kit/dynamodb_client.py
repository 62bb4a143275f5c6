"""The two DynamoDB clients of a process: one for reads, which may retry, and one for writes, which never do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aioboto3
import aiobotocore
from aiobotocore.config import AioConfig

_CONNECTIONS: Final = 64
_CONNECT_SECONDS: Final = 1.0
_READ_ATTEMPT_SECONDS: Final = 1.5
_WRITE_ATTEMPT_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class DynamoDbClients:
    """``reads`` makes up to three attempts; ``writes`` makes one: repeating a write takes care of its own."""

    reads: Any
    writes: Any


@asynccontextmanager
async def dynamodb_clients(*, region: str) -> AsyncIterator[DynamoDbClients]:
    """Open both clients for as long as the context lasts; botocore finds AWS_ENDPOINT_URL and credentials by itself."""
    session = aioboto3.Session(region_name=region)
    agent = user_agent(os.environ)
    reading = _config(attempts=3, attempt_seconds=_READ_ATTEMPT_SECONDS, agent=agent)
    writing = _config(attempts=1, attempt_seconds=_WRITE_ATTEMPT_SECONDS, agent=agent)
    async with (
        session.client("dynamodb", config=reading) as reads,
        session.client("dynamodb", config=writing) as writes,
    ):
        yield DynamoDbClients(reads=reads, writes=writes)


def user_agent(environ: Mapping[str, str]) -> str:
    """What a call says of its sender: the library and, as every AWS SDK does, where it runs (AWS_EXECUTION_ENV).

    botocore's own describes the machine and the settings as well and is put together anew twice a call: a quarter of
    what a call costs us.
    """
    library = f"aiobotocore/{aiobotocore.__version__}"
    place = environ.get("AWS_EXECUTION_ENV", "")
    return f"{library} exec-env/{place}" if place else library


def _config(*, attempts: int, attempt_seconds: float, agent: str) -> AioConfig:
    return AioConfig(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=attempt_seconds,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        parameter_validation=False,  # the store builds every parameter itself
        user_agent=agent,
        tcp_keepalive=True,
    )
