"""What provider 6 calls deprecated, read from Pulumi's bindings: CDK Terrain's leave it out.

Pulumi names an attribute as the provider does, but for the plural of what is a list.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policy.provider_six.schema import ProviderType

_NOT_THE_TYPE: Final = re.compile(r"Args$|^_|^Awaitable")
_STRUCTURE: Final = re.compile(r"outputs\.(\w+)")
_DECORATOR: Final = "deprecated"


@dataclass(frozen=True, kw_only=True)
class _Property:
    """Of a class of Pulumi's: its name, what is said of it if it is deprecated, and of which structure it is."""

    name: str
    deprecated: str | None
    structure: str | None


_Classes = Mapping[str, tuple[_Property, ...]]


def deprecated(read: Callable[[str], bytes], place: str, known: ProviderType) -> Mapping[str, str]:
    """What is said of each deprecated argument or attribute of a type, by its path with points.

    Args:
        read: reads a file of Pulumi's package, by its path there.
        place: file of the type, without its ending.
        known: the type.

    Raises:
        ValueError: the type has not what Pulumi says it has.
    """
    own = _classes(read(f"pulumi_aws/{place}.py"))
    (properties,) = (found for name, found in own.items() if not _NOT_THE_TYPE.search(name))
    structures: _Classes = {}
    if any(one.structure for one in properties):
        structures = _classes(read(f"pulumi_aws/{Path(place).with_name('outputs.py')}"))
    return dict(sorted(_paths(properties, structures, known, ())))


def _paths(
    properties: tuple[_Property, ...], structures: _Classes, known: ProviderType, outer: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for one in properties:
        paths = ((*outer, name) for name in _singulars(one.name))
        path = next((path for path in paths if known.has(path)), None)
        if one.deprecated is not None:
            if path is None:
                raise ValueError(f"{'.'.join((*outer, one.name))} is deprecated, and not in provider 6.")
            yield ".".join(path), one.deprecated
        if path is not None and one.structure is not None and one.structure in structures:
            yield from _paths(structures[one.structure], structures, known, path)


def _singulars(name: str) -> Iterator[str]:
    yield name
    yield name.removesuffix("s")
    yield name.removesuffix("es")
    yield re.sub("ies$", "y", name)


def _classes(source: bytes) -> _Classes:
    """The properties of each class."""
    return {node.name: tuple(_properties(node)) for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _properties(described: ast.ClassDef) -> Iterator[_Property]:
    for node in described.body:
        if not isinstance(node, ast.FunctionDef) or not _is_property(node):
            continue
        structure = _STRUCTURE.search(ast.unparse(node.returns)) if node.returns else None
        yield _Property(
            name=node.name,
            deprecated=next(_said(node), None),
            structure=structure[1] if structure else None,
        )


def _is_property(node: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr == "property" for one in node.decorator_list)


def _said(node: ast.FunctionDef) -> Iterator[str]:
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == _DECORATOR:
            yield ast.literal_eval(one.args[0])
