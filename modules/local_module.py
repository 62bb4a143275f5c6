"""What the constructs of all local Terraform modules have in common."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cdktf import App, TerraformHclModule, TerraformStack
from constructs import Construct

_MODULES_DIR: Final = Path(__file__).resolve().parent


class LocalModule(TerraformHclModule):
    """A module of this repository, used where it lies.

    CDKTF would copy the folder into its output, with any ``.terraform`` in it, and fail on the plugins there.

    Args:
        scope: the stack; directly in it, the state addresses read ``module.<id>``.
        id: construct id and module address.
        folder: path of the folder under ``modules/``.
        inputs: Terraform variables; None stands for the module's default.
    """

    def __init__(self, scope: Construct, id: str, *, folder: str, inputs: Mapping[str, Any]) -> None:
        super().__init__(
            scope,
            id,
            source=os.path.relpath(_MODULES_DIR / folder, _stack_dir(scope)),
            variables=given(inputs),
            skip_asset_creation_from_local_modules=True,
        )


def given(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of an object without those that are None, which then have the module's defaults."""
    return {name: value for name, value in attributes.items() if value is not None}


def _stack_dir(scope: Construct) -> Path:
    """Where Terraform runs for the stack that ``scope`` belongs to; local sources are relative to it."""
    return Path(App.of(scope).outdir).resolve() / "stacks" / TerraformStack.of(scope).node.id
