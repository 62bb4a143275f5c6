"""Synthesis and Terraform runs, each done once a session; Terraform's start early, one at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from modules.readme import module_folders
from mysfits.system import SYSTEM
from policy import plans
from policy.plans import Plan
from policy.terraform_runs import MockedStage, Resource, TerraformRuns
from settings.profile import PROFILES
from systems.checkout import ROOT
from tests.support import environ_without_settings
from tests.terraform.synthesiser import Synthesiser

_PARALLEL_RUNS: Final = 1
_SAYS_ALL: Final = {"github_oidc_role": ("-verbose",)}
"""Of this module's tests the values are wanted, too."""
Key = tuple[str, str]
"""Stage and profile."""


def environ_with(**settings: str) -> dict[str, str]:
    """This process's environment with these settings and none that a person may have exported."""
    return environ_without_settings() | settings


def run_main(**settings: str) -> subprocess.CompletedProcess[str]:
    """``python main.py`` with these settings."""
    command = [sys.executable, "main.py"]
    return subprocess.run(command, cwd=ROOT, env=environ_with(**settings), capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def terraform_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerraformRuns]:
    """Terraform in folders of its own."""
    runs = TerraformRuns(tmp_path_factory.mktemp("terraform"))
    yield runs
    runs.end()


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Synthesises a stack, once for the same settings; returns its folder, in which nothing is to be changed."""
    synthesiser = Synthesiser(environ_with())
    made: dict[frozenset[tuple[str, str]], Path] = {}

    def run(*, stage: str, target: str = "local", **environ: str) -> Path:
        settings = {"STAGE": stage, "TARGET": target, "ENV": "test", **environ}
        key = frozenset(settings.items())
        if key not in made:
            out_dir = tmp_path_factory.mktemp(f"{target}-{stage}")
            synthesiser.synthesise({**settings, "CDKTF_OUTDIR": str(out_dir)})
            made[key] = out_dir / "stacks" / "mysfits"
        return made[key]

    yield run
    synthesiser.end()


@pytest.fixture(scope="session")
def stack_dirs(synthesise: Callable[..., Path]) -> Mapping[str, Path]:
    """Folder of the synthesised stack of each stage, for the embedded AWS."""
    return {stage: synthesise(stage=stage) for stage in SYSTEM.stage_by_name}


@pytest.fixture(scope="session")
def stacks(stack_dirs: Mapping[str, Path]) -> Mapping[str, dict[str, Any]]:
    """Synthesised JSON of each stage."""
    return {stage: read_stack(folder) for stage, folder in stack_dirs.items()}


@pytest.fixture(scope="session")
def aws_stack_dirs(synthesise: Callable[..., Path]) -> Mapping[Key, Path]:
    """Folder of the synthesised stack of each stage and profile, for AWS."""
    return {
        (stage, profile): synthesise(stage=stage, target="aws", **plans.environ_of_profile(profile))
        for stage, profile in plans.all_of("mysfits")
    }


@pytest.fixture(scope="session")
def aws_stacks(aws_stack_dirs: Mapping[Key, Path]) -> Mapping[Key, dict[str, Any]]:
    """Synthesised JSON of each of them."""
    return {key: read_stack(folder) for key, folder in aws_stack_dirs.items()}


@pytest.fixture(scope="session")
def aws_stack(aws_stacks: Mapping[Key, dict[str, Any]]) -> dict[str, Any]:
    """Synthesised JSON of stage split for AWS."""
    return aws_stacks["split", "dev"]


@pytest.fixture(scope="session")
def website_dir(synthesise: Callable[..., Path]) -> Path:
    """Folder of the stack whose site is a public bucket, in stage split for AWS."""
    return synthesise(stage="split", target="aws", SITE_HOSTING="s3-website")


def read_stack(folder: Path) -> dict[str, Any]:
    """The Terraform JSON in a stack's folder."""
    parsed: dict[str, Any] = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return parsed


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Terraform runs under way: ``terraform test`` by module, and a mocked walk up through every stage by profile.

    That of ``dev`` has one more at its end, the stack of ``website_dir``.
    """

    module_tests: Mapping[str, Future[subprocess.CompletedProcess[str]]]
    walks: Mapping[str, Future[tuple[MockedStage, ...]]]

    def made(self, stage: str, profile: str = "dev") -> MockedStage:
        """What an apply of a stage makes for AWS."""
        return self.walks[profile].result()[list(SYSTEM.stage_by_name).index(stage)]

    def resources(self, stage: str, profile: str = "dev") -> tuple[Resource, ...]:
        """Its resources."""
        return self.made(stage, profile).applied.resources

    @property
    def website(self) -> tuple[Resource, ...]:
        """Resources of the stack whose site is a public bucket."""
        return self.walks["dev"].result()[-1].applied.resources


@pytest.fixture(scope="session")
def jobs(terraform_runs: TerraformRuns, aws_stack_dirs: Mapping[Key, Path], website_dir: Path) -> Iterator[Jobs]:
    """All Terraform runs, started at once; a test waits for its own only."""
    ways = {profile: [aws_stack_dirs[stage, profile] for stage in SYSTEM.stage_by_name] for profile in PROFILES}
    ways["dev"].append(website_dir)
    with ThreadPoolExecutor(max_workers=_PARALLEL_RUNS) as pool:
        walks = {profile: pool.submit(terraform_runs.mocked_walk, way) for profile, way in ways.items()}
        # The longest first.
        names = sorted((folder.name for folder in module_folders()), key=lambda name: name != "fargate_service")
        yield Jobs(
            module_tests={
                name: pool.submit(terraform_runs.module_test, name, *_SAYS_ALL.get(name, ())) for name in names
            },
            walks=walks,
        )


@pytest.fixture(scope="session")
def planned(jobs: Jobs, aws_stacks: Mapping[Key, dict[str, Any]]) -> tuple[Plan, ...]:
    """Every stage in both profiles, as `make check` plans them."""
    return tuple(
        Plan(stage=stage, profile=profile, document=document, applied=jobs.made(stage, profile).applied)
        for (stage, profile), document in aws_stacks.items()
    )
