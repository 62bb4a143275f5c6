"""The provider's schema in a file beside the provider, which takes half a second of processor time to write it anew."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

from embedded.private_folders import replace_private

_NAME: Final = "schema-"
_DIGEST_BYTES: Final = hashlib.sha256().digest_size


class SchemaFile:
    """The answer to GetSchema of the provider ``program``, in the folder of a stack that Terraform has initialised."""

    def __init__(self, stack_dir: Path, program: Path) -> None:
        self._folder = stack_dir / ".terraform"
        self._program = program

    def read(self) -> bytes | None:
        """The answer; None where it is not there whole, or is another program's."""
        try:
            text = self._path.read_bytes()
        except OSError:
            return None
        schema = text[_DIGEST_BYTES:]
        return schema if hashlib.sha256(schema).digest() == text[:_DIGEST_BYTES] else None

    def write(self, schema: bytes) -> None:
        """Keep it in the place of those of other programs. A folder that cannot be written keeps none."""
        with contextlib.suppress(OSError):
            for other in self._folder.glob(f"{_NAME}*"):
                other.unlink()
            if self._folder.is_dir():
                replace_private(self._path, hashlib.sha256(schema).digest() + schema)

    @property
    def _path(self) -> Path:
        # 700 MB take too long to be read for a digest.
        found = self._program.stat()
        return self._folder / f"{_NAME}{found.st_size}-{found.st_mtime_ns}"
