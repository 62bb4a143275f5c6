"""One benchmark from its flags to its report."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.closed_loop import ClosedLoop
from bench.h2load import H2Load
from bench.judge import judge
from bench.measure import Meter
from bench.options import parse
from bench.results import Results
from bench.sides import running_subjects
from bench.wrk import Wrk
from cli.progress import Progress
from reporting.criteria import print_criteria

_OPEN_FILES: Final = 16_384


def main(arguments: Sequence[str]) -> int:
    """Measure as ``arguments`` ask for.

    Returns:
        Exit code: 0 every criterion met, 1 one missed.

    Raises:
        CommandError: not possible as asked, with exit code 2, or failed.
    """
    progress = Progress()
    options = parse(arguments)
    wrk, h2load = Wrk(), H2Load()
    _allow_many_connections()
    with tempfile.TemporaryDirectory(prefix="mysfits-bench-") as folder:
        progress.say("Starting every side")
        with running_subjects(Path(folder)) as subjects:
            closed = ClosedLoop(databases=subjects.database, wrk=wrk)
            measured = Meter(subjects, options, closed=closed, h2load=h2load, say=progress.say).run()
    results = Results(measured)
    criteria = judge(results)
    # Drawing needs most of a second of imports; a misspelt option is reported before.
    from bench.report import write  # noqa: PLC0415

    written = write(results, criteria, subjects.sides.values(), options)
    progress.say(f"Report: {written}")
    print_criteria(criteria)
    return 0 if all(criterion.met for criterion in criteria) else 1


def _allow_many_connections() -> None:
    """Raise the limit of open files, which every program that is started inherits: an open loop has many clients."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
