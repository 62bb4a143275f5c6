"""Distinct resources of plans: one that several plans have is looked at once, and named for each of them.

A mocked AWS makes up what AWS would say. A plan does not know that yet, so it is left out, but for what refers to other
resources: checks would take it for what somebody configured.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modules.readme import MODULES
from policy import exemptions
from policy.plans import Plan
from policy.terraform_runs import Resource

_MADE_UP: Final = re.compile(r"\b[a-z0-9]{8}\b")
"""What Terraform's mocks write where AWS would answer with a text."""
_REFERENCE: Final = re.compile(r"\baws_\w+\.\w+")


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """Resources in Terraform's JSON for plans.

    Attributes:
        file: where it is.
        places: plan and address of each resource that an address in the file stands for.
    """

    file: Path
    places: Mapping[str, Sequence[tuple[Plan, str]]]


def plan_files(planned: Sequence[Plan], folder: Path) -> tuple[PlanFile, ...]:
    """Write every distinct resource of the plans into files in ``folder``.

    Resources of a stack itself stay together with those that they refer to: one file for each stack that has others.
    Those in modules, of which a plan shows no references, are together in one file.
    """
    of_modules: dict[str, dict[str, Any]] = {}
    places: defaultdict[str, list[tuple[Plan, str]]] = defaultdict(list)
    stacks: dict[str, dict[str, Any]] = {}
    plans: defaultdict[str, list[Plan]] = defaultdict(list)
    for plan in planned:
        own = []
        configured = _words(json.dumps(plan.document)) | _words_of_modules()
        for resource, values in _known(plan, configured):
            place = exemptions.place_of(resource.address, plan.document)
            if not resource.address.startswith("module."):
                own.append(_as_planned(resource.address, resource, values))
                continue
            key = _key([place, values], configured)
            if key not in of_modules:
                address = f"module.m{len(of_modules)}.{resource.type}.{place[2]}"
                of_modules[key] = _as_planned(address, resource, values)
            places[of_modules[key]["address"]].append((plan, resource.address))
        references = list(_references(plan.document))
        key = _key([own, references], configured)
        stacks[key] = _as_plan({"resources": own}, references)
        plans[key].append(plan)
    modules = [{"address": one["address"].rsplit(".", 2)[0], "resources": [one]} for one in of_modules.values()]
    files = [_write(folder / "modules.json", _as_plan({"child_modules": modules}, []), places)]
    for number, (key, content) in enumerate(stacks.items()):
        addresses = [one["address"] for one in content["planned_values"]["root_module"]["resources"]]
        of_stack = {address: [(plan, address) for plan in plans[key]] for address in addresses}
        files.append(_write(folder / f"stack-{number}.json", content, of_stack))
    return tuple(files)


def _write(file: Path, content: object, places: Mapping[str, Sequence[tuple[Plan, str]]]) -> PlanFile:
    file.write_text(json.dumps(content), encoding="utf-8")
    return PlanFile(file=file, places=places)


def _known(plan: Plan, configured: frozenset[str]) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Each resource with the values that a plan of AWS has."""
    times = Counter(made_up for one in plan.resources for made_up in _made_up(json.dumps(one.values), configured))

    def is_known(name: str, value: object) -> bool:
        if value in (None, [], {}):
            return False
        return name == "id" or not isinstance(value, str) or times[value] != 1

    for resource in plan.resources:
        yield resource, {name: value for name, value in resource.values.items() if is_known(name, value)}


def _key(content: object, configured: frozenset[str]) -> str:
    """The content without what is made up differently in each plan."""
    text = json.dumps(content, sort_keys=True)
    return _MADE_UP.sub(lambda found: found[0] if found[0] in configured else "made-up", text)


def _made_up(text: str, configured: frozenset[str]) -> list[str]:
    """Everything in a text that nobody configured."""
    return [found for found in _MADE_UP.findall(text) if found not in configured]


def _words(text: str) -> frozenset[str]:
    return frozenset(_MADE_UP.findall(text))


@functools.cache
def _words_of_modules() -> frozenset[str]:
    return _words("\n".join(path.read_text(encoding="utf-8") for path in MODULES.rglob("*.tf")))


def _as_planned(address: str, resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    name = address.rpartition(".")[2]
    return {"address": address, "mode": "managed", "type": resource.type, "name": name, "values": values}


def _as_plan(root_module: Mapping[str, Any], references: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What ``terraform show -json`` says of a plan, as far as it is read here."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": root_module},
        "resource_changes": [],
        "configuration": {"root_module": {"resources": references}},
    }


def _references(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What each resource of the stack itself refers to, by attribute, as a plan says it."""
    for kind, named in document.get("resource", {}).items():
        for name, body in named.items():
            expressions = {
                attribute: {"references": found}
                for attribute, value in body.items()
                if (found := _REFERENCE.findall(json.dumps(value)))
            }
            address = f"{kind}.{name}"
            yield {"address": address, "mode": "managed", "type": kind, "name": name, "expressions": expressions}
