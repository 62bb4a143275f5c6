"""The planned stacks that are examined: stages and profiles, as they go to AWS."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policy.terraform_runs import MockedApply, Resource, TerraformRuns
from settings.profile import PROFILES
from settings.settings import Settings
from stacks.synthesis import synthesise

ENV: Final = "check"
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
    """

    stage: str
    profile: str
    document: Mapping[str, Any]
    applied: MockedApply

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
    return {"SYSTEM": system, "TARGET": "aws", "ENV": ENV, "STAGE": stage, **environ_of_profile(profile)}


def environ_of_profile(profile: str) -> dict[str, str]:
    """Settings of a profile, and of what it wants to know."""
    return {"PROFILE": profile, **_PLACES.get(profile, {})}


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
    walks = {profile: [key for key in stack_dirs if key[1] == profile] for _, profile in stack_dirs}
    with ThreadPoolExecutor(max_workers=len(walks)) as pool:
        found = pool.map(lambda keys: runs.mocked_applies([stack_dirs[key] for key in keys]), walks.values())
    applies = dict(zip(itertools.chain(*walks.values()), itertools.chain(*found), strict=True))
    return tuple(read(stack_dirs[key], applies[key], stage=key[0], profile=key[1]) for key in stack_dirs)


def read(stack_dir: Path, applied: MockedApply, *, stage: str, profile: str) -> Plan:
    """The plan of the synthesised stack in ``stack_dir``."""
    document = json.loads((stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    return Plan(stage=stage, profile=profile, document=document, applied=applied)


def policies(plan: Plan) -> Iterator[tuple[Resource, str]]:
    """Each resource with an IAM policy, and its text. What a role trusts names no resource, and is not among them."""
    for resource in plan.resources:
        if resource.type in ("aws_iam_policy", "aws_iam_role_policy", "aws_s3_bucket_policy"):
            yield resource, resource.values["policy"]
