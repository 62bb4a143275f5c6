"""The way into a program: what ends it before its own code can say anything is told in one line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from cli import entry, interrupts
from cli.errors import OptionsError

pytestmark = pytest.mark.usefixtures("handlers_as_before")


def run(patch: pytest.MonkeyPatch, ends_with: int | BaseException) -> int:
    """Run a program that ends so; its signals are heeded when its module is asked for."""

    def load(name: str) -> SimpleNamespace:
        assert name == "a.program"
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler

        def main(arguments: Sequence[str]) -> int:
            assert arguments == ["--flag"]
            if isinstance(ends_with, int):
                return ends_with
            raise ends_with

        return SimpleNamespace(main=main)

    patch.setattr("importlib.import_module", load)
    return entry.run("a.program", ["--flag"], command="odd", interrupted="Interrupted; nothing was written.")


def test_its_exit_code_is_the_programs_and_from_then_on_a_signal_ends_it_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(monkeypatch, 3) == 3
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("problem", "exit_code", "line"),
    [
        (OptionsError("name another"), 2, "name another"),
        (FileExistsError(17, "File exists", "/etc/passwd"), 1, "File exists (/etc/passwd); correct that"),
        (KeyboardInterrupt(), 130, "Interrupted; nothing was written."),
        (interrupts.Interrupted(signal.SIGTERM), 143, "Interrupted; nothing was written."),
        (ZeroDivisionError("division by zero"), 1, "make odd met an error that it does not know (ZeroDivisionError"),
    ],
    ids=repr,
)
def test_what_a_program_does_not_catch_is_one_line(
    problem: BaseException,
    exit_code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, problem) == exit_code
    (said,) = capsys.readouterr().err.splitlines()
    assert line in said
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "what it says last is not cut off"


def test_a_process_without_output_streams_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert run(monkeypatch, 0) == 0
    with sys.stdout as made:
        assert made.write("goes nowhere")
