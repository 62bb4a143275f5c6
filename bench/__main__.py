"""``python -m bench``: what ``make bench`` runs."""

from __future__ import annotations

import sys

from cli.entry import run

if __name__ == "__main__":
    sys.exit(run("bench.command_line", sys.argv[1:], command="bench", interrupted="Interrupted; nothing was written."))
