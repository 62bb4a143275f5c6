"""The recorded contract: what the file has is what was recorded, and a broken one is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.comparing.contract import Contract, merged, read
from cli.comparing.exchange import Answer, Exchange, Request, canonical
from cli.errors import CommandError

JSON = "application/json"
ORDER = Exchange(
    request=Request(method="POST", path="/orders?x=1", headers={"Content-Type": JSON}, body=b'{"isbn": "1"}'),
    answer=Answer(status=201, content_type=JSON, location="/orders/7", body=b'{"id": 7, "name": "\xc3\xa4"}'),
)
PAGE = Exchange(
    request=Request(method="GET", path="/"), answer=Answer(status=200, content_type="text/html", body=b"<p>")
)
BAD = Exchange(
    request=Request(method="POST", path="/orders", headers={"Content-Type": JSON}, body=b"{nonsense"),
    answer=Answer(status=400, content_type=JSON, body=b'"no"'),
)


def test_the_file_gives_back_what_was_recorded(tmp_path: Path) -> None:
    contract = Contract(exchanges=(ORDER, PAGE, BAD), ignore=("body.id",))
    file = tmp_path / "contract.json"
    file.write_text(contract.text(), encoding="utf-8")
    assert read(file) == contract
    assert "Cookie" not in contract.text()


def test_json_has_one_spelling_and_other_bodies_stay() -> None:
    assert canonical(b'{"a":1,\n"b":"\\u00e4"}', JSON) == '{"a": 1, "b": "ä"}'.encode()
    assert canonical(b"{a", JSON) == b"{a"
    assert canonical(b'{"a":1}', "text/plain") == b'{"a":1}'


def test_a_file_that_is_not_there_is_an_empty_contract(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") == Contract()


REQUEST = {"method": "GET", "path": "/"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "Expecting"),
        ([], "list indices"),
        ({}, "'exchanges' is missing"),
        ({"exchanges": [{"request": REQUEST}]}, "'answer' is missing"),
        ({"exchanges": [{"request": {"method": "GET", "path": "x"}, "answer": {"status": 200}}]}, "does not begin"),
        ({"exchanges": [{"request": {"method": "GET", "path": 5}, "answer": {"status": 200}}]}, "5 is no text"),
        ({"exchanges": [{"request": REQUEST, "answer": {"status": "x"}}]}, "invalid literal"),
        (
            {"exchanges": [{"request": {**REQUEST, "headers": {"Cookie": "a=b"}}, "answer": {"status": 200}}]},
            "the header Cookie is not one of Accept, Content-Type",
        ),
        ({"exchanges": [], "ignore": [1]}, "1 is no text"),
    ],
)
def test_a_broken_file_is_told_with_what_to_do(document: Any, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    with pytest.raises(CommandError, match=r"is no recorded contract .*; correct it, or remove it") as caught:
        read(file)
    assert caught.value.exit_code == 2
    assert reason in str(caught.value)


def route(request: Request) -> str:
    return request.plain_path.rpartition("/")[0]


def page(number: int, status: int = 200) -> Exchange:
    return Exchange(request=Request(method="GET", path=f"/pages/{number}"), answer=Answer(status=status, body=b"x"))


def test_a_few_of_each_route_and_status_are_kept_and_what_is_known_counts() -> None:
    known = Contract(exchanges=(page(1), page(2)), ignore=("body.id",))
    after = merged(known, [page(3), page(4), page(5, 404), page(1)], route_of=route, most=3)
    assert after.exchanges == (page(1), page(2), page(3), page(5, 404))
    assert after.ignore == ("body.id",)


def test_a_request_that_is_known_keeps_its_answer_unless_it_was_refused_and_no_longer_is() -> None:
    known = Contract(exchanges=(page(1), page(2, 400)))
    other_body = replace(page(1), answer=Answer(status=200, body=b"y"))
    after = merged(known, [other_body, page(1, 400), page(2, 404), page(2)], route_of=route, most=3)
    assert after.exchanges == (page(1), page(2))


def test_a_key_is_of_the_request_and_its_scope_and_fit_for_a_header() -> None:
    key = ORDER.request.key("2026-11-29", "")
    assert key == ORDER.request.key("2026-11-29", "")
    assert len({key, ORDER.request.key("2026-11-30", ""), ORDER.request.key("2026-11-29", "r")}) == 3
    assert key != replace(ORDER.request, body=b"{}").key("2026-11-29", "")
    assert len(key) == 40
    assert key.isascii()
