"""Synthesis and Terraform runs, each done once a session; Terraform's start early and two at a time.

One provider serves all of them: ``terraform test`` would start one for each of its hundreds of runs.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from cli import terraform_setup
from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from modules.readme import MODULES, module_folders
from mysfits.system import SYSTEM
from settings.settings import Settings
from systems.checkout import ROOT

_PARALLEL_RUNS: Final = 2
_SETTINGS: Final = frozenset(
    {
        *("SYSTEM", "TARGET", "ENV", "STAGE", "REGION", "ALB_PORT", "AWS_PORT", "SITE_PORT"),
        *("SITE_HOSTING", "STATE_BUCKET", "SHADOW", "ALARMS", "STATE_DIR", "CDKTF_OUTDIR"),
    }
)
_KEYS: Final = ("fulfill_key", "canary_key")
_KEY_ARN: Final = "arn:aws:ssm:us-east-1:000000000000:parameter/mysfits/test"
TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:on-call"
_MOCKED_APPLY: Final = """
mock_provider "aws" {{
  source = "{mocks}"
}}

run "apply" {{}}
"""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A managed resource as an apply against the mocked AWS left it."""

    address: str
    type: str
    values: Mapping[str, Any]


class TerraformRuns:
    """Runs Terraform in copies, so that nothing of it is left in the checkout."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        settings = Settings.from_environ({"STATE_DIR": str(folder)})
        self._environ = {**os.environ, **terraform_setup.environment(settings)}
        self._provider: KeptProvider | None = None
        self._starting = threading.Lock()

    def end(self) -> None:
        """End the provider."""
        if self._provider is not None:
            self._provider.end()

    def module_test(self, module: str) -> subprocess.CompletedProcess[str]:
        """``terraform test`` of a module, whose mocks lie beside it."""
        beside = self._folder / f"test-{module}"
        for name in (module, "mocks"):
            shutil.copytree(MODULES / name, beside / name, ignore=shutil.ignore_patterns(".terraform*", "__pycache__"))
        return self._test(beside / module, "-no-color")

    def mocked_apply(self, stack_dir: Path) -> tuple[Resource, ...]:
        """Everything that applying a synthesised stack makes, with all expressions evaluated."""
        beside = _without_ephemeral_resources(stack_dir)
        test = _MOCKED_APPLY.format(mocks=MODULES / "mocks")
        (beside / "apply.tftest.hcl").write_text(test, encoding="utf-8")
        answer = self._test(beside, "-json", "-verbose")
        assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
        messages = [json.loads(line) for line in answer.stdout.splitlines()]
        (state,) = [message["test_state"] for message in messages if "test_state" in message]
        return tuple(_resources(state["root_module"]))

    def _test(self, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        self.call("init", "-backend=false", "-input=false", cwd=folder).check_returncode()
        return self.call("test", *options, cwd=folder, environ=self._attached(folder) if _is_mocked(folder) else {})

    def _attached(self, initialised: Path) -> dict[str, str]:
        """Variables with which Terraform uses the one provider, which the first initialised folder lends."""
        with self._starting:
            if self._provider is None:
                program = installed_provider(initialised)
                assert program is not None
                self._provider = KeptProvider(program, stack_dir=initialised, environ=self._environ)
            attached = self._provider.attach()
        assert attached, "the provider has not started"
        return attached

    def call(
        self, *arguments: str, cwd: Path, environ: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Run Terraform, with more variables if need be."""
        command = [terraform_setup.require_terraform(), *arguments]
        variables = {**self._environ, **environ}
        return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def _is_mocked(folder: Path) -> bool:
    """Whether no run configures the provider: one that is configured a second time refuses."""
    files = [*folder.glob("*.tftest.hcl"), *folder.glob("tests/*.tftest.hcl")]
    return all("mock_provider" in file.read_text(encoding="utf-8") for file in files)


def _without_ephemeral_resources(stack_dir: Path) -> Path:
    """A copy of the stack, at the same depth, whose generated keys are plain ARNs.

    Mocked providers have no ephemeral resources (Terraform 1.11); tests/local/test_rotating_key.py tests that module.
    """
    beside = stack_dir.with_name(f"{stack_dir.name}-mocked")
    shutil.copytree(stack_dir, beside, ignore=shutil.ignore_patterns(".terraform"))
    document = json.loads((beside / "cdk.tf.json").read_text(encoding="utf-8"))
    document["data"].pop("aws_ssm_parameter")
    for key in _KEYS:
        document["module"].pop(key, None)
    text = json.dumps(document).replace("${data.aws_ssm_parameter.canary_key_value.value}", "0123456789abcdef")
    for key, output in itertools.product(_KEYS, ("current_arn", "other_arn", "current_name")):
        text = text.replace(f"${{module.{key}.{output}}}", f"{_KEY_ARN}/{key}/{output}")
    (beside / "cdk.tf.json").write_text(text, encoding="utf-8")
    return beside


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield Resource(address=resource["address"], type=resource["type"], values=resource["values"])
    for child in module.get("child_modules", ()):
        yield from _resources(child)


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
    return folder, terraform_runs.mocked_apply(folder)


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
            applies={stage: pool.submit(terraform_runs.mocked_apply, path) for stage, path in stack_dirs.items()},
        )
