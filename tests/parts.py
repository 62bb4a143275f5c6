"""The parts among which processes share the tests: ``make test`` runs three of them at a time.

Live tests wait most of the time, so three processes take half as long as one, on two processors too. Tests that share
something expensive are one part: those that need the deployment, which take longest; Terraform's, with those that begin
a wait of their own ahead; the unit tests, which are the most and so come first. Every other file is a part by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

from systems.checkout import ROOT

_TESTS: Final = ROOT / "tests"
_DEPLOYMENT: Final = "deployment"
_TERRAFORM: Final = "terraform"
_UNIT: Final = "unit"


@functools.cache
def of(file: Path) -> str:
    """Name of the part that a file of tests belongs to; all of its tests do, so that its fixtures are made once."""
    if tier(file) == "unit":
        return _UNIT
    if tier(file) == "browser":
        return _DEPLOYMENT
    text = file.read_text(encoding="utf-8")
    if "deployment: Deployed" in text:
        return _DEPLOYMENT
    return _TERRAFORM if tier(file) == "terraform" or "@pytest.mark.ahead" in text else file.stem


def tier(file: Path) -> str:
    """The folder below ``tests`` that it lies in."""
    return file.relative_to(_TESTS).parts[0]


def needs_deployment(item: pytest.Item) -> bool:
    """Whether the test uses the deployment that tests share."""
    return "deployment" in getattr(item, "fixturenames", [])


def require_one_deployment(items: Iterable[pytest.Item]) -> None:
    """See that no second process would deploy.

    Raises:
        pytest.UsageError: a test that needs the deployment does not say so where ``of`` looks.
    """
    hidden = {item.path.name for item in items if needs_deployment(item) and of(item.path) != _DEPLOYMENT}
    if hidden:
        raise pytest.UsageError(
            f"{', '.join(sorted(hidden))}: ask for the shared deployment by a parameter `deployment: Deployed`."
        )


def scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's scheduler that hands out whole parts, the ones of most tests first."""
    found = LoadScopeScheduling(config, log)
    found._split_scope = lambda test: of(ROOT / test.partition("::")[0])
    return found
