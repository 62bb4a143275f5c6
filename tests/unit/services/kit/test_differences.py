from __future__ import annotations

import json
from typing import Any

import pytest

from services.kit.differences import Answer, differences, kind, lasting_differences


def answer(body: Any, *, status: int = 200, content_type: str = "application/json") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, content_type=content_type, body=raw)


def test_the_same_fields_in_another_order_and_spacing_are_the_same() -> None:
    one = answer(b'{"a": 1, "b": [1, 2]}', content_type="application/json; charset=utf-8")
    assert differences(one, answer(b'{"b":[1,2],"a":1}', content_type="Application/JSON")) == {}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a.b": ("1", "2")}),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 1}, {"b": 3}]}, {"a[1].b": ("1", "3")}),
        ({"a": 1}, {}, {"a": ("1", "nothing")}),
        ({}, {"a": None}, {"a": ("nothing", "null")}),
        ({"a": [1, 2]}, {"a": [1]}, {"a.length": ("2", "1")}),
        ({"a": 1}, {"a": True}, {"a": ("1", "true")}),
        ({"a": 1}, {"a": "1"}, {"a": ("1", "1")}),
        ({"a": "x" * 90}, {"a": "y"}, {"a": ("x" * 39 + "…", "y")}),
        (1, 2, {"body": ("1", "2")}),
        ([1], {}, {"body": ("[1]", "{}")}),
    ],
)
def test_a_difference_names_its_field_and_both_values(one: Any, other: Any, found: Any) -> None:
    assert differences(answer(one), answer(other)) == found


def test_another_status_stands_alone() -> None:
    assert differences(answer({"a": 1}), answer({"b": 1}, status=404)) == {"status": ("200", "404")}


def test_another_content_type_is_a_difference_beside_the_body() -> None:
    html = answer(b"<p>", content_type="text/html")
    assert differences(answer({}), html) == {
        "content-type": ("application/json", "text/html"),
        "body": ("2 bytes", "3 bytes"),
    }


def test_bodies_that_are_not_json_are_compared_whole_and_not_shown() -> None:
    one, other = answer(b"secret-1"), answer(b"secret-2")
    assert differences(one, one) == {}
    assert differences(one, other) == {"body": ("8 bytes", "8 bytes")}


def test_differences_are_bounded() -> None:
    many = {str(number): number for number in range(1000)}
    assert len(differences(answer(many), answer({}))) == 200


def test_a_field_that_the_old_side_changed_meanwhile_says_nothing_about_the_new_one() -> None:
    old, new, again = ({"count": count, "name": name} for count, name in ((5, "a"), (6, "b"), (7, "a")))
    assert lasting_differences(answer(old), answer(new), answer(again)) == {"name": ("a", "b")}


def test_of_a_list_only_the_item_that_moved_is_excused() -> None:
    old, new, again = ([{"n": one}, {"n": other}] for one, other in ((1, 1), (2, 9), (2, 1)))
    assert lasting_differences(answer(old), answer(new), answer(again)) == {"[1].n": ("1", "9")}


def test_a_refusal_that_passed_is_compared_by_the_second_answer() -> None:
    old, again = answer({}, status=503), answer({"a": 1})
    assert lasting_differences(old, answer({"a": 1}), again) == {}
    assert lasting_differences(old, answer({}, status=404), again) == {"status": ("200", "404")}


def test_items_of_a_list_are_one_kind_of_field() -> None:
    assert kind("orders[3].lines[12].total") == "orders[].lines[].total"
