"""AWS provider and state of the stack: the only place where the two targets differ in how Terraform talks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from cdktf import LocalBackend, S3Backend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from embedded import credentials
from embedded.settings import ACCOUNT_ID
from settings.settings import Settings
from stacks.provider_lock import PROVIDER_VERSION, lock_provider

_EMBEDDED_CONFIG: Final = "embedded-aws.ini"
"""File beside the stack whose profile sends the provider to the embedded AWS.

A block of endpoints in the provider would say the same, and cost five seconds with every command: the provider checks
each of the 280 services that could stand there.
"""

_EMBEDDED_MAX_RETRIES: Final = 4
"""Enough for answers that the provider loses on a busy machine; low, because a call that the embedded AWS lacks would
look like a hang."""


def configure_terraform(stack: TerraformStack, *, settings: Settings) -> AwsProvider:
    """Give ``stack`` its provider and its state file.

    The account id is checked in both directions, so state and credentials of one target cannot reach the other.
    """
    _configure_backend(stack, settings=settings)
    # Replaces the exact version that the bindings ask for.
    stack.add_override("terraform.required_providers.aws", {"source": "hashicorp/aws", "version": PROVIDER_VERSION})
    stack.add_override("terraform.required_version", ">= 1.11")
    tags = AwsProviderDefaultTags(tags=settings.tags)
    if settings.aws_endpoint_url is None:
        return AwsProvider(
            stack,
            "aws",
            region=settings.region,
            default_tags=[tags],
            forbidden_account_ids=[ACCOUNT_ID],
        )
    return AwsProvider(
        stack,
        "aws",
        region=settings.region,
        default_tags=[tags],
        allowed_account_ids=[ACCOUNT_ID],
        shared_config_files=[_EMBEDDED_CONFIG],
        # By path: the keys change with each start, and belong into no stack, plan or state.
        shared_credentials_files=[os.path.relpath(credentials.path(settings.state_dir), settings.stack_dir)],
        profile=credentials.PROFILE,
        max_retries=_EMBEDDED_MAX_RETRIES,
        s3_use_path_style=True,
        skip_metadata_api_check="true",
    )


def _configure_backend(stack: TerraformStack, *, settings: Settings) -> None:
    if not settings.state_bucket:
        # Relative, so that the synthesised stack is the same on every machine.
        LocalBackend(stack, path=os.path.relpath(settings.terraform_state, settings.stack_dir))
        return
    S3Backend(
        stack,
        bucket=settings.state_bucket,
        key=settings.terraform_state.name,
        region=settings.region,
        encrypt=True,
    )
    for name, value in _backend_options(settings).items():
        stack.add_override(f"terraform.backend.s3.{name}", value)


def _backend_options(settings: Settings) -> Mapping[str, Any]:
    """What the bindings have no words for: the lock is a file beside the state, and whose account it is."""
    if settings.aws_endpoint_url is None:
        return {"use_lockfile": True, "forbidden_account_ids": [ACCOUNT_ID]}
    return {
        "use_lockfile": True,
        "allowed_account_ids": [ACCOUNT_ID],
        "shared_config_files": [_EMBEDDED_CONFIG],
        "shared_credentials_files": [os.path.relpath(credentials.path(settings.state_dir), settings.stack_dir)],
        "profile": credentials.PROFILE,
        "skip_metadata_api_check": True,
        "use_path_style": True,
    }


def write_beside_stack(settings: Settings) -> None:
    """Write what Terraform looks for beside the synthesised stack: the provider's version and the way to the target."""
    lock_provider(settings.stack_dir)
    if settings.aws_endpoint_url is not None:
        text = f"[profile {credentials.PROFILE}]\nendpoint_url = {settings.aws_endpoint_url}\n"
        (settings.stack_dir / _EMBEDDED_CONFIG).write_text(text, encoding="utf-8")
