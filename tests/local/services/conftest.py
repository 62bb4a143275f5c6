"""A DynamoDB, tables with the twelve mysfits, and the services as applications or as real processes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from quart import Quart

from bench.dynamodb_server import running_dynamodb
from services.facade.fulfill_key import FulfillKeys
from services.kit.server_settings import ServerSettings
from services.monolith.app import create_app
from services.monolith.settings import MonolithSettings
from services.mysfits.like_batch import Tables
from services.mysfits.store_settings import StoreSettings
from tests.local.services.service_process import FULFILL_KEY, ServiceProcess
from tests.local.services.table import AWS_ENVIRON, REGION, MysfitTable, open_table

SITE = "http://127.0.0.1:8081"


@pytest.fixture(scope="session")
def dynamodb_url() -> Iterator[str]:
    """Endpoint of a DynamoDB that lives as long as the test session."""
    with running_dynamodb() as dynamodb:
        yield dynamodb.endpoint_url


@pytest.fixture
def table(dynamodb_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MysfitTable]:
    """A table of its own for each test; the process's AWS variables lead to it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in AWS_ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb_url)
    with open_table(dynamodb_url) as table:
        yield table


@pytest.fixture
def monolith_settings(table: MysfitTable) -> MonolithSettings:
    """A monolith on ``table`` that serves everything."""
    return MonolithSettings(
        server=ServerSettings(host="127.0.0.1", port=0, site_origins=(SITE,)),
        store=StoreSettings(region=REGION, tables=Tables(mysfits=table.name, ledger=table.ledger_name)),
        routes=("like", "adopt", "fulfill-like", "fulfill-adopt"),
        fulfill_keys=FulfillKeys(live=(FULFILL_KEY,)),
    )


@pytest.fixture
async def monolith(monolith_settings: MonolithSettings) -> AsyncIterator[Quart]:
    """The monolith's application, serving."""
    app = create_app(monolith_settings)
    async with app.test_app():
        yield app


StartService = Callable[..., ServiceProcess]


@pytest.fixture
def start_service() -> Iterator[StartService]:
    """``start_service("like", MONOLITH_URL=…)`` starts a process and waits until it serves; all end with the test."""
    started: list[ServiceProcess] = []

    def start(name: str, **environ: str) -> ServiceProcess:
        process = ServiceProcess(name, environ)
        started.append(process)
        process.wait_until_serving()
        return process

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def monolith_process(start_service: StartService, table: MysfitTable) -> ServiceProcess:
    """The monolith as a process of its own, in stage split."""
    return start_service("monolith", **table.environ, MYSFIT_ACTIONS="like,adopt,fulfill-like", SITE_ORIGIN=SITE)
