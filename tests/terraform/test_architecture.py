"""Tasks run on the processors that their image is declared for, and are paid as such."""

from __future__ import annotations

from pathlib import Path

from cli.cost.stack_layout import layout_of_stack
from systems.service import Architecture
from tests.terraform.conftest import read_stack, run_main


def test_each_service_runs_on_the_processors_of_its_image(tmp_path: Path) -> None:
    answer = run_main(SYSTEM="tests/terraform/arm", TARGET="aws", STAGE="split", CDKTF_OUTDIR=str(tmp_path))
    assert answer.returncode == 0, answer.stderr
    stack = read_stack(tmp_path / "stacks" / "market")
    modules = stack["module"]
    assert {name: modules[name]["cpu_architecture"] for name in ("monolith", "offers")} == {
        "monolith": "X86_64",
        "offers": "ARM64",
    }
    assert {group.name: group.architecture for group in layout_of_stack(stack).tasks} == {
        "market-dev-monolith": Architecture.X86_64,
        "market-dev-offers": Architecture.ARM64,
    }
