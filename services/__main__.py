"""``python -m services NAME``: serve the service of the folder NAME as the environment says, then exit."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Final

from services.kit.process import run

_SERVICES: Final = sorted(path.parent.name for path in Path(__file__).parent.glob("*/app.py"))


def main() -> None:
    """Exit status: that of the service, or 2 without a name of one."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in _SERVICES:
        sys.exit(f"Say which service to run, one of {', '.join(_SERVICES)}: python -m services NAME")
    app = importlib.import_module(f"services.{name}.app")
    sys.exit(run(name, os.environ, read_settings=app.read_settings, create_app=app.create_app))


if __name__ == "__main__":
    main()
