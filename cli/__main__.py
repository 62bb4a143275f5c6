"""``python -m cli COMMAND``: what ``make COMMAND`` runs."""

from __future__ import annotations

import sys

from cli.entry import run

if __name__ == "__main__":
    sys.exit(run("cli.command_line", sys.argv[1:], command=sys.argv[1] if sys.argv[1:] else "deploy"))
