from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.plan import Apply
from cli.progress import Progress
from rehearse.hops import phase_of


def lines_of(progress_text: io.StringIO) -> list[str]:
    return progress_text.getvalue().splitlines()


@pytest.fixture
def printed() -> tuple[Progress, io.StringIO]:
    """The deployer's real progress, and what it prints when stderr is no terminal."""
    text = io.StringIO()
    return Progress(console=Console(file=text, highlight=False, soft_wrap=True)), text


def test_phases_are_read_from_what_the_deployer_prints(printed: tuple[Progress, io.StringIO]) -> None:
    progress, text = printed
    phase = str(Apply(stage="split", weights={"like": 0}, why="the new service becomes steady"))
    with progress.step("Synthesising stage split"):
        pass
    progress.say(f"  4. {phase}")
    with progress.step(f"A{phase[1:]}"):
        progress.say("  module.like.aws_ecs_service.this: Still creating... [10s elapsed]")
    with progress.step("Watching like at 10 %"):
        pass
    found = [phase_of(line) for line in lines_of(text)]
    assert [phase for phase in found if phase] == [
        "Apply split, like gets 0 %: the new service becomes steady",
        "Watching like at 10 %",
    ]


def test_a_phase_that_fails_is_one_phase(printed: tuple[Progress, io.StringIO]) -> None:
    progress, text = printed
    with pytest.raises(RuntimeError), progress.step("Apply glue: because"):
        raise RuntimeError
    assert len(lines_of(text)) == 2
    assert [phase_of(line) for line in lines_of(text)] == ["Apply glue: because", None]


@pytest.mark.parametrize("line", ["", "Error: it failed …", "make: *** [deploy] Error 1", "Apply glue …"])
def test_other_lines_are_no_phases(line: str) -> None:
    assert phase_of(line) is None
