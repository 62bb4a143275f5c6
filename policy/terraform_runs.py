"""Terraform in copies of modules and stacks, before a mocked AWS: no account, no network, nothing is left behind."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from cli import terraform_setup
from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from modules.readme import MODULES
from settings.settings import Settings

_KEY_MODULE: Final = "rotating_key"
_KEY_OUTPUTS: Final = ("current_arn", "other_arn", "current_name")
_KEY_ARN: Final = "arn:aws:ssm:us-east-1:000000000000:parameter/mock"
_KEY_VALUE: Final = "data.aws_ssm_parameter.canary_key_value.value"
_MOCKED_RUN: Final = """
mock_provider "aws" {{
  source = "{mocks}"
}}

run "{command}" {{
  command = {command}
}}
"""
_HCL: Final = "main.tf"
_KEY_BLOCK: Final = re.compile(r'^module "(\w+)" \{\n[^}]*/rotating_key"\n.*?^\}\n', re.MULTILINE | re.DOTALL)
_PARAMETER_BLOCK: Final = re.compile(r'^data "aws_ssm_parameter" .*?^\}\n', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A managed resource as an apply against the mocked AWS left it."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class MockedApply:
    """What applying a stack makes: ``root_module`` as ``terraform show -json`` has it."""

    root_module: Mapping[str, Any]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every managed resource, with all expressions evaluated."""
        return tuple(_resources(self.root_module))


class MockedApplyError(RuntimeError):
    """Terraform refused a stack; the message is what it said."""


class TerraformRuns:
    """Runs Terraform below ``folder``. One provider serves all runs: each would start one of its own."""

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

    def mocked_apply(self, stack_dir: Path) -> MockedApply:
        """Apply a synthesised stack.

        Raises:
            MockedApplyError: Terraform refused it.
        """
        return MockedApply(root_module=self._mocked(stack_dir, "apply")["test_state"]["root_module"])

    def mocked_plan(self, stack_dir: Path) -> dict[str, Any]:
        """Plan a stack, in JSON or HCL.

        Returns:
            What would change, by address of a resource or name of an output.

        Raises:
            MockedApplyError: Terraform refused it.
        """
        plan = self._mocked(stack_dir, "plan")["test_plan"]
        return {**{one["address"]: one["change"] for one in plan["resource_changes"]}, **plan["output_changes"]}

    def _mocked(self, stack_dir: Path, command: str) -> dict[str, Any]:
        beside = _without_ephemeral_resources(stack_dir, stack_dir.with_name(f"{stack_dir.name}-{command}"))
        test = _MOCKED_RUN.format(mocks=MODULES / "mocks", command=command)
        (beside / "mocked.tftest.hcl").write_text(test, encoding="utf-8")
        answer = self._test(beside, "-json", "-verbose")
        if answer.returncode:
            raise MockedApplyError(f"{answer.stdout}\n{answer.stderr}")
        messages = [json.loads(line) for line in answer.stdout.splitlines()]
        (found,) = [message for message in messages if message["type"] in ("test_state", "test_plan")]
        return dict(found)

    def validate(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """``terraform validate`` of a folder, which Terraform writes to; its answer is JSON."""
        self.call("init", "-backend=false", "-input=false", cwd=folder).check_returncode()
        return self.call("validate", "-json", cwd=folder, environ=self._attached(folder))

    def _test(self, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        self.call("init", "-backend=false", "-input=false", cwd=folder).check_returncode()
        return self.call("test", *options, cwd=folder, environ=self._attached(folder) if _is_mocked(folder) else {})

    def _attached(self, initialised: Path) -> dict[str, str]:
        """Variables with which Terraform uses the one provider, which the first initialised folder lends."""
        with self._starting:
            if self._provider is None:
                program = installed_provider(initialised)
                if program is None:
                    raise MockedApplyError(f"{initialised} has no provider after terraform init.")
                self._provider = KeptProvider(program, stack_dir=initialised, environ=self._environ, reads=(MODULES,))
            self._provider.read_also(initialised)
            attached = self._provider.attach()
        if not attached:
            raise MockedApplyError("The AWS provider has not started.")
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


def _without_ephemeral_resources(stack_dir: Path, beside: Path) -> Path:
    """A copy of the stack in ``beside``, at the same depth, whose generated keys are plain ARNs.

    Mocked providers have no ephemeral resources (Terraform 1.11); tests/local/test_rotating_key.py tests that module.
    """
    shutil.copytree(stack_dir, beside, ignore=shutil.ignore_patterns(".terraform"))
    (_hcl_without if (beside / _HCL).is_file() else _json_without)(beside)
    return beside


def _json_without(folder: Path) -> None:
    file = folder / "cdk.tf.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["data"].pop("aws_ssm_parameter")
    keys = [name for name, one in document["module"].items() if PurePosixPath(one["source"]).name == _KEY_MODULE]
    for key in keys:
        del document["module"][key]
    text = json.dumps(document)
    for expression, value in _values(keys):
        text = text.replace(f"${{{expression}}}", value)
    file.write_text(text, encoding="utf-8")


def _hcl_without(folder: Path) -> None:
    file = folder / _HCL
    text = file.read_text(encoding="utf-8")
    keys = _KEY_BLOCK.findall(text)
    text = _PARAMETER_BLOCK.sub("", _KEY_BLOCK.sub("", text))
    for expression, value in _values(keys):
        text = text.replace(expression, f'"{value}"')
    file.write_text(text, encoding="utf-8")


def _values(keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Expressions of what is left out, and what stands for them."""
    yield _KEY_VALUE, "0123456789abcdef"
    for key, output in itertools.product(keys, _KEY_OUTPUTS):
        yield f"module.{key}.{output}", f"{_KEY_ARN}/{key}/{output}"


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield Resource(address=resource["address"], type=resource["type"], values=resource["values"])
    for child in module.get("child_modules", ()):
        yield from _resources(child)
