"""Every module: its own tests, its shape and its documentation."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

import hcl2
import pytest

from modules.fargate_service.options import ServiceOptions, Volume
from modules.fargate_service.scaling import Adjustment, Alarm, Autoscaling, Schedule, Step, Tracking
from modules.fargate_service.shapes import ListenerRule, PreviewPriorities, QueryString
from modules.readme import MODULES, blocks, module_folders, readme, variables
from policy.terraform_runs import TerraformRuns, json_lines
from tests.terraform.conftest import Jobs

MAKES_NOTHING = {"existing_network"}
"""What reads only has nothing that could have tags."""

FOLDERS = pytest.mark.parametrize("folder", module_folders(), ids=lambda folder: folder.name)


@FOLDERS
def test_terraform_test_passes(folder: Path, jobs: Jobs) -> None:
    answer = jobs.module_tests[folder.name].result()
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    (summary,) = [one["test_summary"] for one in json_lines(answer.stdout) if "test_summary" in one]
    passed = {"passed": len(_runs(folder)), "failed": 0, "errored": 0, "skipped": 0}
    assert {name: summary[name] for name in passed} == passed


@FOLDERS
def test_every_validation_has_a_negative_run(folder: Path) -> None:
    validations = {f"${{var.{name}}}": len(variable.get("validation", [])) for name, variable in variables(folder)}
    refused = Counter(name for run in _runs(folder) for name in run.get("expect_failures", []))
    missing = {name: count for name, count in validations.items() if refused[name] < count}
    assert not missing, f"validations without a negative run: {missing}"


@FOLDERS
def test_every_variable_is_typed_and_described(folder: Path) -> None:
    for name, variable in variables(folder):
        assert {"type", "description"} <= variable.keys(), name


@FOLDERS
def test_every_output_is_described(folder: Path) -> None:
    assert all("description" in output for _, output in blocks(folder / "outputs.tf", "output"))


@FOLDERS
def test_for_each_is_driven_by_keys_and_count_is_not_used(folder: Path) -> None:
    resources = []
    for path in folder.glob("*.tf"):
        with path.open(encoding="utf-8") as file:
            parsed = hcl2.load(file)
            resources += [*parsed.get("resource", []), *parsed.get("data", [])]
    assert resources
    for resource in resources:
        for kind, named in resource.items():
            for name, body in named.items():
                assert "count" not in body, f"{kind}.{name} counts; drive it by for_each over stable keys"


@FOLDERS
def test_module_has_the_shape_of_all_modules(folder: Path) -> None:
    expected = {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "construct.py", "tests"}
    assert expected <= {path.name for path in folder.iterdir()}
    examples = {path.parent.name for path in folder.glob("examples/*/main.tf")}
    assert {"minimal", "complete"} <= examples
    told = (folder / "README.md").read_text(encoding="utf-8")
    assert {name for name in ("hcl", "python") if f"```{name}\n" not in told} == set(), "the README shows both ways"
    assert all(f"examples/{name}/main.tf" in told for name in examples)
    assert ("tags" in dict(variables(folder))) != (folder.name in MAKES_NOTHING)


@FOLDERS
def test_the_construct_gives_every_variable(folder: Path) -> None:
    given = set(re.findall(r'"(\w+)":', (folder / "construct.py").read_text(encoding="utf-8")))
    if folder.name == "fargate_service":
        given |= {field.name for field in fields(ServiceOptions)}
    assert [name for name, _ in variables(folder) if name not in given] == []


def test_the_construct_of_a_rule_gives_all_of_it_and_no_more() -> None:
    """A condition that is lost on the way lets a rule take more."""
    with pytest.raises(TypeError, match="host_header"):
        ListenerRule(priority=1, path_patterns=("/*",), host_header="shop.example.com")  # type: ignore[call-arg]
    given = ListenerRule(
        priority=4,
        path_patterns=("/*",),
        methods=("GET",),
        host_headers=("shop.example.com",),
        http_headers={"X-Shop": ("new",)},
        query_strings=(QueryString(value="1", key="page"),),
        source_ips=("10.0.0.0/8",),
        preview_priorities=PreviewPriorities(new=2, old=3),
    )
    assert set(given.inputs()) == {field.name for field in fields(ListenerRule)}
    assert ListenerRule(priority=1, path_patterns=("/*",)).inputs() == {"priority": 1, "path_patterns": ["/*"]}


def test_options_that_are_not_given_are_left_to_the_module() -> None:
    assert ServiceOptions().inputs() == {}
    given = ServiceOptions(volumes={"scratch": Volume()}, fail_on_rollback=False, tags={"Team": "shop"})
    volumes = {"scratch": {"efs": None}}
    assert given.inputs() == {"volumes": volumes, "fail_on_rollback": False, "tags": {"Team": "shop"}}


def test_a_network_that_stands_has_the_outputs_of_one_that_is_made() -> None:
    made, stands = (
        {name for name, _ in blocks(MODULES / module / "outputs.tf", "output")}
        for module in ("network", "existing_network")
    )
    assert made - stands == {"nat_public_ips", "endpoints_security_group_id", "flow_log_group_name"}, "its owner's"
    assert stands <= made


def test_the_edition_that_scales_is_the_module_and_one_override() -> None:
    """A file that it lacks would be left out of every service that scales."""
    module = MODULES / "fargate_service"
    edition = module / "autoscaled"
    own = {"autoscaled_override.tf"}
    files = {path.name for path in module.glob("*.tf")}
    assert {path.name for path in edition.iterdir()} - {".terraform.lock.hcl"} == files | own, (
        "link the files that are new: ln -s ../NAME.tf modules/fargate_service/autoscaled/"
    )
    assert {name for name in files if (edition / name).resolve() != module / name} == set()


def test_the_values_of_autoscaling_have_just_the_attributes_of_the_module() -> None:
    """Terraform drops what a variable's type does not name."""
    declared = str(dict(variables(MODULES / "fargate_service"))["autoscaling"]["type"])
    tracking = Tracking(target=1)
    alarm = Alarm(metric_name="a", threshold=1, dimensions={"b": "c"})
    step = Step(alarm=alarm, adjustments=[Adjustment(scaling_adjustment=1, from_=0, to=1)], min_adjustment_magnitude=1)
    schedule = Schedule(schedule="x", min_capacity=1, max_capacity=2, start_time="s", end_time="e")
    value = Autoscaling(
        min_capacity=1,
        max_capacity=2,
        scale_in_suspended=True,
        cpu=tracking,
        memory=tracking,
        requests_per_target=tracking,
        steps={"NAME": step},
        schedules={"NAME": schedule},
    ).inputs()

    def names(found: object) -> set[str]:
        match found:
            case dict():
                return {name for name in found if name not in {"NAME", "b"}}.union(*map(names, found.values()))
            case list():
                return set[str]().union(*map(names, found))
        return set()

    assert names(value) == set(re.findall(r"['\"]?(\w+)['\"]?\s*[=:]\s", declared)) - {""}


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
