"""What `make hcl` writes is planned as the JSON is, to the last value, and needs nothing of CDKTF."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from policy.terraform_runs import TerraformRuns
from systems.checkout import ROOT
from tests.terraform.conftest import environ_with

PROGRAM = """
import os, pathlib, sys
from cli import hcl
from settings.settings import Settings
print(hcl.write(Settings.from_environ(os.environ), pathlib.Path(sys.argv[1])))
"""


def test_the_plan_in_hcl_is_the_plan_in_json(
    stack_dirs: Mapping[str, Path], terraform_runs: TerraformRuns, tmp_path: Path
) -> None:
    out_dir = tmp_path / "out"
    command = [sys.executable, "-c", PROGRAM, str(out_dir)]
    environ = environ_with(STAGE="split", ENV="test")
    answer = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    file = Path(answer.stdout.strip())
    assert {path.name for path in file.parent.iterdir()} == {"main.tf", ".terraform.lock.hcl", "embedded-aws.ini"}
    planned = terraform_runs.mocked_plan(file.parent)
    assert len(planned) > 80
    assert planned == terraform_runs.mocked_plan(stack_dirs["split"])
