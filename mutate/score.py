"""From mutmut's results to shares: which mutants count, and which of them the tests noticed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from mutate.areas import GOAL_PERCENT, area_of

_NOTICED: Final = frozenset({"killed", "timeout", "suspicious", "segfault", "caught by type check"})
_ORIGINAL: Final = "orig"
MARK: Final = "__mutmut_"
"""In a mutant's name, between its function's and its number."""
_UNTRIED: Final = "not checked"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One mutated function.

    Attributes:
        name: mutmut's name, such as ``cli.plan.x_plan__mutmut_3``.
        path: source file, relative, with slashes.
        noticed: whether a test failed because of it.
        is_wording: whether only the wording of a message differs, which no decision depends on.
        change: the first line that differs, as it was and as it became.
    """

    name: str
    path: str
    noticed: bool
    is_wording: bool = False
    change: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Mutants of one area, those of mere wording left out."""

    area: str
    mutants: int
    noticed: int

    @property
    def percent(self) -> float:
        """Share that was noticed; 100 when there was nothing to notice."""
        return 100.0 * self.noticed / self.mutants if self.mutants else 100.0

    @property
    def reached(self) -> bool:
        """Whether it is at least the goal."""
        return self.percent >= GOAL_PERCENT


def read_results(output: str, mutated: Path) -> list[Mutant]:
    """Read what became of each mutant that was tried.

    Args:
        output: of ``mutmut results --all true``.
        mutated: the folder of mutated sources.
    """
    statuses = _statuses(output)
    functions: dict[str, Mapping[str, ast.AST]] = {}
    found = []
    for name, status in statuses.items():
        if status == _UNTRIED:
            continue
        module, _, function = name.rpartition(".")
        path = f"{module.replace('.', '/')}.py"
        if path not in functions:
            functions[path] = _functions(mutated / path)
        original = functions[path].get(f"{function.rpartition(MARK)[0]}{MARK}{_ORIGINAL}")
        mutant = functions[path].get(function)
        change, wording = _difference(original, mutant) if original and mutant else ("", False)
        found.append(Mutant(name=name, path=path, noticed=status in _NOTICED, is_wording=wording, change=change))
    return found


def untried(output: str, *, which: Sequence[str]) -> int:
    """How many mutants that were to be tried were not, by the output of ``mutmut results --all true``.

    Args:
        output: of mutmut.
        which: globs of the names of those that were to be tried; none: all.
    """
    left = [name for name, status in _statuses(output).items() if status == _UNTRIED]
    return sum(not which or any(fnmatch(name, glob) for glob in which) for name in left)


def _statuses(output: str) -> dict[str, str]:
    """What became of each mutant, by its name."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        name, separator, status = line.strip().rpartition(": ")
        if separator and MARK in name:
            found[name] = status
    return found


def scores(mutants: Iterable[Mutant], *, by: Callable[[str], str] = area_of) -> list[Score]:
    """One score for each area that has mutants which count, by name.

    Args:
        mutants: what was tried.
        by: name of the area of a path.
    """
    counted: dict[str, list[bool]] = {}
    for mutant in mutants:
        if not mutant.is_wording:
            counted.setdefault(by(mutant.path), []).append(mutant.noticed)
    return [Score(area=area, mutants=len(seen), noticed=sum(seen)) for area, seen in sorted(counted.items())]


def _functions(path: Path) -> dict[str, ast.AST]:
    """Every function of a mutated file by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: ast.Module(body=node.body, type_ignores=[]) for node in functions}


def _difference(original: ast.AST, mutant: ast.AST) -> tuple[str, bool]:
    """The first line that differs, and whether the two differ in wording only."""
    lines = zip(ast.unparse(original).splitlines(), ast.unparse(mutant).splitlines(), strict=False)
    change = next((f"{before.strip()}  ->  {after.strip()}" for before, after in lines if before != after), "")
    plain = [ast.dump(_NoWording().visit(copy.deepcopy(tree))) for tree in (original, mutant)]
    return change, plain[0] == plain[1]


class _NoWording(ast.NodeTransformer):
    """Empties texts that a person reads: those with a space, whatever stands in an f-string, arguments of a logger.

    And the names of encodings: "UTF-8" is "utf-8", and so is none at all where the machine's own is that.
    """

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg == "encoding" else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) and " " in node.value.strip() else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
        return ast.JoinedStr(values=[self.visit(value) for value in values])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
        ):
            return ast.Constant("")
        return self.generic_visit(node)
