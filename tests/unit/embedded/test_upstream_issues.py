"""Whoever differs from moto says whether moto's maintainers know of the gap."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from embedded.settings import ROOT

EMBEDDED: Final = ROOT / "embedded"
TOLD: Final = "Upstream issue"
PLUMBING: Final = {"__getstate__"}
"""Overrides that are no gap of moto's."""


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def overrides(file: Path) -> Iterator[tuple[str, str]]:
    """Name of each override, and what its module, its class and it itself say."""
    module = tree_of(file)
    for kind in (node for node in module.body if isinstance(node, ast.ClassDef)):
        for method in (node for node in kind.body if isinstance(node, ast.FunctionDef)):
            if any(isinstance(one, ast.Name) and one.id == "override" for one in method.decorator_list):
                said = (ast.get_docstring(node) or "" for node in (module, kind, method))
                yield f"{kind.name}.{method.name}", "\n".join(said)


BACKENDS: Final = [(name, said) for file in sorted(EMBEDDED.glob("*/backend.py")) for name, said in overrides(file)]
PATCHING: Final = sorted(
    file
    for file in EMBEDDED.rglob("*.py")
    if any(f"patches.{how}(" in file.read_text(encoding="utf-8") for how in ("replace", "add"))
)


@pytest.mark.parametrize(("name", "said"), BACKENDS, ids=[name for name, _ in BACKENDS])
def test_an_override_of_moto_names_the_issue_or_none(name: str, said: str) -> None:
    assert TOLD in said or name.rpartition(".")[2] in PLUMBING


@pytest.mark.parametrize("file", PATCHING, ids=lambda file: str(file.relative_to(EMBEDDED)))
def test_a_module_that_replaces_something_of_moto_names_the_issue_or_none(file: Path) -> None:
    assert TOLD in file.read_text(encoding="utf-8")
