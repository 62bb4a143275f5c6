"""What Terraform would change and what somebody changed by hand, for ``make plan`` and ``make drift``."""

from __future__ import annotations

from collections.abc import Mapping

from cli import drift
from cli.errors import CommandError
from cli.progress import Progress, print_table
from cli.terraform import NO_CHANGES, Terraform
from settings.settings import Settings

Rows = list[tuple[str, str]]


def ask(
    settings: Settings, terraform: Terraform, variables: Mapping[str, str], progress: Progress
) -> tuple[Rows, Rows]:
    """What was changed by hand since the last deploy, and what the synthesised stack would change."""
    with progress.step("Asking Terraform for the changes"):
        planned = terraform.plan_text(variables)
    by_hand = [(one.what, f"{one.recorded} by the last deploy, {one.live} live") for one in drift.find(settings)]
    return by_hand, planned


def show(by_hand: Rows, planned: Rows, *, title: str) -> None:
    """Print both."""
    if by_hand:
        print_table("Changed by hand", by_hand)
    print_table(title, planned)


def require_none(by_hand: Rows, planned: Rows) -> None:
    """Return when AWS has what this checkout says.

    Raises:
        CommandError: it has not.
    """
    if by_hand or planned != NO_CHANGES:
        count = len(by_hand) + (len(planned) if planned != NO_CHANGES else 0)
        raise CommandError(f"{count} things are not as this checkout says; make deploy puts them right.")
