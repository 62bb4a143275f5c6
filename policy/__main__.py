"""``python -m policy``: what ``make check`` runs."""

from __future__ import annotations

import sys

from cli.entry import run

_INTERRUPTED = "Interrupted; what was not looked at may hold findings."

if __name__ == "__main__":
    sys.exit(run("policy.command_line", sys.argv[1:], command="check", interrupted=_INTERRUPTED))
