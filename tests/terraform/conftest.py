"""Synthesis and Terraform runs, each done once a session; Terraform's start early and two at a time."""

from __future__ import annotations

import json
import os
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
from policy.terraform_runs import Resource, TerraformRuns
from systems.checkout import ROOT

_PARALLEL_RUNS: Final = 2
_SETTINGS: Final = frozenset(
    {
        *("SYSTEM", "TARGET", "ENV", "STAGE", "REGION", "ALB_PORT", "AWS_PORT", "SITE_PORT"),
        *("SITE_HOSTING", "STATE_BUCKET", "SHADOW", "ALARMS", "STATE_DIR", "CDKTF_OUTDIR"),
        *("PROFILE", "DOMAIN", "CERTIFICATE_ARN"),
    }
)
TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:on-call"


def environ_with(**settings: str) -> dict[str, str]:
    """This process's environment with these settings and none that a person may have exported."""
    return {name: value for name, value in os.environ.items() if name not in _SETTINGS} | settings


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
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Runs ``main.py`` as a person would; returns the stack's folder."""

    def run(*, stage: str, target: str = "local", **environ: str) -> Path:
        out_dir = tmp_path_factory.mktemp(f"{target}-{stage}")
        answer = run_main(STAGE=stage, TARGET=target, ENV="test", CDKTF_OUTDIR=str(out_dir), **environ)
        assert answer.returncode == 0, answer.stderr
        assert (answer.stdout, answer.stderr) == ("", ""), "synthesis says nothing when all is well"
        return out_dir / "stacks" / "mysfits"

    return run


@pytest.fixture(scope="session")
def stack_dirs(synthesise: Callable[..., Path]) -> Mapping[str, Path]:
    """Folder of the synthesised stack of each stage, for the embedded AWS."""
    return {stage: synthesise(stage=stage) for stage in SYSTEM.stage_by_name}


@pytest.fixture(scope="session")
def stacks(stack_dirs: Mapping[str, Path]) -> Mapping[str, dict[str, Any]]:
    """Synthesised JSON of each stage."""
    return {stage: read_stack(folder) for stage, folder in stack_dirs.items()}


@pytest.fixture(scope="session")
def aws_stack(synthesise: Callable[..., Path]) -> dict[str, Any]:
    """Synthesised JSON of stage split for AWS."""
    return read_stack(synthesise(stage="split", target="aws"))


def read_stack(folder: Path) -> dict[str, Any]:
    """The Terraform JSON in a stack's folder."""
    parsed: dict[str, Any] = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="session")
def watched(synthesise: Callable[..., Path], terraform_runs: TerraformRuns) -> tuple[Path, tuple[Resource, ...]]:
    """The stack of stage split for AWS with alarms that a topic hears of, and what an apply makes of it."""
    folder = synthesise(stage="split", target="aws", ALARMS=TOPIC)
    return folder, terraform_runs.mocked_apply(folder).resources


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Terraform runs under way: ``terraform test`` by module, and what a mocked apply makes by stage."""

    module_tests: Mapping[str, Future[subprocess.CompletedProcess[str]]]
    applies: Mapping[str, Future[tuple[Resource, ...]]]


@pytest.fixture(scope="session")
def jobs(terraform_runs: TerraformRuns, stack_dirs: Mapping[str, Path]) -> Iterator[Jobs]:
    """All Terraform runs, started at once; a test waits for its own only."""
    with ThreadPoolExecutor(max_workers=_PARALLEL_RUNS) as pool:
        # The longest first.
        names = sorted((folder.name for folder in module_folders()), key=lambda name: name != "fargate_service")
        yield Jobs(
            module_tests={name: pool.submit(terraform_runs.module_test, name) for name in names},
            applies={stage: pool.submit(_resources, terraform_runs, path) for stage, path in stack_dirs.items()},
        )


def _resources(runs: TerraformRuns, stack_dir: Path) -> tuple[Resource, ...]:
    return runs.mocked_apply(stack_dir).resources
