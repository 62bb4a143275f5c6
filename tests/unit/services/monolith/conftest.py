"""The monolith with three mysfits in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.memory_store import MemoryStore, mysfit
from tests.unit.services.monolith.app_in_test import app_with

if TYPE_CHECKING:  # pytest would take it for a class of tests
    from quart.typing import TestClientProtocol


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(mysfit("a"), mysfit("b", good_evil="Evil"), mysfit("c", law_chaos="Chaotic"))


@pytest.fixture
async def client(store: MemoryStore) -> AsyncIterator[TestClientProtocol]:
    async with app_with(store).test_app() as running:
        yield running.test_client()
