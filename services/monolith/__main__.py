"""``python -m services.monolith``"""

from __future__ import annotations

import os
import sys

from services.common.process import run
from services.monolith.app import create_app
from services.monolith.settings import MonolithSettings


def main() -> None:
    """Serve the monolith as the environment says, then exit."""
    sys.exit(run("monolith", os.environ, read_settings=MonolithSettings.from_environ, create_app=create_app))


if __name__ == "__main__":
    main()
