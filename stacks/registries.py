"""Image registries, one for each service, the same in every stage: images are published before a stage uses them."""

from __future__ import annotations

import json
from typing import Final

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from constructs import Construct

from settings.settings import Settings
from stacks.exempt import exempt

_KEPT_IMAGES: Final = 20
"""Enough for every rollback; older images cost money."""


def registry(scope: Construct, *, settings: Settings, service: str) -> EcrRepository:
    """Repository of the images of ``service``; tags cannot be moved, so a tag always means the same code."""
    repository = EcrRepository(
        scope,
        f"{service}_repository",
        name=settings.name(service),
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
        force_delete=True,
    )
    exempt(repository, "CKV_AWS_136", reason="AWS's own key encrypts it; who may pull the images could use ours too")
    EcrLifecyclePolicy(
        scope, f"{service}_repository_lifecycle", repository=repository.name, policy=json.dumps(_keep_newest())
    )
    return repository


def _keep_newest() -> dict[str, object]:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": _KEPT_IMAGES}
    rule = {
        "rulePriority": 1,
        "description": f"Keep the newest {_KEPT_IMAGES} images",
        "selection": selection,
        "action": {"type": "expire"},
    }
    return {"rules": [rule]}
