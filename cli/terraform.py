"""Terraform on the synthesised stack: its commands and its progress."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cli import records, state_file
from cli.errors import CommandError
from cli.interrupts import follow_to_the_end
from cli.kept_provider import KeptProvider
from cli.left_alone import not_left_alone
from cli.lock_waiting import TIMEOUT, telling
from cli.terraform_import import import_folder
from cli.terraform_init import installed_provider, is_initialised, mark
from cli.terraform_setup import environment, require_terraform, surroundings
from embedded import state
from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.checkout import ROOT
from systems.facade_way import FacadeWay

_CHANGE_LINE: Final = re.compile(r"^(?P<address>[\w.\[\]\"/-]+): (?P<what>Creating|Modifying|Destroying|Still \w+)\b")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_UNANSWERED: Final = re.compile(
    r"connection refused|connection reset|: EOF|Plugin did not respond|Request cancelled|Plugin error"
)
"""What Terraform says when nobody answers the provider, and in three ways when the provider itself was ended."""
_COMMON: Final = ("-input=false", "-no-color", "-parallelism=20", TIMEOUT)


def remove_state(settings: Settings) -> None:
    """Remove the state and what lies beside it of an environment of which nothing is left, and nothing of another.

    The name of an environment has no dot, so what begins with the name and a dot is its own.
    """
    for path in settings.terraform_state.parent.glob(f"{settings.name()}.*"):
        path.unlink()
    if settings.state_bucket:
        records.of(settings, records.STATE).remove()


NO_CHANGES: Final = [("no changes", "")]
"""What ``Terraform.plan_text`` says when nothing would change."""


class Terraform:
    """Runs Terraform for one run's settings."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._program = require_terraform()
        self._outputs: dict[str, Any] | None = None
        self._synthesised: Settings | None = None
        self._provider: KeptProvider | None = None

    @functools.cached_property
    def _environment(self) -> dict[str, str]:
        """Of every command; made for the first one, because a file is written for it."""
        return {**surroundings(self._settings), **environment(self._settings)}

    def synthesise(self, stage: str, *, facade_way: FacadeWay | None = None) -> None:
        """Write the stack of ``stage``, as ``main.py`` does, unless this run wrote it last.

        ``facade_way``: how services reach the monolith's facade, where that is not what the settings say.
        """
        facade = self._settings.facade if facade_way is None else facade_way
        wanted = replace(self._settings, stage=stage, facade=facade)
        if self._synthesised != wanted:
            # In this process: CDKTF takes two seconds to start and a tenth of one for every stage after the first.
            synthesise(wanted)
            self._synthesised = wanted

    def init(self) -> None:
        """Install the provider and set up the backend, if need be; another environment's backend is left as it is."""
        stack_dir = self._settings.stack_dir
        self._settings.terraform_state.parent.mkdir(parents=True, exist_ok=True)
        if not is_initialised(stack_dir):
            self._let_provider_go()
            self._run([self._program, "init", "-input=false", "-reconfigure", "-no-color"], what="terraform init")
            mark(stack_dir)
        self.keep_provider()

    def migrate(self) -> None:
        """Move the state from the backend of the last ``init`` to that of the stack that is synthesised now."""
        arguments = ["init", "-input=false", "-migrate-state", "-force-copy", "-no-color"]
        self._run([self._program, *arguments], what="terraform init -migrate-state")
        mark(self._settings.stack_dir)

    def keep_provider(self) -> None:
        """On the local target, start the one provider of this run, unless it runs or none is installed yet."""
        stack_dir = self._settings.stack_dir
        if self._settings.is_local and self._provider is None and (program := installed_provider(stack_dir)):
            # What a bucket keeps of the state is in no file here, so the types in it are not known.
            known = (stack_dir, ROOT / "modules", self._settings.terraform_state)
            reads = () if self._settings.state_bucket else known
            self._provider = KeptProvider(program, stack_dir=stack_dir, environ=self._environment, reads=reads)

    def _let_provider_go(self) -> None:
        if self._provider is not None:
            self._provider.end()
            self._provider = None

    def apply(self, variables: Mapping[str, str], *, refresh: bool = True) -> None:
        """Apply the synthesised stack, and report each resource that takes long."""
        arguments = [self._program, "apply", "-auto-approve", *_COMMON]
        arguments += [] if refresh else ["-refresh=false"]
        self._stream([*arguments, *_var_arguments(variables)], what="terraform apply")

    def plan_text(self, variables: Mapping[str, str]) -> list[tuple[str, str]]:
        """Ask what the synthesised stack would change.

        Returns:
            Pairs of change and address; one pair that says so when nothing would change.
        """
        changes = [
            ("/".join(change["change"]["actions"]), str(change["address"]))
            for change in self._planned(variables).get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ]
        return changes or NO_CHANGES

    def planned_creations(self, variables: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
        """Ask what an apply would create.

        Returns:
            Address, type and known attributes of every resource.
        """
        return [
            (str(change["address"]), str(change["type"]), change["change"]["after"])
            for change in self._planned(variables).get("resource_changes", [])
            if change["change"]["actions"] == ["create"]
        ]

    def tainted(self) -> list[tuple[str, str]]:
        """Find resources that were being made when their run was cut off.

        Returns:
            Address and type of each.
        """
        state = json.loads(self._run([self._program, "show", "-json"], what="terraform show"))
        root = state.get("values", {}).get("root_module", {})
        modules = [root, *root.get("child_modules", [])]
        resources = [one for module in modules for one in module.get("resources", [])]
        return [(str(one["address"]), str(one["type"])) for one in resources if one.get("tainted")]

    def untaint(self, address: str) -> None:
        """Let the next apply finish this resource instead of replacing it."""
        self._run([self._program, "untaint", "-no-color", TIMEOUT, address], what="terraform untaint")

    def import_resource(self, address: str, import_id: str) -> None:
        """Take an existing object into the state."""
        state = [] if self._settings.state_bucket else [f"-state={self._settings.terraform_state.resolve()}"]
        arguments = [self._program, "import", *state, "-input=false", "-no-color", TIMEOUT]
        with import_folder(self._settings.stack_dir, address) as folder:
            self._run([*arguments, address, import_id], what=f"terraform import {address}", folder=folder)

    def _planned(self, variables: Mapping[str, str]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan"
            arguments = [self._program, "plan", f"-out={path}", *_COMMON, *_var_arguments(variables)]
            self._run(arguments, what="terraform plan")
            plan: dict[str, Any] = json.loads(
                self._run([self._program, "show", "-json", str(path)], what="terraform show")
            )
            return plan

    def plan_is_empty(self, variables: Mapping[str, str]) -> bool:
        """Whether Terraform would change nothing."""
        arguments = [self._program, "plan", "-detailed-exitcode", *_COMMON]
        answer = self._call([*arguments, *_var_arguments(variables)])
        if answer.returncode not in (0, 2):
            raise CommandError(self._failure("terraform plan", answer))
        return answer.returncode == 0

    def destroy(self) -> None:
        """Destroy everything in the state."""
        arguments = [self._program, "destroy", "-auto-approve", *_COMMON]
        self._stream(arguments, what="terraform destroy")

    def outputs(self) -> dict[str, Any]:
        """Read the outputs of the last apply, once for each apply of this run.

        Returns:
            Value by name; empty when nothing was applied.
        """
        if self._outputs is not None:
            return self._outputs
        self._outputs = state_file.outputs(state_file.read(self._settings))
        return self._outputs

    def state_list(self) -> list[str]:
        """Read the state.

        Returns:
            Address of everything in it.
        """
        document = state_file.read(self._settings)
        if not document:
            return []
        with tempfile.TemporaryDirectory() as folder:
            # Of a copy: another command may be writing the state just now.
            copy = Path(folder) / "copy.tfstate"
            copy.write_text(json.dumps(document), encoding="utf-8")
            return self._run(
                [self._program, "state", "list", f"-state={copy}"], what="terraform state", folder=Path(folder)
            ).split()

    def _run(self, arguments: Sequence[str], *, what: str, folder: Path | None = None) -> str:
        answer = self._call(arguments, folder=folder)
        if answer.returncode != 0:
            raise CommandError(self._failure(what, answer))
        return answer.stdout

    def _call(self, arguments: Sequence[str], *, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        with telling(self._settings, arguments, say=self._say), self._not_left_alone():
            return subprocess.run(
                arguments,
                cwd=folder or self._settings.stack_dir,
                env=self._environ(),
                capture_output=True,
                text=True,
                check=False,
            )

    def _environ(self) -> dict[str, str]:
        """Environment of a command that needs a provider: of the kept one, once it is up, if there is one."""
        return self._environment | (self._provider.attach() if self._provider else {})

    def _not_left_alone(self) -> AbstractContextManager[None]:
        provider = self._provider
        return not_left_alone(self._is_aws_gone, provider.end) if provider is not None else nullcontext()

    def _is_aws_gone(self) -> bool:
        return self._settings.is_local and state.read(self._settings.state_dir) is None

    def _stream(self, arguments: Sequence[str], *, what: str) -> None:
        """Run, and report what takes longer than a moment. When it fails, the error has the whole output."""
        self._outputs = None
        lines: list[str] = []
        with (
            subprocess.Popen(
                arguments,
                cwd=self._settings.stack_dir,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            ) as process,
            telling(self._settings, arguments, say=self._say),
            self._not_left_alone(),
        ):
            follow_to_the_end(process, lambda: self._follow(process, lines), say=self._say)
        if process.returncode != 0:
            answer = subprocess.CompletedProcess(arguments, process.returncode, stdout="".join(lines), stderr="")
            raise CommandError(self._failure(what, answer))

    def _failure(self, what: str, answer: subprocess.CompletedProcess[str]) -> str:
        if _UNANSWERED.search(answer.stdout + answer.stderr) and self._is_aws_gone():
            return (
                f"The embedded AWS ended while {what} was under way; what it answered is kept. Run the command again: "
                f"make deploy goes on from what is there. Its log: {self._settings.state_dir / 'daemon.log'}"
            )
        return _failure(what, answer)

    def _follow(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        for line in process.stdout or ():
            lines.append(line)
            match = _CHANGE_LINE.match(line)
            if match and match["what"].startswith("Still"):
                self._say(f"  {line.strip()}")


def _var_arguments(variables: Mapping[str, str]) -> list[str]:
    return [f"-var={name}={value}" for name, value in sorted(variables.items())]


def _failure(what: str, answer: subprocess.CompletedProcess[str]) -> str:
    text = _COLOURS.sub("", answer.stderr.strip() or answer.stdout.strip()).splitlines()
    start = next((number for number, line in enumerate(text) if "Error" in line), max(0, len(text) - 20))
    return f"{what} failed with exit code {answer.returncode}:\n" + "\n".join(text[start : start + 60])
