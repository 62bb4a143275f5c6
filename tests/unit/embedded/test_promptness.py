"""A process that answers without long pauses."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from embedded.promptness import answer_promptly


@pytest.fixture
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.enable()
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_not_searched_again() -> None:
    answer_promptly()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == 50_000


@pytest.mark.usefixtures("as_before")
def test_what_comes_later_is_collected_where_the_collector_was_off() -> None:
    gc.disable()
    answer_promptly()
    assert gc.isenabled()
