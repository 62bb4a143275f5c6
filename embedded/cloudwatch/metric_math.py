"""Metric math over periods: arithmetic, comparisons, IF, FILL and some more. What it does not know, it refuses.

Source: "Using math expressions with CloudWatch metrics" in the CloudWatch user guide. Python's parser reads them, and
nothing of them is run: each node that is known has its own meaning here.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Series = Sequence[float | None]
"""A value for each period, the oldest first; None: there is none."""

_Value = float | list[float | None]

_OPERATORS: Final[Mapping[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda one, other: bool(one) and bool(other),
    ast.Or: lambda one, other: bool(one) or bool(other),
}
_OF_ONE: Final[Mapping[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_OF_MANY: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_WORDS: Final = (
    (re.compile(r"&&|\bAND\b"), " and "),
    (re.compile(r"\|\||\bOR\b"), " or "),
    (re.compile(r"\^"), "**"),
)
_MAX_LENGTH: Final = 2048
"""CloudWatch's own limit."""


class UnknownMath(ValueError):
    """An expression with something that is not known here; the text says what."""


def names_in(expression: str) -> frozenset[str]:
    """The metrics and expressions whose ids stand in ``expression``.

    Raises:
        UnknownMath: it cannot be read.
    """
    tree = _parsed(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
    return frozenset(found - {"REPEAT"})


def evaluate(expression: str, metrics: Mapping[str, Series], *, periods: int) -> list[float | None]:
    """The value of ``expression`` in each of so many periods.

    A period in which an operand has no value has none, and so has one that is divided by zero; FILL gives it one.

    Args:
        expression: such as ``IF(FILL(requests, 0) >= 20, 100 * errors / requests, 0)``.
        metrics: by their ids, all of that length.
        periods: how many.

    Raises:
        UnknownMath: it has something that is not known here.
    """
    try:
        return _Reader(metrics, periods).series(_parsed(expression))
    except RecursionError:
        raise UnknownMath("the expression is nested too deeply") from None


def _parsed(expression: str) -> ast.expr:
    text = expression
    for word, python in _WORDS:
        text = word.sub(python, text)
    if len(text) > 2 * _MAX_LENGTH:
        raise UnknownMath("the expression is too long")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UnknownMath(f"{expression!r} cannot be read") from None


class _Reader:
    def __init__(self, metrics: Mapping[str, Series], periods: int) -> None:
        self._metrics = metrics
        self._periods = periods

    def series(self, node: ast.expr) -> list[float | None]:
        """The node's value in each period."""
        value = self._value(node)
        return value if isinstance(value, list) else [value] * self._periods

    def _value(self, node: ast.expr) -> _Value:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(id=name) if name in self._metrics:
                return list(self._metrics[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._each(ast.Sub, 0.0, self._value(operand))
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._each(type(op), self._value(left), self._value(right))
            case ast.BoolOp(op=op, values=values):
                result = self._value(values[0])
                for other in values[1:]:
                    result = self._each(type(op), result, self._value(other))
                return result
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
        raise UnknownMath(f"{ast.unparse(node)} is not known here")

    def _each(self, op: type[ast.AST], one: _Value, other: _Value) -> _Value:
        if op not in _OPERATORS:
            raise UnknownMath(f"the operator {op.__name__} is not known here")
        if isinstance(one, float) and isinstance(other, float):
            number = _number(_OPERATORS[op], one, other)
            return [None] * self._periods if number is None else number
        pairs = zip(self._spread(one), self._spread(other), strict=True)
        return [None if a is None or b is None else _number(_OPERATORS[op], a, b) for a, b in pairs]

    def _spread(self, value: _Value) -> list[float | None]:
        return value if isinstance(value, list) else [value] * self._periods

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> _Value:
        match name, arguments:
            case "IF", [condition, yes, no]:
                chosen = zip(self.series(condition), self.series(yes), self.series(no), strict=True)
                return [None if holds is None else one if holds else other for holds, one, other in chosen]
            case "FILL", [what, ast.Name(id="REPEAT")]:
                return _repeated(self.series(what))
            case "FILL", [what, by]:
                filled = zip(self.series(what), self.series(by), strict=True)
                return [other if value is None else value for value, other in filled]
            case _, [what] if name in _OF_ONE:
                return [None if value is None else float(_OF_ONE[name](value)) for value in self.series(what)]
            case _, [ast.List(elts=elements)] if name in _OF_MANY and elements:
                together = zip(*(self.series(element) for element in elements), strict=True)
                there = ([value for value in values if value is not None] for values in together)
                return [float(_OF_MANY[name](values)) if values else None for values in there]
        raise UnknownMath(f"{name} of {len(arguments)} is not known here")


def _number(operate: Callable[[float, float], float], one: float, other: float) -> float | None:
    try:
        found = operate(one, other)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def _repeated(values: Series) -> list[float | None]:
    found: list[float | None] = []
    for value in values:
        found.append(found[-1] if value is None and found else value)
    return found
