"""What our Terraform uses of the AWS provider: types, with the arguments it gives and the attributes it reads.

A type is named as in an address, ``aws_subnet`` or ``data.aws_subnet``; a path has a name for each block that an
argument is in, then its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import hcl2

NamePath: TypeAlias = tuple[str, ...]
Use: TypeAlias = Mapping[str, frozenset[NamePath]]
"""By type."""

KINDS: Final = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}
"""What the name of a type begins with, by kind of block."""
_OF_TERRAFORM: Final = frozenset(
    {"for_each", "count", "depends_on", "lifecycle", "provider", "provisioner", "connection", "//"}
)
"""Arguments of every resource, which are Terraform's own."""
_MARKS: Final = ("__is_block__", "__comments__")
"""What HCL's reader adds."""
_READ: Final = re.compile(r"(?<![\w.])((?:data\.|ephemeral\.)?aws_\w+)\.\w+(?:\[[^]]*\])?\.(\w+)")
"""An attribute that an expression reads, of one resource, of one of its instances or of all of them."""


def of_module(text: str) -> Use:
    """What a Terraform file uses."""
    parsed = _plain(hcl2.loads(text))
    named = ((kind, name, body) for kind in KINDS for one in parsed.get(kind, ()) for name, body in one.items())
    return _used(named, _READ.findall(text), is_hcl=True)


def of_stack(stack: Mapping[str, Any]) -> Use:
    """What a synthesised stack uses."""
    named = ((kind, name, body) for kind in KINDS for name, body in stack.get(kind, {}).items())
    return _used(named, _READ.findall("\n".join(_texts(stack))), is_hcl=False)


def _used(named: Iterable[tuple[str, str, Mapping[str, Any]]], read: Iterable[NamePath], *, is_hcl: bool) -> Use:
    """From instances by kind and type, and from types with an attribute that is read of them."""
    found: defaultdict[str, set[NamePath]] = defaultdict(set)
    for kind, name, instances in named:
        for body in instances.values():
            found[KINDS[kind] + name] |= set(_of_body(body, is_hcl=is_hcl))
    for name, attribute in read:
        found[name].add((attribute,))
    return {name: frozenset(paths) for name, paths in found.items()}


def together(uses: Iterable[Use]) -> Use:
    """All that any of them uses."""
    found: defaultdict[str, set[NamePath]] = defaultdict(set)
    for use in uses:
        for name, paths in use.items():
            found[name] |= paths
    return {name: frozenset(paths) for name, paths in found.items()}


def _of_body(body: Mapping[str, Any], *, is_hcl: bool, outer: NamePath = ()) -> Iterator[NamePath]:
    """Paths of all arguments of a resource or block.

    JSON shows blocks and objects alike, so what is in an object that is an argument's value is given there, too; HCL's
    reader marks blocks.
    """
    for name, value in body.items():
        if name in _MARKS or (not outer and name in _OF_TERRAFORM):
            continue
        if name == "dynamic":
            for one in _listed(value):
                inner = {block: each["content"] for block, each in one.items() if block not in _MARKS}
                yield from _of_body(inner, is_hcl=is_hcl, outer=outer)
            continue
        yield (*outer, name)
        for one in _listed(value):
            if isinstance(one, Mapping) and (not is_hcl or "__is_block__" in one):
                yield from _of_body(one, is_hcl=is_hcl, outer=(*outer, name))


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _plain(value: Any) -> Any:
    """Without the quotes that HCL's reader leaves around names."""
    match value:
        case dict():
            return {name.strip('"'): _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
    return value
