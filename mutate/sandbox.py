"""A copy of the checkout in which mutmut may write, so that nothing of it stays in the tree."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_SETTINGS: Final = """
[tool.mutmut]
source_paths = {sources}
only_mutate = {patterns}
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-profile=mutate"]
"""


def prepare(root: Path, directory: Path, *, patterns: Sequence[str], tests: Sequence[str]) -> None:
    """Copy what git knows of the checkout ``root`` into ``directory`` and set mutmut up there.

    Args:
        root: the checkout; changes that are not committed are copied too, new files as soon as git tracks them.
        directory: an empty folder.
        patterns: globs of the files to mutate.
        tests: what pytest runs.
    """
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        if (root / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, directory / name)
    top = sorted({name.split("/")[0] for name in listing.split("\0") if name})
    sources = sorted({pattern.split("/")[0] for pattern in patterns})
    settings = _SETTINGS.format(
        sources=json.dumps(sources),
        patterns=json.dumps(list(patterns)),
        copied=json.dumps([name for name in top if name not in sources and (directory / name).exists()]),
        tests=json.dumps(list(tests)),
    )
    with (directory / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
