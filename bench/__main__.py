"""``python -m bench``: what ``make bench`` runs."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.judge import Results, judge
from bench.measure import Meter
from bench.options import OptionsError, parse
from bench.sides import running_field
from bench.wrk import Wrk
from cli.errors import CommandError, complain
from cli.progress import Progress
from reporting.criteria import print_criteria


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 every criterion met, 1 one missed, 2 not possible as asked, 130 after Ctrl-C."""
    # Ended from outside, it stops every process as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress = Progress()
    try:
        options = parse(arguments)
        wrk = Wrk()
        with tempfile.TemporaryDirectory(prefix="mysfits-bench-") as folder:
            progress.say("Starting every side")
            with running_field(Path(folder)) as field:
                measured = Meter(field, options, wrk=wrk, say=progress.say).run()
        results = Results(measured)
        criteria = judge(results)
        # Drawing needs most of a second of imports; a misspelt option is told before.
        from bench.report import write  # noqa: PLC0415

        written = write(results, criteria, field.sides.values(), options)
    except OptionsError as error:
        return complain(str(error), 2)
    except CommandError as error:
        return complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return complain("Interrupted; nothing was written.", 130)
    progress.say(f"Report: {written}")
    print_criteria(criteria)
    return 0 if all(criterion.met for criterion in criteria) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
