"""Programs that the tests need and that no Python package brings: ``python -m tests.programs`` installs them.

``make test`` calls it first, so that it needs no step by hand. Nothing else here installs programs: the commands name
what is missing, with the command that installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PACKAGES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "chromium-headless-shell": ("chromium-headless-shell", "fonts-liberation"),
        "h2load": ("nghttp2-client",),
        "wrk": ("wrk",),
    }
)
"""Debian's packages of each program. A bare container has no font at all, and then a browser has nothing to lay out.
The headless shell is Chromium without windows and menus, which no test looks at and which take as long again."""


def main() -> int:
    """Install what is missing.

    Returns:
        0, or 1 with one line on stderr that says what to do by hand.
    """
    missing = [program for program in PACKAGES if shutil.which(program) is None]
    if not missing:
        return 0
    packages = [package for program in missing for package in PACKAGES[program]]
    how = f"install them by hand: sudo apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        print(f"The tests need {', '.join(missing)}, and there is no apt-get here; {how}.", file=sys.stderr)
        return 1
    print(f"Installing {' '.join(packages)} for the tests …", file=sys.stderr)
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        answer = subprocess.run(
            [*prefix, "apt-get", *arguments], env=environ, capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            reason = (answer.stderr or answer.stdout).strip().splitlines()[-1:]
            print(f"apt-get {arguments[0]} failed: {' '.join(reason)}; {how}.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
