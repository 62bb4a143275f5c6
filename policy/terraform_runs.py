"""Terraform in copies of modules and stacks, before a mocked AWS: no account, no network, nothing is left behind."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from cli import terraform_setup
from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from modules.readme import MODULES
from settings.settings import Settings
from stacks.provider_lock import lock_provider

_KEY_MODULE: Final = "rotating_key"
_KEY_OUTPUTS: Final = ("current_arn", "other_arn", "current_name")
_KEY_ARN: Final = "arn:aws:ssm:us-east-1:000000000000:parameter/mock"
_KEY_VALUE: Final = "data.aws_ssm_parameter.canary_key_value.value"
_TEST_FILE: Final = "mocked.tftest.hcl"
_MOCKS: Final = f'mock_provider "aws" {{\n  source = "{MODULES / "mocks"}"\n}}\n'
_MOCKED_RUN: Final = """
run "{name}" {{
  command   = {command}
  state_key = "stack"

  module {{
    source = "{source}"
  }}
}}
"""
_HCL: Final = "main.tf"
_WANTS_PROVIDER: Final = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
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


Changes = Mapping[str, Mapping[str, Any]]
"""What a plan would change, by address of a resource or name of an output, as ``terraform show -json`` has it."""


@dataclass(frozen=True, kw_only=True)
class MockedStage:
    """A stage of a walk: what applying it makes of the one before, and what a second plan would change."""

    applied: MockedApply
    again: Changes


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

    def module_test(self, module: str, *options: str) -> subprocess.CompletedProcess[str]:
        """``terraform test`` of a module, whose mocks lie beside it; its answer is a line of JSON for each message."""
        beside = self._folder / f"test-{module}"
        for name in (module, "mocks"):
            shutil.copytree(MODULES / name, beside / name, ignore=shutil.ignore_patterns(".terraform*", "__pycache__"))
        return self._test(beside / module, "-json", *options)

    def mocked_applies(self, stack_dirs: Sequence[Path]) -> tuple[MockedApply, ...]:
        """Apply synthesised stacks, one onto the other as in a walk: it makes the same as each by itself, sooner.

        Raises:
            MockedApplyError: Terraform refused one.
        """
        messages = self._mocked([("apply", one) for one in stack_dirs])
        return tuple(MockedApply(root_module=message["test_state"]["root_module"]) for message in messages)

    def mocked_walk(self, stack_dirs: Sequence[Path]) -> tuple[MockedStage, ...]:
        """The same, with a second plan of each.

        Raises:
            MockedApplyError: Terraform refused one.
        """
        messages = self._mocked([(command, one) for one in stack_dirs for command in ("apply", "plan")])
        return tuple(
            MockedStage(applied=MockedApply(root_module=applied["test_state"]["root_module"]), again=_changes(planned))
            for applied, planned in zip(messages[::2], messages[1::2], strict=True)
        )

    def mocked_plan(self, stack_dir: Path) -> Changes:
        """Plan a stack, in JSON or HCL, of which there is nothing yet.

        Raises:
            MockedApplyError: Terraform refused it.
        """
        (changes,) = self.mocked_plans([stack_dir])
        return changes

    def mocked_plans(self, stack_dirs: Sequence[Path]) -> tuple[Changes, ...]:
        """The same of several, each by itself.

        Raises:
            MockedApplyError: Terraform refused one.
        """
        return tuple(_changes(message) for message in self._mocked([("plan", one) for one in stack_dirs]))

    def _mocked(self, steps: Sequence[tuple[str, Path]]) -> list[dict[str, Any]]:
        """What Terraform says of each step, ``apply`` or ``plan`` of a stack, all with one state."""
        caller = Path(tempfile.mkdtemp(prefix="mocked-", dir=self._folder))
        copies: dict[Path, Path] = {}
        test = [_MOCKS]
        for number, (command, stack_dir) in enumerate(steps):
            if stack_dir not in copies:
                beside = stack_dir.with_name(f"{stack_dir.name}-{caller.name}")
                copies[stack_dir] = _without_ephemeral_resources(stack_dir, beside)
            source = os.path.relpath(copies[stack_dir], caller)
            test.append(_MOCKED_RUN.format(name=f"step{number}", command=command, source=source))
        (caller / _TEST_FILE).write_text("".join(test), encoding="utf-8")
        (caller / _HCL).write_text(_WANTS_PROVIDER, encoding="utf-8")
        answer = self._test(caller, "-json", "-verbose", reads=tuple(copies.values()))
        if answer.returncode:
            raise MockedApplyError(f"{answer.stdout}\n{answer.stderr}")
        return [message for message in json_lines(answer.stdout) if message["type"] in ("test_state", "test_plan")]

    def validate(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """``terraform validate`` of a folder, which Terraform writes to; its answer is JSON."""
        attached = self._attached([folder])
        self._init(folder, attached)
        return self.call("validate", "-json", cwd=folder, environ=attached)

    def _test(self, folder: Path, *options: str, reads: Sequence[Path] = ()) -> subprocess.CompletedProcess[str]:
        """``terraform test`` in a folder; ``reads`` are others with stacks that it calls."""
        attached = self._attached([folder, *reads]) if _is_mocked(folder) else {}
        self._init(folder, attached)
        return self.call("test", *options, cwd=folder, environ=attached)

    def _init(self, folder: Path, environ: Mapping[str, str]) -> None:
        """``terraform init``, which takes a second to hash a provider that is not attached to."""
        lock_provider(folder)
        self.call("init", "-backend=false", "-input=false", cwd=folder, environ=environ).check_returncode()

    def _attached(self, folders: Iterable[Path]) -> dict[str, str]:
        """Variables with which Terraform uses the one provider for what these folders name."""
        with self._starting:
            if self._provider is None:
                lender = self._folder / "lender"
                lender.mkdir()
                (lender / _HCL).write_text(_WANTS_PROVIDER, encoding="utf-8")
                self._init(lender, {})
                program = installed_provider(lender)
                if program is None:
                    raise MockedApplyError("There is no AWS provider after terraform init.")
                self._provider = KeptProvider(program, stack_dir=lender, environ=self._environ, reads=(MODULES,))
            for folder in folders:
                self._provider.read_also(folder)
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


def json_lines(text: str) -> list[dict[str, Any]]:
    """Terraform's messages."""
    return [json.loads(line) for line in text.splitlines()]


def _changes(message: Mapping[str, Any]) -> Changes:
    plan = message["test_plan"]
    return {**{one["address"]: one["change"] for one in plan["resource_changes"]}, **plan.get("output_changes", {})}


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
