"""``make hcl``: the stack in Terraform's own language, for whoever goes on without CDKTF.

CDKTF can write that by itself, and knows what is a block and what an attribute. But version 0.21 drops defaults that
are empty or 0, ``nullable`` and moves, and writes ``required_version`` so that Terraform cannot read it. So what it
writes of resources, data, modules, providers and outputs is taken, and the rest is written here, from the JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cli.errors import CommandError
from cli.terraform_setup import require_terraform
from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.checkout import ROOT

OUT_DIR: Final = ROOT / "hcl.out"
FILE: Final = "main.tf"

_WRITTEN_HERE: Final = re.compile(r'^(terraform|variable "[^"]+") \{\n.*?^\}\n+', re.MULTILINE | re.DOTALL)
_UNREADABLE: Final = '\n  0 = "required_version"\n'
_EXPRESSION: Final = re.compile(r"\$\{(.*)\}", re.DOTALL)
_BARE: Final = frozenset({"type", "condition", "from", "to"})
"""Attributes whose text is an expression and not a string."""


def write(settings: Settings, out_dir: Path = OUT_DIR) -> Path:
    """Write the stack of the settings' stage below ``out_dir``.

    Returns:
        Its file; beside it lies what Terraform wants there, and nothing of CDKTF.
    """
    there = replace(settings, out_dir=out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir.parent) as folder:
        first = replace(settings, out_dir=Path(folder))  # at the same depth: the paths of the modules are relative
        synthesise(first)
        document = json.loads((first.stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    file = there.stack_dir / FILE
    generated = _by_cdktf(there)
    body = _formatted(generated.read_text(encoding="utf-8").replace(_UNREADABLE, "\n"))
    for path in (generated, there.stack_dir / "metadata.json", out_dir / "manifest.json"):
        path.unlink()
    blocks = "\n".join(_own_blocks(document))
    file.write_text(_formatted(f"{blocks}\n{_WRITTEN_HERE.sub('', body)}"), encoding="utf-8")
    return file


def _by_cdktf(settings: Settings) -> Path:
    """The file that CDKTF writes. It looks at its own variable when Node starts, so a process of its own does it."""
    environ = {
        **os.environ,
        "STAGE": settings.stage,
        "STATE_BUCKET": settings.state_bucket,
        "CDKTF_OUTDIR": str(settings.out_dir),
        "SYNTH_HCL_OUTPUT": "true",
    }
    command = [sys.executable, "main.py"]
    answer = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise CommandError(f"CDKTF has not written the stack: {(answer.stderr or answer.stdout).strip()}")
    return settings.stack_dir / "cdk.tf"


def _own_blocks(document: Mapping[str, Any]) -> Iterator[str]:
    terraform = dict(document["terraform"])
    backends = [f'backend "{kind}" {{\n{_attributes(body)}\n}}' for kind, body in terraform.pop("backend").items()]
    providers = f"required_providers {{\n{_attributes(terraform.pop('required_providers'))}\n}}"
    yield "\n".join(["terraform {", _attributes(terraform), providers, *backends, "}\n"])
    for name, variable in document.get("variable", {}).items():
        validations = variable.get("validation", ())
        rest = {key: value for key, value in variable.items() if key not in ("validation", "//")}
        rules = [f"validation {{\n{_attributes(rule)}\n}}" for rule in validations]
        yield "\n".join([f'variable "{name}" {{', _attributes(rest), *rules, "}\n"])
    for move in document.get("moved", ()):
        yield f"moved {{\n{_attributes(move)}\n}}\n"


def _attributes(body: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {_value(name, value)}" for name, value in body.items() if name != "//")


def _value(name: str, value: Any) -> str:
    match value:
        case str() if name in _BARE:
            found = _EXPRESSION.fullmatch(value)
            return found[1] if found else value
        case dict():
            return f"{{\n{_attributes(value)}\n}}"
    return json.dumps(value, ensure_ascii=False)


def _formatted(text: str) -> str:
    answer = subprocess.run([require_terraform(), "fmt", "-"], input=text, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ValueError(f"Terraform cannot read what was written: {answer.stderr}")
    return answer.stdout
