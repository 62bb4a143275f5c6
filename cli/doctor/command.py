"""``make doctor``, and the same before the first deploy to AWS."""

from __future__ import annotations

import sys

from cli import aws
from cli.doctor import account, local_target, machine
from cli.doctor.check import Check
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from cli.terraform import Terraform
from settings.settings import Settings


def checks(settings: Settings) -> list[Check]:
    """Look at all that a deploy with these settings needs, and change nothing."""
    of_target = local_target.checks if settings.is_local else account.checks
    return [*machine.checks(settings), *of_target(settings)]


def report(settings: Settings) -> None:
    """Print a line for each check on stdout.

    Raises:
        CommandError: one failed.
    """
    found = checks(settings)
    sys.stdout.write("".join(f"{'ok  ' if one.passed else 'MEND'}  {one}\n" for one in found))
    if failed := [one.name for one in found if not one.passed]:
        raise CommandError(f"TARGET={settings.target} is not ready: {', '.join(failed)}; mend that and try again.")


def before_first_deploy(settings: Settings, progress: Progress) -> None:
    """Return when something is deployed already, on the local target, or when nothing stands in the way.

    Raises:
        CommandError: AWS does not accept the credentials; or, exit code 2, with a line for each check that failed.
    """
    if settings.is_local or "stage" in Terraform(settings, say=progress.say).outputs():
        return
    aws.require_account(settings)
    with progress.step("Looking whether all is there that the first deploy needs"):
        failed = [one for one in checks(settings) if not one.passed]
    if failed:
        lines = "\n".join(f"  {one}" for one in failed)
        raise CommandError(
            f"Before the first deploy to AWS some things have to be mended; nothing was changed.\n{lines}",
            exit_code=REFUSED,
        )
