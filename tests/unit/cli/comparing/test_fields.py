"""Two answers field by field, and what of that is noise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.comparing.exchange import Answer
from cli.comparing.fields import MISSING, believed, differences, matcher, name_of


def answer(document: Any = None, *, status: int = 200, content_type: str = "application/json", **more: Any) -> Answer:
    return Answer(status=status, content_type=content_type, body=json.dumps(document).encode(), **more)


def text(body: bytes, content_type: str = "text/html") -> Answer:
    return Answer(status=200, content_type=content_type, body=body)


def named(old: Answer, new: Answer) -> dict[str, str]:
    return {name_of(one.path): one.values for one in differences(old, new)}


BOOK = {"title": "Ferry", "price": 12, "tags": ["a", "b"]}


def test_the_same_answers_do_not_differ_whatever_the_order_and_spelling() -> None:
    turned = answer(dict(reversed(BOOK.items())), content_type="Application/JSON")
    assert not named(answer(BOOK), turned)
    assert not named(answer(1), answer(1.0))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({**BOOK, "price": 13}, {"body.price": "12 → 13"}),
        ({**BOOK, "tags": ["a"]}, {"body.tags[1]": '"b" → (missing)'}),
        ({**BOOK, "tags": ["a", "b", None]}, {"body.tags[2]": "(missing) → null"}),
        ({**BOOK, "new name": {}}, {'body["new name"]': "(missing) → {}"}),
        ({"title": "Ferry", "tags": ["a", "b"]}, {"body.price": "12 → (missing)"}),
        ({**BOOK, "price": "12"}, {"body.price": '12 → "12"'}),
        ({**BOOK, "price": True}, {"body.price": "12 → true"}),
        ({**BOOK, "tags": {}}, {"body.tags": '["a", "b"] → {}'}),
        ([], {"body": '{"title": "Ferry", "price": 12, "tags": ["a", "b"]} → []'}),
    ],
)
def test_changed_new_and_missing_fields_are_named_with_both_values(new: Any, expected: dict[str, str]) -> None:
    assert named(answer(BOOK), answer(new)) == expected


def test_true_is_not_one() -> None:
    assert named(answer([1]), answer([True])) == {"body[0]": "1 → true"}


def test_status_type_and_location_are_fields() -> None:
    other = answer(BOOK, status=201, content_type="text/json; charset=utf-8", location="/books/2")
    assert named(answer(BOOK), other) == {
        "status": "200 → 201",
        "Content-Type": '"application/json" → "text/json; charset=utf-8"',
        "Location": '(missing) → "/books/2"',
    }


def test_texts_differ_by_lines_and_other_bytes_by_their_digest() -> None:
    assert named(text(b"one\ntwo\n"), text(b"one\n2\n")) == {'body["line 2"]': '"two" → "2"'}
    assert not named(text(b"\xff\x00"), text(b"\xff\x00"))
    (pair,) = named(text(b"\xff\x00"), text(b"\xff\x01\x02")).values()
    assert pair.startswith('"2 bytes, SHA-256 ')
    assert '→ "3 bytes, SHA-256 ' in pair
    assert named(text(b"{", "application/json"), text(b"}", "application/json")) == {'body["line 1"]': '"{" → "}"'}


def test_an_answer_that_does_not_come_is_one_difference() -> None:
    silent = Answer(problem="none within 5 s")
    assert named(answer(BOOK), silent) == {"answer": '"came" → "none within 5 s"'}
    assert not named(silent, silent)


def test_a_long_value_is_cut() -> None:
    (pair,) = named(answer("x" * 500), answer("y")).values()
    assert len(pair) < 80
    assert "…" in pair


def left(old: Any, new: Any, again: Any) -> list[str]:
    first, second, third = answer(old), answer(new), answer(again)
    return [name_of(one.path) for one in believed(differences(first, third), differences(third, second))]


def test_what_moves_at_the_old_side_may_move_at_the_new_one() -> None:
    assert left({"sold": 5, "isbn": "1"}, {"sold": 9, "isbn": "1"}, {"sold": 6, "isbn": "1"}) == []
    assert left({"sold": 5, "isbn": "1"}, {"sold": 9, "isbn": "2"}, {"sold": 6, "isbn": "1"}) == ["body.isbn"]
    assert left({"orders": [1]}, {"orders": [1]}, {"orders": [1, 2]}) == []


def test_a_field_that_moves_is_still_there_and_of_its_kind() -> None:
    assert left({"sold": 5}, {}, {"sold": 6}) == ["body.sold"]
    assert left({"sold": 5}, {"sold": "6"}, {"sold": 6}) == ["body.sold"]
    assert left({"at": {"x": 1}}, {"at": {"y": 2}}, {"at": None}) == []


def test_fields_that_may_differ_are_named_by_patterns_that_hold_for_what_is_in_them() -> None:
    may = matcher(["body.orders[*].orderedAt", "body.*.trace", "Location"])
    assert may(("body", "orders", 3, "orderedAt"))
    assert may(("body", "orders", 3, "orderedAt", "zone"))
    assert may(("body", "head", "trace", 0))
    assert may(("Location",))
    assert not may(("body", "orders", 3, "orderedAtNoon"))
    assert not may(("body", "a", "b", "trace"))
    assert not may(("body", "orders"))
    assert not matcher([])(("body",))


def test_what_is_missing_is_said_so() -> None:
    assert repr(MISSING) == "(missing)"
