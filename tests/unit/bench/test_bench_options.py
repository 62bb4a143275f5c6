from __future__ import annotations

import pytest

from bench.options import parse
from cli.errors import OptionsError


def test_defaults_are_the_whole_benchmark() -> None:
    options = parse([])
    assert (options.rounds, options.clients, options.out.name) == (3, (1, 32, 128), "performance.md")


def test_the_one_client_that_criteria_are_judged_at_cannot_be_left_out() -> None:
    with pytest.raises(OptionsError, match="add 1"):
        parse(["--clients", "8", "32"])


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--seconds", "0.2"], ["--clients", "none"]])
def test_nonsense_is_refused_with_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err
