"""A DynamoDB with the bookshop's tables, and its monolith and order service as real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from bench.dynamodb_server import running_dynamodb
from examples.bookshop.system import SYSTEM
from tests.local.bookshop.shop_process import ShopProcess
from tests.local.bookshop.shop_tables import ShopTables

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def shop_tables() -> Iterator[ShopTables]:
    """Both tables with their seeds, for all tests of the bookshop."""
    with running_dynamodb() as dynamodb:
        resource = boto3.resource(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=dynamodb.endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        tables = ShopTables(resource.meta.client)
        for table in SYSTEM.tables:
            tables.create(table, json.loads((ROOT / table.seed).read_text(encoding="utf-8")))
        yield tables
        resource.meta.client.close()


@pytest.fixture(scope="session")
def monolith(shop_tables: ShopTables) -> Iterator[ShopProcess]:
    """The monolith that serves everything."""
    with ShopProcess.running(SYSTEM.monolith, shop_tables.environ) as process:
        yield process


@pytest.fixture(scope="session")
def order_service(shop_tables: ShopTables) -> Iterator[ShopProcess]:
    """The order service."""
    with ShopProcess.running(SYSTEM.service_by_name["orders"], shop_tables.environ) as process:
        yield process
