"""``python -m mutate``: what ``make mutate`` runs."""

from __future__ import annotations

import sys

from cli.entry import run

if __name__ == "__main__":
    sys.exit(
        run("mutate.command_line", sys.argv[1:], command="mutate", interrupted="Interrupted; nothing was written.")
    )
