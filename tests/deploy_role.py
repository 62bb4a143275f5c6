"""What the embedded AWS was asked by commands, against the policies of the roles that workflows take for them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import botocore.session
from botocore import xform_name

from embedded import asked
from modules.readme import MODULES

_ROLE: Final = MODULES / "github_oidc_role"
_LIST: Final = re.compile(r"\bAction += \[(.*?)\]", re.DOTALL)
_ACTION: Final = re.compile(r'"([a-z0-9-]+:[A-Za-z]+)"')
_CLIENT: Final = re.compile(r'\bclient\((?:self\.)?_?settings, "([a-z0-9-]+)"\)')
_METHOD: Final = re.compile(r"""[."']([a-z]+(?:_[a-z0-9]+)+)\b""")
_READERS: Final = frozenset({"plan", "drift"})
"""Commands of the role that reads."""
_SERVICES: Final = {"monitoring": "cloudwatch", "tagging": "tag"}
"""Names in policies of those services that sign with another one."""
ALWAYS_ALLOWED: Final = frozenset({"sts:GetCallerIdentity"})
_ACTIONS: Final = {
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""Actions of policies that are named otherwise than the operation; from the Service Authorization Reference."""


def allowed(access: str) -> frozenset[str]:
    """Actions in the policies of a role with this access, ``read`` or ``deploy``."""
    files = ("read",) if access == "read" else ("read", "deploy")
    texts = ((_ROLE / f"policies_{name}.tf").read_text(encoding="utf-8") for name in files)
    return frozenset(action for text in texts for some in _LIST.findall(text) for action in _ACTION.findall(some))


def asked_for(lines: str) -> Mapping[str, frozenset[str]]:
    """Actions by command, from what the embedded AWS has noted."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for command, operation in (line.split(" ") for line in lines.splitlines()):
        service, _, name = operation.partition(":")
        action = f"{_SERVICES.get(service, service)}:{name}"
        found[command].add(_ACTIONS.get(action, action))
    return {command: frozenset(actions) for command, actions in found.items()}


def called(code: str) -> Mapping[str, frozenset[str]]:
    """Operations of boto3 that are named in Python code, each with the action it is in every service that has it."""
    session = botocore.session.get_session()
    found: defaultdict[str, set[str]] = defaultdict(set)
    names = set(_METHOD.findall(code))
    for model in map(session.get_service_model, sorted(set(_CLIENT.findall(code)))):
        service = _SERVICES.get(model.signing_name, model.signing_name)
        for operation in model.operation_names:
            if (name := xform_name(operation)) in names:
                found[name].add(_ACTIONS.get(f"{service}:{operation}", f"{service}:{operation}"))
    return {name: frozenset(actions) for name, actions in found.items()}


def refused(actions: Mapping[str, frozenset[str]]) -> Mapping[str, list[str]]:
    """Actions that the role for a command does not have, by command."""
    found = {
        command: sorted(some - allowed("read" if command in _READERS else "deploy") - ALWAYS_ALLOWED)
        for command, some in actions.items()
    }
    return {command: some for command, some in found.items() if some}


def require_allowed(state_dir: Path) -> None:
    """See that the roles have all that commands asked of the embedded AWS with this folder, from deploy to destroy."""
    actions = asked_for(asked.path(state_dir).read_text(encoding="utf-8"))
    for command, some in {
        "deploy": {"iam:CreateRole", "ecs:CreateService", "s3:PutObject", "application-autoscaling:PutScalingPolicy"},
        "destroy": {"iam:DeleteRole", "ecs:DeleteService", "s3:DeleteObject", "ec2:DeleteVpc"},
    }.items():
        assert some <= actions[command], f"{command} was not noted in full: {sorted(actions[command])}"
    assert refused(actions) == {}, "modules/github_oidc_role lacks these"
