"""What several modules of live tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws


@pytest.fixture
def toy(aws: EmbeddedAws) -> Iterator[ToyService]:
    """A toy service in the embedded AWS of the module that asks for it, not created yet."""
    service = ToyService(aws)
    yield service
    service.delete()
