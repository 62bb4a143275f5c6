"""Routes as values."""

from __future__ import annotations

import pytest

from systems.service import Route

LIKE = Route(method="POST", path="/mysfits/{mysfit_id}/like")


def test_a_route_is_a_path_pattern_of_a_load_balancer() -> None:
    assert LIKE.pattern == "/mysfits/*/like"
    assert Route(method="GET", path="/orders").pattern == "/orders"


def test_a_route_makes_paths() -> None:
    assert (LIKE.arguments, LIKE.at(mysfit_id="a")) == (("mysfit_id",), "/mysfits/a/like")
    with pytest.raises(KeyError, match="mysfit_id"):
        LIKE.at(other="a")
    assert str(LIKE) == "POST /mysfits/{mysfit_id}/like"
