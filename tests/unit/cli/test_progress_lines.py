"""Lines of progress: with the time since the command began, and how each step ended."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest
from rich.console import Console

from cli import progress
from cli.progress import Progress, discard, print_table


class Shown:
    """A console without a terminal, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.file = io.StringIO()
        self.console = Console(file=self.file, highlight=False, soft_wrap=True)

    def lines(self) -> list[str]:
        return self.file.getvalue().splitlines()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    made = Shown()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: made.seconds))
    yield made


def test_a_line_has_the_seconds_since_the_command_began_and_its_text_as_it_is(shown: Shown) -> None:
    told = Progress(console=shown.console)
    told.say("aws_lb.this: Still creating... [10s elapsed]")
    shown.seconds += 12.34
    told.say("[bold]no markup[/bold] " + "x" * 300)
    assert shown.lines() == [
        "   0.0 s  aws_lb.this: Still creating... [10s elapsed]",
        "  12.3 s  [bold]no markup[/bold] " + "x" * 300,
    ]
    assert told.elapsed_seconds() == pytest.approx(12.34)


@pytest.mark.parametrize(("seconds", "ends"), [(0.9, []), (1.0, ["   3.0 s  Work: done in 1.0 s"])])
def test_a_step_is_announced_and_its_end_told_when_it_took_a_second(
    shown: Shown, seconds: float, ends: list[str]
) -> None:
    told = Progress(console=shown.console)
    shown.seconds += 2
    with told.step("Work"):
        shown.seconds += seconds
    assert shown.lines() == ["   2.0 s  Work …", *ends]


@pytest.mark.parametrize(
    ("problem", "how"), [(ZeroDivisionError(), "failed"), (KeyboardInterrupt(), "interrupted")], ids=["error", "ctrl-c"]
)
def test_a_step_that_does_not_come_to_its_end_says_how_and_when(shown: Shown, problem: BaseException, how: str) -> None:
    told = Progress(console=shown.console)
    shown.seconds += 2
    with pytest.raises(type(problem)), told.step("Work"):
        shown.seconds += 0.5
        raise problem
    assert shown.lines()[1:] == [f"   2.5 s  Work: {how} after 0.5 s"]


def test_a_table_in_a_file_is_aligned_and_has_no_title(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Audit", [("ecs/cluster", "a"), ("Objects", "b  c")])
    assert capsys.readouterr().out == "ecs/cluster  a\nObjects      b  c\n"


def test_a_table_on_a_terminal_has_its_title_and_the_same_columns(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_STDOUT", shown.console)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_table("Audit", [("ecs/cluster", "[x]"), ("Objects", "b")])
    assert shown.lines() == ["Audit", "ecs/cluster  [x]", "Objects      b"]


def test_work_goes_on_in_silence_when_the_reader_of_its_lines_is_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as file:
        console = progress._PatientConsole(file=file)
        told = Progress(console=console)
        with told.step("Work"):
            told.say("x" * 100_000)
        assert console.quiet
        file.write("what a library prints")


def test_what_is_discarded_is_gone_and_the_reader_has_what_came_before() -> None:
    reader, writer = os.pipe()
    before = psutil.Process().num_fds()
    with os.fdopen(reader) as read, os.fdopen(writer, "w") as file:
        file.write("before")
        file.flush()
        file.write("in the buffer")
        discard(file)
        file.write("after")
        file.flush()
        assert psutil.Process().num_fds() == before, "nothing stays open"
        assert read.read() == "before"
