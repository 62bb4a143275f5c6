"""Writes the Terraform of the stack to ``cdktf.out``: ``python main.py``, or through ``cdktf``."""

from __future__ import annotations

import os
import sys

from settings.folders import require_usable
from settings.settings import Settings, SettingsError
from stacks.synthesis import synthesise


def main() -> int:
    """Exit status: 0, or 2 with one line on stderr for each problem of the settings."""
    try:
        settings = Settings.from_environ(os.environ)
        require_usable(settings)
    except SettingsError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    synthesise(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
