"""What provider 6 has, read from the bindings of CDK Terrain: jsii's description of their classes."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from policy.provider_six.schema import ProviderType

_REPRESENTS: Final = re.compile(r"^Represents a \{@link \S+/docs/([a-z-]+)/\w+ (\w+)\}\.$")
_PREFIXES: Final = {"resources": "", "data-sources": "data.", "ephemeral-resources": "ephemeral."}
_ARGUMENT: Final = re.compile(r"/docs/[a-z-]+/\w+#(\w+) ")
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")
_OF_EVERY_CLASS: Final = frozenset({"tfResourceType"})

Assembly = Mapping[str, Any]
"""Descriptions by full name."""


def assembly(wheel: Path) -> Assembly:
    """All classes and structures that a package of bindings has: 150 MB of JSON, a few seconds."""
    with zipfile.ZipFile(wheel) as package:
        (name,) = (one for one in package.namelist() if one.endswith(".jsii.tgz"))
        with package.open(name) as packed, tarfile.open(fileobj=packed, mode="r|gz") as archive:
            for member in archive:
                described = archive.extractfile(member) if member.name == "package/.jsii" else None
                if described is not None:
                    found: Assembly = json.load(described)["types"]
                    return found
    raise ValueError(f"{wheel.name} has no description of its classes; is it a package of bindings?")


def provider_types(described: Assembly, wanted: Iterable[str]) -> Iterator[tuple[str, ProviderType]]:
    """Those of the wanted types that the provider has, without what is deprecated of them."""
    names = frozenset(wanted)
    for full_name, one in described.items():
        represents = _REPRESENTS.match(one.get("docs", {}).get("summary", ""))
        if not represents or one["kind"] != "class":
            continue
        name = _PREFIXES.get(represents[1], "other.") + represents[2]
        if name in names:
            config = described.get(f"{full_name}Config", {"properties": ()})
            given = {prop["name"] for prop in config["properties"]}
            yield (
                name,
                ProviderType(
                    arguments=_arguments(described, config),
                    attributes=frozenset(_attributes(one, given)),
                    deprecated={},
                ),
            )


def _arguments(described: Assembly, struct: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of a structure, with Terraform's names, which its documentation has."""
    found = {}
    for prop in struct.get("properties", ()):
        docs = prop["docs"]
        name = _ARGUMENT.search(f"{docs.get('summary', '')} {docs.get('remarks', '')}")
        if name:
            inner: Mapping[str, Any] = next((described[one] for one in _named(prop["type"]) if one in described), {})
            found[name[1]] = _arguments(described, inner)
    return dict(sorted(found.items()))


def _attributes(described_class: Mapping[str, Any], given: frozenset[str] | set[str]) -> Iterator[str]:
    """What can be read and not be given: each that can has a second property, whose name ends in Input."""
    for prop in described_class["properties"]:
        name = prop["name"]
        if name not in given | _OF_EVERY_CLASS and name.removesuffix("Input") not in given:
            yield _CAPITAL.sub("_", name).lower()


def _named(kind: Mapping[str, Any]) -> Iterator[str]:
    """Full names of the structures of a property's type."""
    match kind:
        case {"fqn": name}:
            yield name
        case {"union": {"types": types}}:
            for one in types:
                yield from _named(one)
        case {"collection": {"elementtype": inner}}:
            yield from _named(inner)
