"""Which AWS provider Terraform uses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROVIDER_VERSION: Final = "~> 5.100"
LOCK_FILE: Final = ".terraform.lock.hcl"
_LOCKED_VERSION: Final = "5.100.0"
_LOCK: Final = f"""\
provider "registry.terraform.io/hashicorp/aws" {{
  version     = "{_LOCKED_VERSION}"
  constraints = "{PROVIDER_VERSION}"
}}
"""


def lock_provider(stack_dir: Path) -> None:
    """Pin the provider in Terraform's lock file in ``stack_dir``, unless it is pinned there already.

    The file has no checksums: they differ between a registry and a mirror and between platforms, so ``terraform init``
    adds those of the machine. With the version in it the cdktf CLI does without ``terraform providers lock``, which
    fails where there is a mirror but no registry.
    """
    path = stack_dir / LOCK_FILE
    if not path.is_file() or f'"{_LOCKED_VERSION}"' not in path.read_text(encoding="utf-8"):
        path.write_text(_LOCK, encoding="utf-8")
