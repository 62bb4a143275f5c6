"""Accepting a finding of ``make check`` beside what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cdktf import TerraformModule, TerraformResource

REMARK: Final = "exempt"
"""Key of the remark, ``//`` in the synthesised JSON, which Terraform ignores."""


def exempt(resource: TerraformResource, rule: str, *, reason: str) -> None:
    """Accept what ``rule`` of a checking tool, such as ``CKV_AWS_18``, finds at ``resource``."""
    resource.add_override(f"//.{REMARK}.{rule}", reason)


def exempt_use(module: TerraformModule, rule: str, *, reason: str) -> None:
    """Accept what ``rule``, one of our own, finds at anything that this use of a module makes."""
    # The stack says it: a module writes a remark of its own over what is added to it.
    module.cdktf_stack.add_override(f"module.{module.friendly_unique_id}.//.{REMARK}.{rule}", reason)
