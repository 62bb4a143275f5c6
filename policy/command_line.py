"""``make check``: run the checks, two at a time, and print what they found.

``python -m policy [CHECK …]`` runs some of them only. Exit code 0: nothing is wrong in what could be looked at; 1: a
finding; with ``--complete`` also where something could not be looked at.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from cli.errors import OptionsError
from cli.progress import Progress, print_columns
from policy import plans
from policy.checks import CHECKS, Check, Examination
from policy.findings import Finding, Result
from policy.view import CheckView
from settings.choices import not_one_of
from settings.profile import PROFILES
from settings.settings import setting

_PARALLEL = 2


def main(arguments: Sequence[str]) -> int:
    """Run the checks that ``arguments`` name, or all."""
    parser = argparse.ArgumentParser(prog="make check", description=__doc__)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []], metavar="CHECK", help=", ".join(CHECKS))
    parser.add_argument("--stages", help="examine these stages, separated by commas, in place of all")
    parser.add_argument("--profiles", help="examine these profiles, separated by commas, in place of all")
    parser.add_argument("--complete", action="store_true", help="fail where something could not be looked at")
    options = parser.parse_args(arguments)
    system = setting(os.environ, "SYSTEM")
    wanted = _wanted(system, options.stages, options.profiles)
    with tempfile.TemporaryDirectory() as folder:
        examination = Examination(system, wanted, Path(folder).resolve())
        try:
            results = _run([CHECKS[name] for name in options.checks or CHECKS], examination)
        finally:
            examination.runs.end()
    return _report(results, is_complete=options.complete)


def _wanted(system: str, stages: str | None, profiles: str | None) -> tuple[tuple[str, str], ...]:
    everything = plans.all_of(system)
    if stages is None and profiles is None:
        return everything
    known_stages = tuple(dict.fromkeys(stage for stage, _ in everything))
    chosen_stages = _chosen("--stages", stages, known_stages)
    return tuple(itertools.product(chosen_stages, _chosen("--profiles", profiles, tuple(PROFILES))))


def _chosen(flag: str, names: str | None, known: Sequence[str]) -> Sequence[str]:
    if not names:
        return known
    for name in names.split(","):
        if name not in known:
            raise OptionsError(not_one_of(flag, name, known))
    return names.split(",")


def _run(checks: Sequence[Check], examination: Examination) -> dict[str, Result]:
    progress = Progress()
    view = CheckView([check.title for check in checks])

    def one(check: Check) -> Result:
        view.begin(check.title)
        try:
            result = check.run(examination)
        except Exception as problem:
            text = f"{type(problem).__name__}: {problem}"
            result = Result(examined="nothing", findings=[Finding(where=check.title, rule="broken", text=text)])
        view.end(check.title, result)
        if not progress.is_terminal:
            progress.say(f"{check.title}: {result.verdict}")
        return result

    with progress.view(view), ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        under_way = [pool.submit(one, check) for check in checks]
        try:
            results = [result.result() for result in under_way]
        except KeyboardInterrupt:
            for result in under_way:
                result.cancel()  # nothing else is begun
            while not all(result.done() for result in under_way):
                _end_programs()  # whoever waits for one goes on, and may start another
                time.sleep(0.05)
            raise
    print_columns("Checks", ("Check", "Verdict", "Time", "Examined"), view.rows())
    return {check.title: result for check, result in zip(checks, results, strict=True)}


def _programs() -> list[psutil.Process]:
    """What checks have started and wait for."""
    return psutil.Process().children(recursive=True)


def _end_programs() -> None:
    for program in _programs():
        with contextlib.suppress(psutil.NoSuchProcess):
            program.kill()


def _report(results: dict[str, Result], *, is_complete: bool) -> int:
    """Say everything that was found, and what could not be looked at."""
    for title, result in results.items():
        _section(f"{title} found", map(str, result.findings))
        _section(f"{title} could not look at all", result.not_examined)
    verdicts = {result.verdict for result in results.values()}
    return int("failed" in verdicts or (is_complete and "unknown" in verdicts))


def _section(title: str, lines: Iterable[str]) -> None:
    found = list(lines)
    if found:
        sys.stdout.write("".join(f"{line}\n" for line in ("", f"{title}:", *(f"  {line}" for line in found))))
