"""Which code the embedded AWS runs: a digest of the sources and pinned libraries that it was started from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

_SOURCES: Final = ("embedded/**/*.py", "requirements.txt", "services/requirements.txt")


def code_version(root: Path) -> str:
    """Digest of what the embedded AWS in the checkout ``root`` would run if it were started now.

    Returns:
        16 hexadecimal digits, other ones after any of these files was edited, added or removed.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in root.glob(pattern)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]
