"""What moto works out anew for every request although it comes out the same: kept, so that it carries live traffic.

A transaction of likes has one condition, a hundred times; moto parses it three times for each row, which took a third
of its time. And moto lists its own folder to find the service that a request is for.
"""

from __future__ import annotations

import functools
import json
from collections import OrderedDict
from typing import Any, Final

from moto import backends
from moto.dynamodb.comparisons import ConditionExpressionParser

_MOST_CONDITIONS: Final = 512


def keep_what_is_parsed() -> None:
    """Patch moto; done once, before serving."""
    _keep_conditions()
    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


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

    ConditionExpressionParser.parse = remembering
