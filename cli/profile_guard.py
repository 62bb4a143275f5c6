"""Whether a deploy would turn an environment of one profile into another without anybody having said so."""

from __future__ import annotations

from cli import state_file
from cli.answers import is_forced
from cli.errors import REFUSED, CommandError
from settings.profile import DEV, PRODUCTION
from settings.settings import Settings

OUTPUT = "profile"
"""Terraform output that says by which profile a stack was made."""


def require_same(settings: Settings) -> None:
    """Return unless production would lose its zones, HTTPS and protection because PROFILE was forgotten.

    FORCE=1 lets that happen.

    Raises:
        CommandError: exit code 2; nothing was changed.
    """
    if settings.is_local or settings.profile.name != DEV.name or is_forced():
        return
    if state_file.outputs(state_file.read(settings)).get(OUTPUT) == PRODUCTION.name:
        raise CommandError(
            f"{settings.name()} was deployed with PROFILE={PRODUCTION.name}, and this run has PROFILE={DEV.name}; set "
            f"PROFILE={PRODUCTION.name}, or FORCE=1 to give up what it protects. Nothing was changed.",
            exit_code=REFUSED,
        )
