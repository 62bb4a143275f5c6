"""Whether ``terraform init`` has to run again: it takes more than a second to hash the provider."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from systems.checkout import ROOT

_STAMP: Final = "initialised-for"


def is_initialised(stack_dir: Path) -> bool:
    """Whether ``stack_dir`` is as the last ``mark`` left it: backend, provider, lock, and every module it names."""
    work = stack_dir / ".terraform"
    stamp = work / _STAMP
    if not stamp.is_file() or installed_provider(stack_dir) is None:
        return False
    installed = {module["Key"]: module["Source"] for module in _read(work / "modules" / "modules.json")["Modules"]}
    named = {name: module["source"] for name, module in _read(stack_dir / "cdk.tf.json")["module"].items()}
    return named.items() <= installed.items() and stamp.read_text(encoding="utf-8") == _digest(stack_dir)


def mark(stack_dir: Path) -> None:
    """Remember that ``stack_dir`` is initialised as it is now."""
    (stack_dir / ".terraform" / _STAMP).write_text(_digest(stack_dir), encoding="utf-8")


def installed_provider(stack_dir: Path) -> Path | None:
    """Find the provider's program below ``stack_dir``.

    Returns:
        Its path, or None before ``terraform init`` has run there.
    """
    found = stack_dir.glob(".terraform/providers/*/*/aws/*/*/terraform-provider-aws_*")
    return next((program.absolute() for program in found), None)


def _digest(stack_dir: Path) -> str:
    """Digest of what init reads and writes, the modules' own files included: they may name further modules."""
    digest = hashlib.sha256(json.dumps(_read(stack_dir / "cdk.tf.json")["terraform"], sort_keys=True).encode())
    files = [stack_dir / ".terraform.lock.hcl", stack_dir / ".terraform" / "terraform.tfstate"]
    for path in (*files, *sorted((ROOT / "modules").rglob("*.tf"))):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
