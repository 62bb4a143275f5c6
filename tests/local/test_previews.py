"""A header with a key picks a side, and opens nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import requests

from systems.rules import Side, side_header
from tests.conftest import Deployed

PATHS = {"like": ("POST", "/mysfits/{}/like"), "list": ("GET", "/mysfits")}


@pytest.fixture(scope="module")
def key(deployment: Deployed) -> str:
    """What ``make canary-key`` prints."""
    return deployment.make("canary-key").stdout.strip()


def _ask(deployment: Deployed, method: str, path: str, headers: Mapping[str, str]) -> requests.Response:
    mysfit = requests.get(f"{deployment.api}/mysfits", timeout=10).json()["mysfits"][0]["mysfitId"]
    return requests.request(method, deployment.api + path.format(mysfit), headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("what", "side", "serves"),
    [("like", "new", "like"), ("like", "old", "monolith"), ("list", "new", "monolith"), ("list", "old", "monolith")],
)
def test_the_header_picks_a_side_of_the_path_it_comes_with(
    what: str, side: Side, serves: str, deployment: Deployed, key: str
) -> None:
    answer = _ask(deployment, *PATHS[what], side_header(side, key))
    assert (answer.status_code, answer.headers["X-Served-By"]) == (200, serves)


@pytest.mark.parametrize("header", ["old", "old:", "old:x", "old:*", "*", "other:{key}", "{key}"])
def test_without_the_key_or_a_side_it_picks_nothing(header: str, deployment: Deployed, key: str) -> None:
    answer = _ask(deployment, *PATHS["like"], {"X-Canary": header.format(key=key)})
    assert (answer.status_code, answer.headers["X-Served-By"]) == (200, "like")


@pytest.mark.parametrize("side", ["new", "old"])
def test_it_opens_nothing_that_is_closed(side: Side, deployment: Deployed, key: str) -> None:
    header = side_header(side, key)
    assert _ask(deployment, "POST", "/mysfits/{}/fulfill-like", header).status_code == 403


def test_the_key_is_in_no_plan(deployment: Deployed, key: str) -> None:
    assert key not in deployment.make("plan", stage="strangled").stdout
