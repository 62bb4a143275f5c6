"""Taking over what a killed run created but could not write into the Terraform state.

Terraform writes a resource into its state when its provider returns. A run that is killed before that leaves an object
whose name is taken, and the next apply would fail on it. Objects with a name or place of their own are found here by
what the plan wants to create, and imported when they carry the tags of this environment. Anything else in their place
is reported and left alone.

A resource that was made but not finished is in the state as tainted. Terraform would replace it, and make the new one
first where something depends on it. That fails because the name is taken, so the resource is finished instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from cli import existing
from cli.errors import CommandError
from cli.existing import Existing
from settings.settings import Settings

_MAX_ROUNDS: Final = 10
"""An imported load balancer shows where its listener is, and that where its rules are: this takes a few rounds."""

_TAKEN: Final = re.compile(r"already exists|AlreadyExists|AlreadyOwnedByYou|AlreadyAssociated|Conflict|Duplicate|InUse")
"""How AWS's services say in an error's code that somebody has the name or place of what is to be made."""

FindExisting = Callable[[Settings, str, Mapping[str, Any]], Existing | None]


class Importer(Protocol):
    """The part of ``cli.terraform.Terraform`` that is needed here."""

    def planned_creations(self, variables: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
        """Address, kind and known attributes of everything that an apply would create."""

    def import_resource(self, address: str, import_id: str) -> None:
        """Take an existing object into the state."""

    def tainted(self) -> list[tuple[str, str]]:
        """Address and kind of everything that the state has in part."""

    def untaint(self, address: str) -> None:
        """Let the next apply finish it instead of replacing it."""


def import_leftovers(
    settings: Settings,
    terraform: Importer,
    variables: Mapping[str, str],
    *,
    say: Callable[[str], None],
    find: FindExisting = existing.find,
) -> int:
    """Import every object of this environment that exists and that the plan wants to create; keep unfinished ones.

    Returns:
        How many were imported.

    Raises:
        CommandError: such an object is not of this environment, or an import changed nothing.
    """
    for address, kind in terraform.tainted():
        if kind in existing.KINDS:
            say(f"  {address} was made in part; finishing it")
            terraform.untaint(address)
    imported: set[str] = set()
    for _ in range(_MAX_ROUNDS):
        found = [
            (address, one)
            for address, kind, planned in terraform.planned_creations(variables)
            if (one := find(settings, kind, planned)) is not None
        ]
        _require_own(settings, found)
        repeated = [address for address, _ in found if address in imported]
        if repeated:
            raise CommandError(_endless(repeated))
        for address, one in found:
            say(f"  {address} exists already; taking it over")
            terraform.import_resource(address, one.import_id)
            imported.add(address)
        if not found:
            return len(imported)
    raise CommandError(_endless(sorted(imported)))


def says_taken(problem: CommandError) -> bool:
    """Whether an apply failed because something is there already, such as what a call made whose answer was lost."""
    return _TAKEN.search(str(problem)) is not None


def _require_own(settings: Settings, found: list[tuple[str, Existing]]) -> None:
    foreign = [(address, one) for address, one in found if not one.belongs_to(settings)]
    if foreign:
        lines = [f"  {one.what} ({one.import_id}), tagged {_tags(one.tags)}, for {address}" for address, one in foreign]
        raise CommandError(
            "What Terraform would create is there already and is not of this environment, so it was left alone:\n"
            + "\n".join(lines)
            + f"\nRemove or rename it, or tag it {_tags(settings.tags)} if it was left by {settings.name()}; then run "
            "the same command again."
        )


def _tags(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "with nothing"


def _endless(addresses: list[str]) -> str:
    return (
        f"Terraform still wants to create {', '.join(addresses)} after that was imported; "
        "compare terraform plan with the object, import or remove it by hand, and run the same command again."
    )
