"""What `make hcl` writes is planned as the JSON is, to the last value, and needs nothing of CDKTF."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from policy import plans
from policy.terraform_runs import TerraformRuns
from tests.copied_checkout import copy_checkout
from tests.terraform.conftest import environ_with, read_stack

_TEAMS = {"target": "aws", "STATE_BUCKET": "a-teams-bucket", **plans.environ_of_profile("production")}


@pytest.mark.parametrize(
    ("stage", "settings"),
    [
        pytest.param("split", {}, id="this machine"),
        pytest.param("placeholder", {"target": "aws"}, id="AWS"),
        pytest.param("extracted", _TEAMS, id="production"),
    ],
)
def test_the_plan_in_hcl_is_the_plan_in_json(
    stage: str,
    settings: Mapping[str, str],
    synthesise: Callable[..., Path],
    terraform_runs: TerraformRuns,
    tmp_path: Path,
) -> None:
    in_json = synthesise(stage=stage, **settings)
    # In a copy, as it writes there; what is installed is not installed again.
    installed = ("-o", ".venv/.deploy-ready", f"RUN={sys.executable}")
    answer = subprocess.run(
        ["make", "-s", *installed, "hcl"],
        cwd=copy_checkout(tmp_path / "checkout"),
        env=environ_with(STAGE=stage, ENV="test", **{name.upper(): value for name, value in settings.items()}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    file = Path(answer.stdout.strip())
    beside = set() if "target" in settings else {"embedded-aws.ini"}
    assert {path.name for path in file.parent.iterdir()} == {"main.tf", ".terraform.lock.hcl", *beside}
    planned = terraform_runs.mocked_plan(file.parent)
    assert len(planned) > 60
    assert planned == terraform_runs.mocked_plan(in_json)
    backend, expected = backend_of(file.read_text(encoding="utf-8")), read_stack(in_json)["terraform"]["backend"]
    assert backend.keys() == expected.keys()
    assert backend.get("s3") == expected.get("s3"), "a path is relative to the checkout, and this is a copy"


def backend_of(text: str) -> dict[str, dict[str, object]]:
    """Kind and attributes of the place where the state is, which a plan does not show."""
    (found,) = re.finditer(r'^  backend "(?P<kind>\w+)" \{\n(?P<body>.*?)^  \}', text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("=") for line in found["body"].splitlines()]
    return {found["kind"]: {name.strip(): json.loads(value) for name, _, value in lines}}
