"""What is kept of moto's work comes out as moto's own, and only what comes out the same is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from moto import backends
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from embedded.dynamodb import speedups

SERIALIZE = "_serialize_type_structure"


class MotoCalls:
    """What moto was asked for after all."""

    def __init__(self) -> None:
        self.parsed: list[str] = []
        self.serialized: list[Any] = []
        self.listings = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> MotoCalls:
    """moto with the speed-ups until the test ends, and what it still does itself."""
    calls = MotoCalls()
    parse, list_modules = ConditionExpressionParser.parse, backends.list_of_moto_modules

    def counted(self: Any) -> Any:
        calls.parsed.append(self.condition_expression)
        return parse(self)

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        del self, serialized, shape, key
        calls.serialized.append(value)

    def listed() -> Any:
        calls.listings += 1
        return list_modules()

    monkeypatch.setattr(ConditionExpressionParser, "parse", counted)
    monkeypatch.setattr(BaseJSONSerializer, SERIALIZE, serialize)
    monkeypatch.setattr(backends, "list_of_moto_modules", listed)
    for name in ("query", "all_items"):  # put back when the test ends
        monkeypatch.setattr(Table, name, vars(Table)[name])
    speedups.install()
    return calls


def parsed(condition: str, names: dict[str, str] | None = None, **values: str) -> ConditionExpressionParser:
    parser = ConditionExpressionParser(condition, names, {f":{name}": {"N": text} for name, text in values.items()})
    parser.operation = parser.parse()  # type: ignore[attr-defined]
    return parser


def holds(parser: Any, **attributes: str) -> bool:
    item = Item(DynamoType({"S": "x"}), None, {name: {"N": text} for name, text in attributes.items()})
    return bool(parser.operation.expr(item))


def test_a_condition_is_parsed_once_and_decides_for_every_item(asked: MotoCalls) -> None:
    for likes, expected in (("5", True), ("6", False)):
        parser = parsed("Likes = :n", n="5")
        assert holds(parser, Likes=likes) is expected
        assert parser.expr_attr_values_found == [":n"]
    parser.expr_attr_values_found.append("changed by whoever asked")
    assert parsed("Likes = :n", n="5").expr_attr_values_found == [":n"]
    assert asked.parsed == ["Likes = :n"]


def test_other_values_or_names_are_another_condition(asked: MotoCalls) -> None:
    assert holds(parsed("Likes = :n", n="5"), Likes="5")
    assert not holds(parsed("Likes = :n", n="6"), Likes="5")
    for name, expected in (("Likes", True), ("Age", False)):
        parser = parsed("attribute_exists(#a)", {"#a": name})
        assert holds(parser, Likes="5") is expected
        assert parser.expr_attr_names_found == ["#a"]
    for name, expected in (("Likes", True), ("Age", False)):
        assert holds(parsed("#a = :n", {"#a": name}, n="5"), Likes="5", Age="1") is expected
    assert not holds(parsed("attribute_not_exists(Likes)"), Likes="5")
    assert len(asked.parsed) == 7


def test_the_order_of_names_makes_no_other_condition(asked: MotoCalls) -> None:
    both = {"#a": "Likes", "#b": "Age"}
    for names in (both, dict(reversed(both.items()))):
        assert holds(parsed("attribute_exists(#a) AND attribute_exists(#b)", names), Likes="1", Age="1")
    assert len(asked.parsed) == 1


def test_the_oldest_of_more_than_512_conditions_is_parsed_again(asked: MotoCalls) -> None:
    for number in range(512):
        parsed("Likes = :n", n=str(number))
    parsed("Likes = :n", n="0")
    assert len(asked.parsed) == 512
    parsed("Likes = :n", n="512")
    parsed("Likes = :n", n="1")
    assert len(asked.parsed) == 513
    parsed("Likes = :n", n="0")
    assert len(asked.parsed) == 514


def answer(value: Any, *, shape: str = "AttributeValue", key: str = "Likes") -> dict[str, Any]:
    serialized: dict[str, Any] = {}
    getattr(BaseJSONSerializer, SERIALIZE)(None, serialized, value, SimpleNamespace(name=shape), key)
    return serialized


@pytest.mark.parametrize("value", [{"S": "x"}, {"S": ""}, {"N": "1.5"}, {"BOOL": False}, {"NULL": True}])
def test_texts_numbers_and_flags_are_answered_as_they_are(asked: MotoCalls, value: Any) -> None:
    assert answer(value) == {"Likes": value}
    assert asked.serialized == []


@pytest.mark.parametrize(
    "value",
    [
        *({"B": b"x"}, {"B": "x"}, {"SS": ["a"]}, {"L": []}, {"M": {}}, {"L": "x"}, {"M": True}),
        *({"S": 1}, {"N": 1}, {"S": True}, {"BOOL": "true"}, {"NULL": 1}, {"S": "x", "N": "1"}, {}, "S", None),
    ],
)
def test_every_other_value_goes_motos_way(asked: MotoCalls, value: Any) -> None:
    assert answer(value) == {}
    assert asked.serialized == [value]


@pytest.mark.parametrize("place", [{"shape": "Condition"}, {"key": ""}])
def test_what_is_no_attribute_of_an_item_goes_motos_way(asked: MotoCalls, place: dict[str, str]) -> None:
    assert answer({"S": "x"}, **place) == {}
    assert asked.serialized == [{"S": "x"}]


def test_motos_folder_is_listed_once(asked: MotoCalls) -> None:
    modules = list(backends.list_of_moto_modules())
    assert {"dynamodb", "ecs"} <= set(modules)
    assert list(backends.list_of_moto_modules()) == modules
    assert asked.listings == 1
