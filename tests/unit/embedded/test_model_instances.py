"""What nothing refers to any more is gone."""

from __future__ import annotations

import gc
import weakref

import pytest
from moto.core.common_models import BaseModel

from embedded.model_instances import let_go_of_records


class Toy(BaseModel):
    """A record with something to be made of."""

    def __init__(self, colour: str, *, size: int) -> None:
        self.colour, self.size = colour, size


def test_a_record_lives_as_long_as_somebody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseModel, "__new__", vars(BaseModel)["__new__"])  # as it is now, once the test is over
    let_go_of_records()
    toy = Toy("red", size=3)
    seen = weakref.ref(toy)
    assert (toy.colour, toy.size) == ("red", 3)
    del toy
    gc.collect()
    assert seen() is None
