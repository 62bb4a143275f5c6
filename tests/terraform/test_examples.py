"""Every example is planned from nothing before a mocked AWS; tests/local applies them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from modules.readme import MODULES
from policy.terraform_runs import TerraformRuns
from systems.checkout import ROOT

EXAMPLES: Final = sorted(
    path.parent.relative_to(ROOT)
    for path in (*MODULES.glob("*/examples/*/main.tf"), *(ROOT / "examples").glob("*/main.tf"))
)

WITH_KEYS: Final = {
    Path("modules/alb/examples/behind_cloudfront"),
    Path("modules/rotating_key/examples/complete"),
    Path("modules/rotating_key/examples/minimal"),
}
"""Those that generate a key are applied only: mocked providers have no ephemeral resources (Terraform 1.11)."""


def test_every_example_is_planned_and_makes_something(terraform_runs: TerraformRuns, tmp_path: Path) -> None:
    for name in ("modules", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".terraform*", "__pycache__"))
    places = [place for place in EXAMPLES if place not in WITH_KEYS]
    plans = terraform_runs.mocked_plans([tmp_path / place for place in places])
    for place, changes in zip(places, plans, strict=True):
        assert any(change["actions"] == ["create"] for change in changes.values()), f"{place} makes nothing"
