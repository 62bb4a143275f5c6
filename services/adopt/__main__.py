"""``python -m services.adopt``"""

from __future__ import annotations

import os
import sys

from services.adopt.app import create_app
from services.adopt.settings import AdoptSettings
from services.common.process import run


def main() -> None:
    """Serve adoptions as the environment says, then exit."""
    sys.exit(run("adopt", os.environ, read_settings=AdoptSettings.from_environ, create_app=create_app))


if __name__ == "__main__":
    main()
