"""CDKTF construct of the module `github_oidc_role`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from constructs import Construct

from modules.local_module import LocalModule

Access = Literal["read", "deploy"]


class GithubOidcRole(LocalModule):
    """A role that workflows of one GitHub repository take without a key that is kept.

    None stands for the module's default.

    Args:
        name: of the role, at most 50 characters.
        repository: as ``owner/name``.
        access: ``read`` for plans, ``deploy`` for what changes an environment.
        system: name of the system that is deployed.
        env: name of its environment.
        state_bucket: S3 bucket of the Terraform state.
        environments: GitHub environments whose jobs take the role.
        branches: branches whose jobs take it where they name no environment.
        creates_provider: whether the account's identity provider for GitHub is made here; None: yes.
        max_session_seconds: how long a workflow may keep the role.
        path: of the role and its policies in IAM.
        permissions_boundary_arn: policy that bounds what the role may do.
        tags: of everything here, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        repository: str,
        access: Access,
        system: str,
        env: str,
        state_bucket: str,
        environments: Sequence[str] = (),
        branches: Sequence[str] = (),
        creates_provider: bool | None = None,
        max_session_seconds: int | None = None,
        path: str | None = None,
        permissions_boundary_arn: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="github_oidc_role",
            inputs={
                "name": name,
                "repository": repository,
                "access": access,
                "system": system,
                "env": env,
                "state_bucket": state_bucket,
                "environments": list(environments),
                "branches": list(branches),
                "creates_provider": creates_provider,
                "max_session_seconds": max_session_seconds,
                "path": path,
                "permissions_boundary_arn": permissions_boundary_arn,
                "tags": tags,
            },
        )

    @property
    def role_arn(self) -> str:
        """ARN of the role, for the workflow's step that takes it."""
        return self.get_string("role_arn")

    @property
    def provider_arn(self) -> str:
        """ARN of the identity provider, for the account's other roles of this kind."""
        return self.get_string("provider_arn")
