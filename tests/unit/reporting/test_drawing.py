from __future__ import annotations

from reporting.drawing import COLORS, lines


def test_names_get_different_colours_then_different_styles_and_none_is_left_out() -> None:
    few = lines(["a", "b"])
    assert [color for color, _ in few.values()] == list(COLORS[:2])
    assert {style for _, style in few.values()} == {"-"}
    many = lines(str(number) for number in range(3 * len(COLORS)))
    assert len(set(many.values())) == len(many) == 3 * len(COLORS)
    assert len(lines(str(number) for number in range(50))) == 50
