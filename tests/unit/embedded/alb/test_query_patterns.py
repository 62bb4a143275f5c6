"""Query-string conditions as expressions: what separates parameters cannot be part of what is asked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.alb.conditions import QueryParameter
from embedded.alb.envoy_patterns import query_regex
from tests.alb_matching import has_parameter

_TEXT = st.text(alphabet="aAbB=&*?\\", max_size=5)


@pytest.mark.parametrize(
    ("key", "value", "query"),
    [
        ("a=b", "a", "A=B=A"),
        ("a&b", "c", "a&b=c"),
        (None, "a&b", "x=a&b"),
        ("a", "b=c", "A=b=C"),
        ("a\\*", "b", "a*=b"),
    ],
)
def test_separators_end_keys_and_parameters(key: str | None, value: str, query: str) -> None:
    wanted = QueryParameter(key=key, value=value)
    assert bool(re.fullmatch(query_regex([wanted]), f"/?{query}")) is has_parameter(query, wanted)


@given(st.one_of(st.none(), _TEXT), _TEXT, st.text(alphabet="aAbB=&*?", max_size=9))
def test_the_expression_accepts_what_the_plain_reading_accepts(key: str | None, value: str, query: str) -> None:
    wanted = QueryParameter(key=key, value=value)
    assert bool(re.fullmatch(query_regex([wanted]), f"/?{query}")) is has_parameter(query, wanted)
