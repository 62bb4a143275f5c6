"""``python -m mutate [AREA | GLOB ...]``: mutate the code, run the unit tests against each mutant, print the shares."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.errors import CommandError, OptionsError, complain
from cli.progress import Progress, print_table
from mutate import sandbox
from mutate.areas import AREAS, GOAL_PERCENT, patterns_of, pytest_paths_of
from mutate.score import MARK, Mutant, read_results, scores, untried
from systems.checkout import ROOT

_PROGRESS: Final = re.compile(r"(?P<done>\d+)/(?P<all>\d+)\s")
_SAY_EVERY_SECONDS: Final = 10.0
_TENTH: Final = f"*{MARK}*5"
"""Every tenth mutant of a function, by mutmut's numbers."""


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 when every area reaches the goal, 1 when one does not or not all is tried.

    Raises:
        CommandError: for wrong arguments, with exit code 2, or when mutmut fails.
    """
    parser = argparse.ArgumentParser(prog="python -m mutate", description=__doc__)
    parser.add_argument("what", nargs="*", default=list(AREAS), metavar="AREA|GLOB", help=f"of {', '.join(AREAS)}")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="what pytest runs (default: the areas' own)")
    parser.add_argument("--show", action="store_true", help="list the mutants that no test noticed")
    parser.add_argument("--files", action="store_true", help="show the share of every file too")
    parser.add_argument("--tenth", action="store_true", help="try every tenth mutant: an estimate, much sooner")
    options = parser.parse_args(arguments)
    patterns = patterns_of(options.what)
    tests = options.tests or pytest_paths_of(options.what)
    if strangers := [pattern for pattern in patterns if not _is_there(pattern)]:
        raise OptionsError(f"No file matches {', '.join(strangers)}; name areas ({', '.join(AREAS)}) or globs.")
    if missing := [path for path in tests if not (ROOT / path.partition("::")[0]).exists()]:
        raise OptionsError(f"There is no {', '.join(missing)} in {ROOT}; name tests after --tests.")
    mutants, left = _run(patterns, tests, which=[_TENTH] if options.tenth else [])
    if options.show:
        unnoticed = (one for one in mutants if not (one.noticed or one.is_wording))
        sys.stdout.writelines(f"{one.name}\n    {one.change}\n" for one in unnoticed)
    found = scores(mutants)
    shown = [*(scores(mutants, by=str) if options.files else ()), *found]
    rows = [(score.area, f"{score.noticed} of {score.mutants} noticed: {score.percent:.1f} %") for score in shown]
    print_table(f"Mutants noticed by the unit tests (goal {GOAL_PERCENT:.0f} %)", rows or [("mutants", "none")])
    if left:
        return complain(
            f"{left} mutants were not tried: mutmut ended before them. Name some of the files at a time.", 1
        )
    return 0 if all(score.reached for score in found) else 1


def _is_there(pattern: str) -> bool:
    """Whether a glob names anything in the checkout; Python refuses to look for some, such as absolute ones."""
    try:
        return ".." not in Path(pattern).parts and any(ROOT.glob(pattern))
    except (NotImplementedError, ValueError):
        return False


def _run(patterns: Sequence[str], tests: Sequence[str], *, which: Sequence[str]) -> tuple[list[Mutant], int]:
    """The mutants that were tried, and how many were not: of those whose names fit ``which``, all without globs."""
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        directory = Path(folder)
        with progress.step("Copying the checkout"):
            sandbox.prepare(ROOT, directory, patterns=patterns, tests=tests)
        with progress.step("Running the unit tests against every mutant"):
            _mutmut_run(directory, which, progress)
        results = subprocess.run(
            [*_mutmut(), "results", "--all", "true"], cwd=directory, capture_output=True, text=True, check=False
        )
        if results.returncode != 0:
            raise CommandError(f"mutmut results failed:\n{results.stderr[-2000:]}")
        return read_results(results.stdout, directory / "mutants"), untried(results.stdout, which=which)


def _mutmut() -> list[str]:
    return [sys.executable, "-m", "mutmut"]


def _mutmut_run(directory: Path, which: Sequence[str], progress: Progress) -> None:
    """Run mutmut, whose spinner becomes a line now and then."""
    command = [*_mutmut(), "run", *which]
    tail, said_at = "", progress.elapsed_seconds()
    with subprocess.Popen(
        command,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # a mutant that signals its process group must not end us
    ) as process:
        try:
            for line in process.stdout or ():  # universal newlines: each turn of the spinner is a line
                tail = (tail + line)[-4000:]
                match = _PROGRESS.search(line)
                if match and progress.elapsed_seconds() - said_at >= _SAY_EVERY_SECONDS:
                    said_at = progress.elapsed_seconds()
                    progress.say(f"  {match['done']} of {match['all']} mutants")
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise CommandError(f"mutmut failed; do the unit tests pass without mutants? It ended with:\n{tail[-2000:]}")
