"""Checks of TARGET=aws: each judges what ``account`` has read of Docker and the account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from cli.doctor.check import Check

_LONGEST_NAMES: Final[Mapping[str, int]] = {"load balancer": 32, "target group": 32, "bucket": 63, "table": 255}
"""Characters that AWS allows in the name of each."""


@dataclass(frozen=True, kw_only=True)
class Docker:
    """What was found of Docker.

    Attributes:
        path: of the program; empty when there is none.
        server: version of the daemon; empty when it does not answer.
        architecture: of the machine that the daemon runs on, as Docker names it, such as ``amd64``.
        buildx: version of that plugin; empty without it.
    """

    path: str
    server: str = ""
    architecture: str = ""
    buildx: str = ""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of the account in the region, beside what is used and needed.

    Attributes:
        name: of what is counted, in the plural.
        code: of the quota, after its service, such as ``vpc L-F678F1CE``.
        limit: how many the account may have.
        is_default: whether ``limit`` is AWS's default, because the account's own may not be read.
        used: by everything but this environment; None where that may not be read.
        needed: by this environment at most.
    """

    name: str
    code: str
    limit: float
    is_default: bool
    used: float | None
    needed: float


@dataclass(frozen=True, kw_only=True)
class Role:
    """A service-linked role.

    Attributes:
        service: principal, such as ``ecs.amazonaws.com``.
        exists: None where that may not be read.
    """

    service: str
    exists: bool | None


def docker(found: Docker, wanted: Collection[str]) -> Check:
    """Whether images can be built; ``wanted``: their architectures, as Docker names them."""
    if not found.path:
        return Check(name="Docker", found="none on PATH", mend="install it: images are built with it")
    if not found.server:
        return Check(
            name="Docker", found="its daemon does not answer", mend="start it, and see that this user may call it"
        )
    if found.buildx:
        return Check(name="Docker", found=f"{found.server}, buildx {found.buildx}")
    other = ", ".join(sorted(set(wanted) - {found.architecture}))
    if other:
        return Check(
            name="Docker",
            found=f"{found.server} without buildx, and images are for {other}, not for {found.architecture}",
            mend="install the plugin: docker buildx builds images for other processors",
        )
    return Check(name="Docker", found=f"{found.server} without buildx, and images for {found.architecture} need none")


def credentials(account: str, *, problem: str) -> Check:
    """Whether AWS accepts the shell's credentials; ``problem``: why not, and what to do, empty when it does."""
    if problem:
        what, _, mend = problem.rpartition("; ")
        return Check(name="Credentials", found=what or problem, mend=mend.rstrip(".") if what else "log in")
    return Check(name="Credentials", found=f"account {account}")


def region(name: str, enabled: bool | None) -> Check:
    """Whether the account may use the region; ``enabled``: None where that may not be read."""
    if enabled is False:
        return Check(name="Region", found=f"{name} is not enabled for this account", mend="enable it, or set REGION")
    return Check(name="Region", found=name if enabled else f"{name}; whether it is enabled may not be read")


def quota(found: Quota) -> Check:
    """Whether the account has room for what the environment needs at most."""
    of = f" of {found.limit:g}" + (" (the default; the account's own may not be read)" if found.is_default else "")
    used = "how many are used may not be read," if found.used is None else f"{found.used:g} used"
    fits = (found.used or 0.0) + found.needed <= found.limit
    mend = "" if fits else f"remove some, or ask for more in Service Quotas: {found.code}"
    return Check(name=f"Quota of {found.name}", found=f"{found.needed:g} needed, {used}{of}", mend=mend)


def role(found: Role) -> Check:
    """Whether the service-linked role is there. AWS makes it with the first use, and the first use fails sometimes."""
    name = f"Role of {found.service}"
    if found.exists is None:
        return Check(name=name, found="whether it exists may not be read")
    if not found.exists:
        how = f"aws iam create-service-linked-role --aws-service-name {found.service}"
        return Check(name=name, found="is not there", mend=f"make it once: {how}")
    return Check(name=name, found="is there")


def state_bucket(name: str, *, is_ours: bool, keeps_versions: bool, problem: str = "") -> Check:
    """Whether the bucket of the Terraform state is as it should be, or not there; ``problem``: why not."""
    if problem:
        what, _, mend = problem.partition("; ")
        return Check(name="State", found=what, mend=mend.rstrip("."))
    if not is_ours:
        return Check(name="State", found="on this machine; make state-bucket shares it with a team")
    mend = "" if keeps_versions else "make state-bucket mends that"
    return Check(name="State", found=f"in {name}, {'each' if keeps_versions else 'no'} version is kept", mend=mend)


def names(longest: Mapping[str, str]) -> Check:
    """Whether AWS allows the names that the environment has.

    Args:
        longest: the longest name of each kind of object, by the kind.
    """
    bad = [
        f"{name}, of a {kind}, has {len(name)} characters of {_LONGEST_NAMES[kind]}"
        for kind, name in longest.items()
        if len(name) > _LONGEST_NAMES[kind]
    ]
    if bad:
        return Check(name="Names", found=", ".join(bad), mend="set a shorter ENV")
    return Check(name="Names", found=f"the longest, {max(longest.values(), key=len)}, is short enough")
