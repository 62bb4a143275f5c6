"""``python -m rehearse``: what ``make rehearse`` runs."""

from __future__ import annotations

import sys

from cli.entry import run

if __name__ == "__main__":
    sys.exit(run("rehearse.command_line", sys.argv[1:], command="rehearse"))
