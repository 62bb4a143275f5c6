"""Caches of what moto computes anew for every request, with the same result: without them it is too slow for live load.

A transaction often has one condition, a hundred times; moto parses it three times for each row, which took a third of
its time. An item is kept as it is answered, yet moto looks for each of the ten types that a value could have, nine
tenths of a Scan. A Query sorts the whole table before it leaves out what it was not asked for. And moto lists its own
folder to find the service that a request is for.
"""

from __future__ import annotations

import functools
import json
from collections import OrderedDict
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, Final

from moto import backends
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.table import Table

from embedded import patches

_MOST_CONDITIONS: Final = 512

_TEXTS: Final = frozenset(("S", "N"))
_FLAGS: Final = frozenset(("BOOL", "NULL"))
"""Types whose values are answered as they are kept."""

_asked_for: ContextVar[tuple[tuple[str, Any], ...]] = ContextVar("asked_for", default=())
"""Attributes and the values that a Query wants of them, while one is answered."""


def install() -> None:
    """Patch moto; done once, before serving. Upstream issues: none."""
    _keep_conditions()
    _answer_values_as_they_are()
    sort_what_matches()
    modules = tuple(backends.list_of_moto_modules())
    patches.replace(backends, "list_of_moto_modules", lambda: modules, written_for="")


def _keep_conditions() -> None:
    """A parsed condition holds no state of its own: it is asked about items."""
    parse = ConditionExpressionParser.parse
    kept: OrderedDict[tuple[Any, ...], tuple[Any, list[Any], list[Any]]] = OrderedDict()

    @functools.wraps(parse)
    def remembering(self: Any) -> Any:
        names, values = self.expression_attribute_names, self.expression_attribute_values
        key = (self.condition_expression, json.dumps([names, values], sort_keys=True) if names or values else "")
        found = kept.get(key)
        if found is None:
            found = kept[key] = (parse(self), self.expr_attr_names_found, self.expr_attr_values_found)
            if len(kept) > _MOST_CONDITIONS:
                kept.popitem(last=False)
        operation, names_found, values_found = found
        self.expr_attr_names_found, self.expr_attr_values_found = list(names_found), list(values_found)
        return operation

    patches.replace(ConditionExpressionParser, "parse", remembering, written_for="self")


def _answer_values_as_they_are() -> None:
    """Texts, numbers and flags; binary values, sets and whatever nests go moto's way."""
    serialize = BaseJSONSerializer._serialize_type_structure

    @functools.wraps(serialize)
    def shortcut(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if key and shape.name == "AttributeValue" and isinstance(value, dict) and len(value) == 1:
            ((kind, inner),) = value.items()
            if (kind in _TEXTS and isinstance(inner, str)) or (kind in _FLAGS and isinstance(inner, bool)):
                serialized[key] = value
                return
        serialize(self, serialized, value, shape, key)

    patches.replace(
        BaseJSONSerializer, "_serialize_type_structure", shortcut, written_for="self, serialized, value, shape, key"
    )


def sort_what_matches() -> None:
    """A Query of a table of 5,000 items took 60 ms, in which no other operation was answered."""
    query, all_items = Table.query, Table.all_items
    items_in_order: Any = all_items

    @functools.wraps(query)
    def narrow(self: Any, hash_key: Any, *rest: Any, **named: Any) -> Any:
        conditions = tuple(named.get("hash_key_conditions") or ())
        before = _asked_for.set(conditions)
        try:
            return query(self, hash_key, *rest, **named)
        finally:
            _asked_for.reset(before)

    @functools.wraps(all_items)
    def matching(self: Any) -> Any:
        conditions = _asked_for.get()
        if not conditions:
            return items_in_order(self)
        own = dict(conditions).get(self.hash_key_attr)
        groups = self.items.items() if own is None else [(own, self.items[own])] if own in self.items else []
        found = {
            hash_key: matches
            for hash_key, kept in groups
            if (matches := _matches(kept, conditions, by_range=self.range_key_attr is not None))
        }
        return items_in_order(SimpleNamespace(items=found, range_key_attr=self.range_key_attr))

    patches.replace(
        Table,
        "query",
        narrow,
        written_for="self, hash_key, range_comparison, range_objs, limit, exclusive_start_key, scan_index_forward, "
        "projection_expressions, index_name, consistent_read, filter_expression, hash_key_conditions, "
        "range_key_conditions, filter_kwargs",
    )
    patches.replace(Table, "all_items", matching, written_for="self")


def _matches(kept: Any, conditions: tuple[tuple[str, Any], ...], *, by_range: bool) -> Any:
    """What moto keeps under one hash key (an item, or items by range key), without the items that do not match."""

    def match(item: Any) -> bool:
        return all(_is(item.attrs.get(name), wanted) for name, wanted in conditions)

    if by_range:
        return {range_key: item for range_key, item in kept.items() if match(item)}
    return kept if match(kept) else None


def _is(value: Any, wanted: Any) -> bool:
    """Whether an attribute has that value; numbers are the same however they are written."""
    if value is None or value.type != wanted.type:
        return False
    return bool(value.value == wanted.value if wanted.type == "S" else value == wanted)
