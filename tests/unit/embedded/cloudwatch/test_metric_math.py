"""Expressions over periods, with values that are missing, and what is not known."""

from __future__ import annotations

import pytest

from embedded.cloudwatch.metric_math import Series, UnknownMath, evaluate, names_in

METRICS: dict[str, Series] = {"m": [10, None, 30], "n": [1, 2, 0], "none": [None, None, None]}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m", [10, None, 30]),
        ("2", [2, 2, 2]),
        ("m + n * 2 - 1", [11, None, 29]),
        ("m / n", [10, None, None]),
        ("-n", [-1, -2, 0]),
        ("2 * n ^ 2", [2, 8, 0]),
        ("(0 - 8) ^ 0.5 + n", [None, None, None]),
        ("n >= 1", [1, 1, 0]),
        ("n == 2 || m > 20", [0, None, 1]),
        ("n > 0 AND n < 2", [1, 0, 0]),
        ("FILL(m, 0)", [10, 0, 30]),
        ("FILL(none, 7)", [7, 7, 7]),
        ("FILL(m, n)", [10, 2, 30]),
        ("FILL(m, REPEAT)", [10, 10, 30]),
        ("FILL(none, REPEAT)", [None, None, None]),
        ("IF(FILL(m, 0) >= 20, m, 0)", [0, 0, 30]),
        ("IF(m, n, 5)", [1, None, 0]),
        ("IF(n, m, n)", [10, None, 0]),
        ("IF(FILL(n, 0) >= 1, 100 * FILL(none, 0) / n, 0)", [0, 0, 0]),
        ("SUM([m, n])", [11, 2, 30]),
        ("MAX([m, none])", [10, None, 30]),
        ("AVG([n, n]) + MIN([n, 1])", [2, 3, 0]),
        ("CEIL(n / 2) + FLOOR(n / 2) + ABS(-n)", [2, 4, 0]),
        ("1 / 0", [None, None, None]),
    ],
)
def test_an_expression_has_a_value_in_each_period_in_which_its_operands_have(expression: str, values: Series) -> None:
    assert evaluate(expression, METRICS, periods=3) == values


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("ANOMALY_DETECTION_BAND(m, 2)", "ANOMALY_DETECTION_BAND of 2 is not known here"),
        ("SEARCH('{AWS/ECS}', 'Sum')", "SEARCH of 2"),
        ("METRICS()", "METRICS of 0"),
        ("FILL(m, LINEAR)", "LINEAR is not known here"),
        ("SUM(m)", "SUM of 1"),
        ("gone + 1", "gone is not known here"),
        ("1 < n < 3", "1 < n < 3 is not known here"),
        ("m % 2", "the operator Mod"),
        ("m.real", "m.real is not known here"),
        ("'text'", "'text' is not known here"),
        ("True", "True is not known here"),
        ("__import__('os')", "__import__ of 1"),
        ("(lambda: 1)()", "is not known here"),
        ("m +", "'m +' cannot be read"),
        ("SELECT AVG(CPUUtilization) FROM x", "cannot be read"),
        ("1" + "+1" * 5000, "too long"),
        ("(" * 150 + "1" + ")" * 150 + "+1" * 1500, ""),
    ],
)
def test_what_is_not_known_is_refused_by_name(expression: str, why: str) -> None:
    with pytest.raises(UnknownMath) as refused:
        evaluate(expression, METRICS, periods=3)
    assert why in str(refused.value)


def test_the_ids_in_an_expression_are_found_without_functions() -> None:
    assert names_in("IF(FILL(requests, 0) >= 20 && e1, p99, FILL(m, REPEAT))") == {"requests", "e1", "p99", "m"}
