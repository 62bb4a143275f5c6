"""Checks of modules and planned stacks: Terraform's own, checkov, parliament, cloudsplaining, and ours."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from modules.readme import MODULES, module_folders
from policy import exemptions, image_users, plans, rules
from policy.distinct import PlanFile, plan_files
from policy.exemptions import Exemptions, Place
from policy.findings import Finding, Result
from policy.plans import Plan
from policy.terraform_runs import TerraformRuns
from policy.tools import call_outside
from systems.checkout import ROOT
from systems.system import System

_BY_MOCKS: Final = frozenset({"CKV_AWS_249", "CKV_AWS_332"})
"""Checks of what AWS makes up, which mocks make up otherwise: whether two roles have one ARN, and which version of the
platform is the latest. The scan of the modules decides them."""
_GRAPH: Final = "CKV2_"
"""Checks of how resources refer to each other. Of what is in a module a plan does not show that; the scan decides."""
_IN_HCL: Final = (MODULES.name, "examples")
"""Folders of the checkout with what is written in Terraform's own language."""
_NO_FINDING: Final = frozenset({"ServicesAffected"})
"""What cloudsplaining lists beside its findings."""


def format_of_terraform(runs: TerraformRuns, root: Path = ROOT) -> Result:
    """``terraform fmt`` of everything in HCL."""
    folders = [root / name for name in _IN_HCL]
    files = [file for folder in folders for file in folder.rglob("*.tf")]
    wrong = [
        Finding(where=f"{folder.name}/{line}", rule="fmt", text="run terraform fmt")
        for folder in folders
        for line in runs.call("fmt", "-check", "-recursive", cwd=folder).stdout.splitlines()
    ]
    return Result(examined=f"{len(files)} files", findings=wrong)


def validation_of_terraform(runs: TerraformRuns, folder: Path, root: Path = ROOT) -> Result:
    """``terraform validate`` of each module, of its examples and of what stands in ``examples``."""
    copy = folder / "validate"
    ignored = shutil.ignore_patterns(".terraform*", "__pycache__", "tests")
    for name in _IN_HCL:
        shutil.copytree(root / name, copy / name, ignore=ignored)
    modules, examples = root / MODULES.name, root / "examples"
    inside = {path for path in modules.glob("*/examples/*") if path.is_dir()}
    places = [*module_folders(modules), *sorted(inside | {file.parent for file in examples.rglob("*.tf")})]
    names = [path.relative_to(root) for path in places]
    found = [finding for name in names for finding in _validate(runs, copy / name, str(name))]
    return Result(examined=f"{len(places)} modules and examples", findings=found)


def _validate(runs: TerraformRuns, folder: Path, where: str) -> list[Finding]:
    answer = json.loads(runs.validate(folder).stdout)
    return [Finding(where=where, rule="validate", text=one["summary"]) for one in answer["diagnostics"]]


def checkov(planned: Sequence[Plan], *, whole: bool, folder: Path) -> Result:
    """checkov on the modules and on plans; where these are all, an exemption that nothing needs is a finding."""
    accepted = exemptions.of_modules()
    reasons = {**accepted.reasons}
    for plan in planned:
        reasons |= exemptions.of_stack(plan.document)
    accepted = Exemptions(reasons=reasons, malformed=accepted.malformed)
    by_file = {str(one.file): one for one in plan_files(planned, folder)}
    modules = folder / MODULES.name
    shutil.copytree(MODULES, modules, ignore=_not_scanned)
    records = call_outside("checkov_run", {"modules": str(modules), "plans": list(by_file)})
    found = [Finding(where=where, rule="exemption", text="it accepts nothing") for where in accepted.malformed]
    failed: dict[tuple[Place, str, str], list[str]] = defaultdict(list)
    for record in records:
        if not record["passed"] and _is_decided(record, by_file):
            for place, where in _places(record, by_file, modules):
                failed[place, record["check"], record["title"]].append(where)
    exempted = 0
    for (place, check, title), wheres in failed.items():
        if accepted.accepts(place, check):
            exempted += len(wheres)
        else:
            found.append(Finding(where=_several(wheres), rule=check, text=title))
    if whole:
        found += [
            Finding(where=where, rule="exemption", text="nothing needs it; remove it")
            for where in accepted.unused()
            if where.partition(": ")[2].startswith("CKV")
        ]
    return Result(
        examined=f"{len(records)} checks of modules and {len(planned)} plans, the same of several once",
        findings=sorted(found),
        exempted=exempted,
    )


def _not_scanned(folder: str, names: list[str]) -> set[str]:
    """What in a folder of the modules is no module, or links to the files of one that is scanned itself."""
    editions = {name for name in names if (Path(folder) / name / "main.tf").is_symlink()}
    return editions | shutil.ignore_patterns(".*", "__pycache__", "tests", "examples", "mocks")(folder, names)


def _is_decided(record: Mapping[str, Any], by_file: Mapping[str, PlanFile]) -> bool:
    """Whether a plan can show what a check of it is about."""
    check, within_module = record["check"], record["resource"].startswith("module.")
    return record["source"] not in by_file or not (check in _BY_MOCKS or (check.startswith(_GRAPH) and within_module))


def _places(record: Mapping[str, Any], by_file: Mapping[str, PlanFile], modules: Path) -> Iterator[tuple[Place, str]]:
    """Where the block of a record is, and how to say that, for each plan that has it."""
    found = by_file.get(record["source"])
    if found is not None:
        for plan, address in found.places[record["resource"]]:
            yield exemptions.place_of(address, plan.document), f"{plan.title} {address}"
        return
    file = PurePosixPath(Path(record["source"]).relative_to(modules))
    kind, name = record["resource"].partition("[")[0].split(".")[-2:]
    yield (exemptions.folder_of(file), kind, name), f"modules/{file} {kind}.{name}"


def permissions(planned: Sequence[Plan]) -> Result:
    """parliament and cloudsplaining on every policy of the plans."""
    accepted = exemptions.of_modules().reasons
    texts: dict[str, str] = {}
    places: dict[str, set[Place]] = defaultdict(set)
    names: dict[str, list[str]] = defaultdict(list)
    for plan in planned:
        reasons = {**accepted, **exemptions.of_stack(plan.document)}
        for resource, text in plans.policies(plan):
            texts[text] = text
            places[text].add(exemptions.place_of(resource.address, plan.document))
            names[text].append(f"{plan.title} {resource.address}")
    findings, exempted = [], 0
    details: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in call_outside("iam_run", texts):
        if one["issue"] not in _NO_FINDING:
            details[one["policy"], one["tool"], one["issue"]].append(one["detail"])
    for (text, tool, issue), said in details.items():
        if all((place, issue) in reasons for place in places[text]):
            exempted += 1
        else:
            findings.append(Finding(where=_several(names[text]), rule=f"{tool} {issue}", text="; ".join(said)))
    return Result(examined=f"{len(texts)} policies", findings=sorted(findings), exempted=exempted)


def own_rules(planned: Sequence[Plan], system: System) -> Result:
    """Our own rules on plans and Dockerfiles."""
    accepted = exemptions.of_modules().reasons
    findings, exempted = [], 0
    for plan in planned:
        reasons = {**accepted, **exemptions.of_stack(plan.document)}
        uses = exemptions.of_uses(plan.document)
        for address, rule, text in rules.examine(plan.resources, profile=plan.profile):
            if (exemptions.use_of(address), rule) in uses or (
                "." in address and (exemptions.place_of(address, plan.document), rule) in reasons
            ):
                exempted += 1
            else:
                findings.append(Finding(where=f"{plan.title} {address}", rule=rule, text=text))
    files = image_users.dockerfiles(system)
    findings += [
        Finding(where=str(file.relative_to(ROOT)), rule="NON_ROOT", text="its containers run as root")
        for file in files
        if image_users.runs_as_root(file.read_text(encoding="utf-8"))
    ]
    resources = sum(len(plan.resources) for plan in planned)
    return Result(
        examined=f"{resources} resources, {len(files)} Dockerfiles", findings=sorted(findings), exempted=exempted
    )


def _several(wheres: Iterable[str]) -> str:
    first, *others = sorted(set(wheres))
    return f"{first} and {len(others)} more" if others else first
