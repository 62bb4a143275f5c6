"""The planned stacks that are examined: stages and profiles, as they go to AWS."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policy.terraform_runs import MockedApply, Resource, TerraformRuns
from settings.profile import PROFILES
from settings.settings import Settings
from stacks.synthesis import synthesise

_ENV: Final = "check"
_PARALLEL: Final = 2
_REFERENCE: Final = re.compile(r"\baws_\w+\.\w+")
_PLACES: Final = {
    "production": {
        "DOMAIN": "api.example.com",
        "CERTIFICATE_ARN": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    }
}
"""What a profile wants to know that no default can say."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A stack as an apply would leave it.

    Attributes:
        stage, profile: of which environment.
        document: the synthesised stack.
        applied: what Terraform makes of it.
        file: the same as a plan in JSON.
    """

    stage: str
    profile: str
    document: Mapping[str, Any]
    applied: MockedApply
    file: Path

    @property
    def title(self) -> str:
        """Such as ``split/production``."""
        return f"{self.stage}/{self.profile}"

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every managed resource."""
        return self.applied.resources


def all_of(system: str) -> tuple[tuple[str, str], ...]:
    """Every stage of a system in every profile."""
    stages = Settings.from_environ({"SYSTEM": system}).system.stage_by_name
    return tuple(itertools.product(stages, PROFILES))


def environ_of(system: str, stage: str, profile: str) -> dict[str, str]:
    """Settings of such an environment."""
    return {
        "SYSTEM": system,
        "TARGET": "aws",
        "ENV": _ENV,
        "STAGE": stage,
        "PROFILE": profile,
        **_PLACES.get(profile, {}),
    }


def make(system: str, wanted: Iterable[tuple[str, str]], *, folder: Path, runs: TerraformRuns) -> tuple[Plan, ...]:
    """Synthesise and plan each stage and profile below ``folder``.

    Raises:
        MockedApplyError: Terraform refused one.
    """
    stack_dirs = {}
    for stage, profile in wanted:
        out_dir = folder / f"{stage}-{profile}"
        settings = Settings.from_environ({**environ_of(system, stage, profile), "CDKTF_OUTDIR": str(out_dir)})
        out_dir.mkdir()
        synthesise(settings)
        stack_dirs[stage, profile] = settings.stack_dir
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        applies = pool.map(runs.mocked_apply, stack_dirs.values())
        return tuple(
            write(
                stack_dir.with_name(f"{stack_dir.name}-plan.json"),
                applied,
                _read(stack_dir),
                stage=stage,
                profile=profile,
            )
            for ((stage, profile), stack_dir), applied in zip(stack_dirs.items(), applies, strict=True)
        )


def write(file: Path, applied: MockedApply, document: Mapping[str, Any], *, stage: str, profile: str) -> Plan:
    """Write what an apply of the stack ``document`` makes into ``file``, as a plan."""
    file.write_text(json.dumps(_as_plan(applied, document)), encoding="utf-8")
    return Plan(stage=stage, profile=profile, document=document, applied=applied, file=file)


def _read(stack_dir: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    return document


def _as_plan(applied: MockedApply, document: Mapping[str, Any]) -> dict[str, Any]:
    """What ``terraform show -json`` says of a plan, as far as it is read here: with a mocked AWS nothing is unknown."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": applied.root_module},
        "resource_changes": [],
        "configuration": {"root_module": {"resources": list(_references(document))}},
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


def policies(plan: Plan) -> Iterator[tuple[Resource, str]]:
    """Each resource with an IAM policy, and its text. What a role trusts names no resource, and is not among them."""
    for resource in plan.resources:
        if resource.type in ("aws_iam_policy", "aws_iam_role_policy", "aws_s3_bucket_policy"):
            yield resource, resource.values["policy"]
