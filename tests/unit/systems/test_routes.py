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


@pytest.mark.parametrize("method", ["post", "Post", "", "GET,POST", "*"])
def test_a_method_that_no_request_has_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match=r"'s method is not one HTTP method in capitals, such as GET\.$"):
        Route(method=method, path="/orders")


@pytest.mark.parametrize("path", ["/orders/{orderId}", "/orders/{}", "/orders/{order id}", "/orders/{id", "/o/id}"])
def test_an_argument_that_would_be_taken_literally_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"argument .* small letters and underscores in braces, such as {order_id}\.$"):
        Route(method="GET", path=path)


@pytest.mark.parametrize("path", ["/orders/*", "/orders/?"])
def test_a_wildcard_is_refused_because_an_argument_stands_for_it(path: str) -> None:
    with pytest.raises(ValueError, match=r"has a wildcard; write an argument in braces, such as {order_id}\.$"):
        Route(method="GET", path=path)


@pytest.mark.parametrize("path", ["", "orders"])
def test_a_path_begins_with_a_slash(path: str) -> None:
    with pytest.raises(ValueError, match=r"path does not begin with a slash\.$"):
        Route(method="GET", path=path)
