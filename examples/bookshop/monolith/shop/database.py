"""The connection to DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config


@dataclass(frozen=True)
class Tables:
    """A DynamoDB client that takes plain values, and the names of the tables."""

    client: Any
    books: str
    orders: str


def connect(region: str | None) -> Any:
    """A client for all threads. Retries do no harm: every write has a condition that fails the second time."""
    config = Config(
        connect_timeout=2,
        read_timeout=3,
        max_pool_connections=16,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.resource("dynamodb", region_name=region, config=config).meta.client
