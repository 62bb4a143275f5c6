"""The part of provider 6's schema that we keep, and whether it has what is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from policy.provider_six.use import NamePath, Use

FILE: Final = Path(__file__).parent / "schema.json"

Arguments: TypeAlias = Mapping[str, Any]
"""By name: the arguments of a block, or nothing."""


@dataclass(frozen=True, kw_only=True)
class ProviderType:
    """A resource, data source or ephemeral resource.

    Attributes:
        arguments: what can be given.
        attributes: what can only be read.
        deprecated: what the provider says of a deprecated one, by its path with points.
    """

    arguments: Arguments
    attributes: frozenset[str]
    deprecated: Mapping[str, str]

    def has(self, path: NamePath) -> bool:
        """Whether there is such an argument, or such an attribute."""
        if len(path) == 1 and path[0] in self.attributes:
            return True
        found: Arguments = self.arguments
        for name in path:
            if name not in found:
                return False
            found = found[name]
        return True


def types(file: Path = FILE) -> Mapping[str, ProviderType]:
    """What is kept, by type."""
    kept = json.loads(file.read_text(encoding="utf-8"))["types"]
    return {
        name: ProviderType(
            arguments=one["arguments"], attributes=frozenset(one["attributes"]), deprecated=one["deprecated"]
        )
        for name, one in kept.items()
    }


def missing(use: Use, known: Mapping[str, ProviderType]) -> Iterator[str]:
    """What is used and not there, as ``aws_subnet`` or ``aws_subnet.tags``."""
    for name, paths in sorted(use.items()):
        if name not in known:
            yield name
        else:
            yield from (f"{name}.{'.'.join(path)}" for path in sorted(paths) if not known[name].has(path))


def deprecated(use: Use, known: Mapping[str, ProviderType]) -> Mapping[str, str]:
    """What the provider says of all that is used and deprecated."""
    return {
        f"{name}.{'.'.join(path)}": known[name].deprecated[".".join(path)]
        for name, paths in sorted(use.items())
        for path in sorted(paths)
        if name in known and ".".join(path) in known[name].deprecated
    }
