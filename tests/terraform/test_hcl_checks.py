"""``terraform fmt`` and ``validate`` look at modules, at their examples, and at what other companies' callers write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.infrastructure import format_of_terraform, validation_of_terraform
from policy.terraform_runs import TerraformRuns

PLACES = ("modules/shop", "modules/shop/examples/minimal", "examples/caller")
GOOD = 'resource "terraform_data" "this" {\n  input = 1\n}\n'


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[TerraformRuns]:
    made = TerraformRuns(tmp_path / "runs")
    yield made
    made.end()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a module, its example and a caller."""
    for place in PLACES:
        folder = tmp_path / "checkout" / place
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(GOOD)
    (tmp_path / "runs").mkdir()
    (tmp_path / "checkout" / "modules" / "shop" / "versions.tf").touch()
    return tmp_path / "checkout"


@pytest.mark.parametrize("place", PLACES)
def test_what_is_written_otherwise_than_terraform_would_is_found(place: str, root: Path, runs: TerraformRuns) -> None:
    assert format_of_terraform(runs, root).findings == []
    (root / place / "main.tf").write_text(GOOD.replace(" = ", "="))
    result = format_of_terraform(runs, root)
    assert [(one.where, one.rule) for one in result.findings] == [(f"{place}/main.tf", "fmt")]
    assert result.examined == "4 files"


def test_what_terraform_does_not_understand_is_found_in_each_place(root: Path, runs: TerraformRuns) -> None:
    for place in PLACES:
        (root / place / "main.tf").write_text(GOOD.replace("1", "var.missing"))
    result = validation_of_terraform(runs, root.parent / "runs", root)
    assert {(one.where, one.rule) for one in result.findings} == {(place, "validate") for place in PLACES}
    assert result.examined == "3 modules and examples"
