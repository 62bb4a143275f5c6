"""The checks, in the order in which they are shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from policy import infrastructure, plans, sources
from policy.findings import Result
from policy.plans import Plan
from policy.terraform_runs import TerraformRuns
from systems.loading import load


class Examination:
    """What the checks of one run share.

    Args:
        system: folder of the system whose stacks are examined.
        wanted: stage and profile of each of them.
        folder: for everything that is written.
    """

    def __init__(self, system: str, wanted: Sequence[tuple[str, str]], folder: Path) -> None:
        self.folder = folder
        self.system = load(system)
        self.is_whole = tuple(wanted) == plans.all_of(system)
        self.runs = TerraformRuns(folder)
        self._named, self._wanted = system, wanted
        self._planning = threading.Lock()

    @property
    def planned(self) -> tuple[Plan, ...]:
        """The planned stacks; whoever asks first makes them."""
        with self._planning:
            return self._plans

    @cached_property
    def _plans(self) -> tuple[Plan, ...]:
        return plans.make(self._named, self._wanted, folder=self.folder, runs=self.runs)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the table.

    Attributes:
        title: what looks at what.
        run: makes the check.
    """

    title: str
    run: Callable[[Examination], Result]


CHECKS: Final[Mapping[str, Check]] = {
    "ruff": Check(title="ruff", run=lambda _: sources.style()),
    "mypy": Check(title="mypy", run=lambda _: sources.types()),
    "fmt": Check(title="terraform fmt", run=lambda shared: infrastructure.format_of_terraform(shared.runs)),
    "validate": Check(
        title="terraform validate",
        run=lambda shared: infrastructure.validation_of_terraform(shared.runs, shared.folder),
    ),
    "workflows": Check(title="workflows", run=lambda _: sources.workflows()),
    "checkov": Check(
        title="checkov",
        run=lambda shared: infrastructure.checkov(shared.planned, whole=shared.is_whole, folder=shared.folder),
    ),
    "permissions": Check(
        title="parliament, cloudsplaining", run=lambda shared: infrastructure.permissions(shared.planned)
    ),
    "rules": Check(title="our own rules", run=lambda shared: infrastructure.own_rules(shared.planned, shared.system)),
    "bandit": Check(title="bandit", run=lambda _: sources.dangerous_calls()),
    "secrets": Check(title="detect-secrets", run=lambda shared: sources.secrets(shared.folder)),
    "audit": Check(title="pip-audit", run=lambda shared: sources.vulnerabilities(shared.folder)),
}
"""By the word that picks one."""
