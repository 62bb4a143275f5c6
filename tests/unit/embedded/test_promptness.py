"""A process that answers beside threads that work."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from embedded.promptness import answer_promptly


@pytest.fixture
def as_before() -> Iterator[None]:
    threshold, switch = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    sys.setswitchinterval(switch)


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_not_searched_again_and_nobody_keeps_the_interpreter_for_long() -> None:
    answer_promptly()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == 50_000
    assert sys.getswitchinterval() == pytest.approx(0.0005)
