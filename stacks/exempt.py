"""Accepting a finding of ``make check`` beside the resource that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cdktf import TerraformResource

REMARK: Final = "exempt"
"""Key of the resource's remark, ``//`` in the synthesised JSON, which Terraform ignores."""


def exempt(resource: TerraformResource, rule: str, *, reason: str) -> None:
    """Accept what ``rule`` of a checking tool, such as ``CKV_AWS_18``, finds at ``resource``."""
    resource.add_override(f"//.{REMARK}.{rule}", reason)
