"""What moto works out anew for every request although it comes out the same: kept, so that it carries live traffic.

A transaction often has one condition, a hundred times; moto parses it three times for each row, which took a third of
its time. An item is kept as it is answered, yet moto looks for each of the ten types that a value could have, nine
tenths of a Scan. And moto lists its own folder to find the service that a request is for.
"""

from __future__ import annotations

import functools
import json
from collections import OrderedDict
from typing import Any, Final

from moto import backends
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser

from embedded import patches

_MOST_CONDITIONS: Final = 512

_TEXTS: Final = frozenset(("S", "N"))
_FLAGS: Final = frozenset(("BOOL", "NULL"))
"""Types whose values are answered as they are kept."""


def install() -> None:
    """Patch moto; done once, before serving. Upstream issues: none."""
    _keep_conditions()
    _answer_values_as_they_are()
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
