"""Every module: its own tests, its shape and its documentation."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import hcl2
import pytest

from modules.readme import MODULES, blocks, module_folders, readme
from tests.terraform.conftest import Jobs, TerraformRuns

FOLDERS = pytest.mark.parametrize("folder", module_folders(), ids=lambda folder: folder.name)


@FOLDERS
def test_terraform_test_passes(folder: Path, jobs: Jobs) -> None:
    answer = jobs.module_tests[folder.name].result()
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    passed = re.search(r"Success! (\d+) passed, 0 failed", answer.stdout)
    assert passed and int(passed[1]) == len(_runs(folder))


@FOLDERS
def test_every_validation_has_a_negative_run(folder: Path) -> None:
    validations = {
        f"${{var.{name}}}": len(variable.get("validation", []))
        for name, variable in blocks(folder / "variables.tf", "variable")
    }
    refused = Counter(name for run in _runs(folder) for name in run.get("expect_failures", []))
    missing = {name: count for name, count in validations.items() if refused[name] < count}
    assert not missing, f"validations without a negative run: {missing}"


@FOLDERS
def test_every_variable_is_typed_and_described(folder: Path) -> None:
    for name, variable in blocks(folder / "variables.tf", "variable"):
        assert {"type", "description"} <= variable.keys(), name


@FOLDERS
def test_every_output_is_described(folder: Path) -> None:
    assert all("description" in output for _, output in blocks(folder / "outputs.tf", "output"))


@FOLDERS
def test_for_each_is_driven_by_keys_and_count_is_not_used(folder: Path) -> None:
    with (folder / "main.tf").open(encoding="utf-8") as file:
        resources = hcl2.load(file)["resource"]
    for resource in resources:
        for kind, named in resource.items():
            for name, body in named.items():
                assert "count" not in body, f"{kind}.{name} counts; drive it by for_each over stable keys"


@FOLDERS
def test_module_has_the_shape_of_all_modules(folder: Path) -> None:
    expected = {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "construct.py", "tests"}
    assert expected <= {path.name for path in folder.iterdir()}


@FOLDERS
def test_readme_tables_are_up_to_date(folder: Path) -> None:
    current = (folder / "README.md").read_text(encoding="utf-8")
    assert current == readme(folder), "run python -m modules.readme"


def test_terraform_files_are_formatted(terraform_runs: TerraformRuns) -> None:
    answer = terraform_runs.call("fmt", "-check", "-recursive", "-diff", cwd=MODULES)
    assert answer.returncode == 0, answer.stdout


def _runs(folder: Path) -> list[dict[str, list[str]]]:
    """All run blocks of a module's tests."""
    found: list[dict[str, list[str]]] = []
    for path in sorted((folder / "tests").glob("*.tftest.hcl")):
        with path.open(encoding="utf-8") as file:
            found += [body for run in hcl2.load(file).get("run", []) for body in run.values()]
    return found
