"""What `make hcl` writes is planned as the JSON is, to the last value, and needs nothing of CDKTF."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from policy.terraform_runs import TerraformRuns
from tests.copied_checkout import copy_checkout
from tests.terraform.conftest import environ_with


def test_the_plan_in_hcl_is_the_plan_in_json(
    stack_dirs: Mapping[str, Path], terraform_runs: TerraformRuns, tmp_path: Path
) -> None:
    # In a copy, as it writes there; what is installed is not installed again.
    installed = ("-o", ".venv/.deploy-ready", f"RUN={sys.executable}")
    answer = subprocess.run(
        ["make", "-s", *installed, "hcl"],
        cwd=copy_checkout(tmp_path / "checkout"),
        env=environ_with(STAGE="split", ENV="test"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    file = Path(answer.stdout.strip())
    assert {path.name for path in file.parent.iterdir()} == {"main.tf", ".terraform.lock.hcl", "embedded-aws.ini"}
    planned = terraform_runs.mocked_plan(file.parent)
    assert len(planned) > 80
    assert planned == terraform_runs.mocked_plan(stack_dirs["split"])
