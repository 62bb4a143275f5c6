"""What a person sees while a command works: lines on stderr with elapsed time, and tables on stdout."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import IO, Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text


class _PatientConsole(Console):
    """Goes on in silence when its reader is gone: a deploy must not end half way because ``| head`` did."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


def discard(stream: IO[str]) -> None:
    """Discard what is in the buffer of ``stream`` and all that follows, because its reader is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


_STDERR: Final = _PatientConsole(stderr=True, highlight=False, soft_wrap=True)
_STDOUT: Final = _PatientConsole(highlight=False, soft_wrap=True)


class Progress:
    """Prints lines with the time since the command began. On a terminal, work that goes on shows a spinner."""

    def __init__(self, *, console: Console = _STDERR) -> None:
        self._console = console
        self._began = time.monotonic()
        self._shows_view = False

    def elapsed_seconds(self) -> float:
        """Since the command began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """A line of its own, printed as it is."""
        self._console.print(Text.assemble((f"{self.elapsed_seconds():6.1f} s", "dim"), "  ", text))

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks on."""
        return self._console.is_terminal

    @contextlib.contextmanager
    def view(self, renderable: RenderableType) -> Iterator[None]:
        """On a terminal, show ``renderable`` below the lines, drawn anew all the time, until the block ends.

        It stays where the block ends before its time.
        """
        if not self.is_terminal:
            yield
            return
        try:
            with Live(renderable, console=self._console, refresh_per_second=4, transient=True):
                self._shows_view = True
                try:
                    yield
                finally:
                    self._shows_view = False
        except BaseException:
            self._console.print(renderable)  # how far it came
            raise

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a piece of work when it begins, and show its duration when it ends or fails."""
        began = time.monotonic()
        self.say(f"{text} …")
        try:
            spins = self.is_terminal and not self._shows_view
            with self._console.status(text) if spins else contextlib.nullcontext():
                yield
        except BaseException as problem:
            ended = "interrupted" if isinstance(problem, KeyboardInterrupt) else "failed"
            self.say(f"{text}: {ended} after {time.monotonic() - began:.1f} s")
            raise
        took = time.monotonic() - began
        if took >= 1:
            self.say(f"{text}: done in {took:.1f} s")


def print_table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print a short two-column table on stdout: aligned, and no value is cut, however narrow the terminal is."""
    width = max(len(name) for name, _ in rows)
    if not sys.stdout.isatty():
        sys.stdout.write("".join(f"{name.ljust(width)}  {value}\n" for name, value in rows))
        return
    _STDOUT.print(Text(title, style="italic"))
    for name, value in rows:
        _STDOUT.print(Text.assemble((name.ljust(width), "bold"), "  ", value))


def print_columns(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of several columns on stdout: aligned, with a line of heads, and no value is cut."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    if not sys.stdout.isatty():
        sys.stdout.write("".join(f"{text}\n" for text in texts))
        return
    _STDOUT.print(Text(title, style="italic"))
    for number, text in enumerate(texts):
        _STDOUT.print(Text(text, style="bold" if number == 0 else ""))
