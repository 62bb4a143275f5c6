"""Whether a deploy would turn an environment of one profile into another without anybody having said so."""

from __future__ import annotations

from cli import state_file
from cli.answers import is_forced
from cli.errors import REFUSED, CommandError
from settings.profile import DEV, PRODUCTION, PROFILES
from settings.settings import Settings

OUTPUT = "profile"
"""Terraform output that says by which profile a stack was made."""


def require_same(settings: Settings) -> None:
    """Return unless this run would take from an environment what its profile gave it.

    Production would lose its zones, HTTPS and protection. And where tasks move to Spot or away from it, the provider
    makes every service anew: nothing is served meanwhile. FORCE=1 lets either happen.

    Raises:
        CommandError: exit code 2; nothing was changed.
    """
    if settings.is_local or is_forced():
        return
    outputs = state_file.outputs(state_file.read(settings))
    if not outputs.get("stage"):
        return
    wanted = settings.profile
    # Versions before profiles had no such output, and no Spot.
    name = outputs.get(OUTPUT, "")
    if name == PRODUCTION.name and wanted.name == DEV.name:
        raise CommandError(
            f"{settings.name()} was deployed with PROFILE={PRODUCTION.name}, and this run has PROFILE={DEV.name}; set "
            f"PROFILE={PRODUCTION.name}, or FORCE=1 to give up what it protects. Nothing was changed.",
            exit_code=REFUSED,
        )
    was_spot = name in PROFILES and PROFILES[name].is_spot
    if wanted.is_spot != was_spot:
        before, after = ("on Spot", "at full price") if was_spot else ("at full price", "on Spot")
        raise CommandError(
            f"The tasks of {settings.name()} run {before}, and with PROFILE={wanted.name} they would run {after}: AWS "
            "makes every service anew for that, and nobody is served for some minutes. Deploy an environment of "
            "another ENV beside it and move your visitors, or set FORCE=1 to bear that. Nothing was changed.",
            exit_code=REFUSED,
        )
