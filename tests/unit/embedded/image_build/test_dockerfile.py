"""Dockerfiles are read as Docker reads them."""

from __future__ import annotations

import pytest

from embedded.image_build.dockerfile import Instruction, exec_form, instructions, pairs, replace_variables
from embedded.image_build.problems import ImageBuildError


def test_comments_are_left_out_and_continued_lines_joined() -> None:
    found = instructions("# syntax=x\nfrom a:1\n\nRUN a \\\n  # why\n  && b\nCMD x\n")
    assert [(one.name, one.line) for one in found] == [("FROM", 2), ("RUN", 4), ("CMD", 7)]
    assert found[1].value.split() == ["a", "&&", "b"]


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("$A-${A}", "x-x"),
        ("$MISSING.", "."),
        ("${A:-y} ${MISSING:-y} ${EMPTY:-y}", "x y y"),
        ("${A:+y} ${MISSING:+y}", "y "),
        (r"\$A '$A' \"$A\"", r"\$A '$A' \"x\""),
        ("$AB", ""),
    ],
)
def test_variables_are_replaced(text: str, replaced: str) -> None:
    assert replace_variables(text, {"A": "x", "EMPTY": ""}) == replaced


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("A=1 B=two", {"A": "1", "B": "two"}),
        ('A="one two" B=$X/y', {"A": "one two", "B": "x/y"}),
        ("A one two", {"A": "one two"}),
        ("A", {"A": ""}),
        ("'A'=b", {"A": "b"}),
    ],
)
def test_names_and_values(value: str, found: dict[str, str]) -> None:
    assert pairs(Instruction(name="ENV", value=value, line=1), {"X": "x"}) == found


def test_a_pair_without_a_name_is_told_with_its_line() -> None:
    with pytest.raises(ImageBuildError, match="line 3: ENV A=1 B: "):
        pairs(Instruction(name="ENV", value="A=1 B", line=3), {})


def test_a_list_is_for_exec_and_anything_else_for_a_shell() -> None:
    assert exec_form('["a", "b c"]') == ("a", "b c")
    assert exec_form("a b") is None
    assert exec_form("['a']") is None
    assert exec_form('["a", 1]') is None
