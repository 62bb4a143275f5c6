"""The parts among which processes share the tests: ``make test`` runs three of them at a time.

Live tests wait for a part of their time, so three processes and what they begin ahead keep two processors busy; a
fourth made nothing faster and all that is timed slower. Tests that share something expensive are one part: the unit
tests; Terraform's, with those that begin a wait of their own ahead; and two halves of those that need a deployment,
which make one each: the browser's with the rehearsals, and all others. These four take longest and begin first. Every
other file is a part by itself.
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
_BROWSER: Final = "browser"
_DEPLOYMENT: Final = "deployment"
_TERRAFORM: Final = "terraform"
_UNIT: Final = "unit"
AFTER_THE_BROWSER: Final = ("test_rehearsal", "test_scaling_live", "test_toy_in_the_system")
"""With these the two deployments are in use for about the same time. They begin nothing beside it ahead of their turn:
the attack of the browser's tests looks for whatever changes in the embedded AWS.
"""
_SLEEP: Final = ("test_module_examples", "test_service_examples", "test_aws_target_live")
"""The longest of the other files: the provider sleeps for each of their load balancers. They begin before them."""


@functools.cache
def of(file: Path) -> str:
    """Name of the part that a file of tests belongs to; all of its tests do, so that its fixtures are made once."""
    if tier(file) in (_UNIT, _BROWSER):
        return tier(file)
    text = file.read_text(encoding="utf-8")
    if "deployment: Deployed" in text:
        return _BROWSER if file.stem in AFTER_THE_BROWSER else _DEPLOYMENT
    return _TERRAFORM if tier(file) == "terraform" or "@pytest.mark.ahead" in text else file.stem


def tier(file: Path) -> str:
    """The folder below ``tests`` that it lies in."""
    return file.relative_to(_TESTS).parts[0]


def sleeps(item: pytest.Item) -> bool:
    """Whether the test is of a part that takes minutes and hardly a processor."""
    return of(item.path) in _SLEEP


def needs_deployment(item: pytest.Item) -> bool:
    """Whether the test uses the deployment that tests share."""
    return "deployment" in getattr(item, "fixturenames", [])


def shares_deployment(item: pytest.Item, part: str | None) -> bool:
    """Whether the test uses the deployment of this part; without one, that of all tests."""
    return needs_deployment(item) and part in (None, of(item.path))


def require_no_further_deployment(items: Iterable[pytest.Item]) -> None:
    """See that no further process would deploy.

    Raises:
        pytest.UsageError: a test that needs the deployment does not say so where ``of`` looks.
    """
    deployed = (_BROWSER, _DEPLOYMENT)
    hidden = {item.path.name for item in items if needs_deployment(item) and of(item.path) not in deployed}
    if hidden:
        raise pytest.UsageError(
            f"{', '.join(sorted(hidden))}: ask for the shared deployment by a parameter `deployment: Deployed`."
        )


def scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's scheduler that hands out whole parts, in the order of their tests."""
    found = LoadScopeScheduling(config, log)
    found._split_scope = lambda test: of(ROOT / test.partition("::")[0])
    return found
