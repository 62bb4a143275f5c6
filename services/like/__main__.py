"""``python -m services.like``"""

from __future__ import annotations

import os
import sys

from services.common.process import run
from services.like.app import create_app
from services.like.settings import LikeSettings


def main() -> None:
    """Serve likes as the environment says, then exit."""
    sys.exit(run("like", os.environ, read_settings=LikeSettings.from_environ, create_app=create_app))


if __name__ == "__main__":
    main()
