"""Findings that are accepted: each is written beside its resource, with the reason.

In a module a comment within the block says so, in checkov's own words, also for the other tools::

    # checkov:skip=CKV_AWS_91: where access logs go is the caller's choice, by access_logs

In the stack ``stacks.exempt`` says so of a resource, or for our own rules of one use of a module; it goes into
the synthesised JSON as a remark, which Terraform ignores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from modules.readme import MODULES
from stacks.exempt import REMARK

Place = tuple[str, str, str]
"""Folder of a module relative to ``modules``, or empty for the stack; type and name of a resource."""

_BLOCK: Final = re.compile(
    r'^(?P<kind>\w+) "(?P<type>[\w-]+)"(?: "(?P<name>[\w-]+)")? \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL
)
_SKIP: Final = re.compile(r"#\s*checkov:skip=(?P<rule>\w+):[ ]*(?P<reason>\S.*)$", re.MULTILINE)
_SKIP_OF_ANY_FORM: Final = re.compile(r":skip=")
_SOURCE: Final = re.compile(r'^\s*source\s*=\s*"(\./[^"]+)"', re.MULTILINE)
_INDEX: Final = re.compile(r'\["[^"]*"\]|\[\d+\]')


@dataclass
class Exemptions:
    """Accepted findings by place and rule, and which of them were needed."""

    reasons: Mapping[tuple[Place, str], str]
    malformed: tuple[str, ...] = ()
    used: set[tuple[Place, str]] = field(default_factory=set)

    def accepts(self, place: Place, rule: str) -> bool:
        """Whether a finding is accepted there."""
        if (place, rule) not in self.reasons:
            return False
        self.used.add((place, rule))
        return True

    def unused(self) -> Iterator[str]:
        """Exemptions that nothing needed, as ``place: rule``."""
        for (folder, kind, name), rule in sorted(self.reasons.keys() - self.used):
            yield f"{folder or 'stack'} {kind}.{name}: {rule}"


def of_modules(folder: Path = MODULES) -> Exemptions:
    """The comments in modules.

    One without a reason is malformed, and accepts nothing.
    """
    reasons: dict[tuple[Place, str], str] = {}
    malformed = []
    for path in sorted(path for path in folder.rglob("*.tf") if not path.is_symlink()):
        within = path.parent.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8")
        found = 0
        for block in _BLOCK.finditer(text):
            for skip in _SKIP.finditer(block["body"]):
                found += 1
                reasons[(within, block["type"], block["name"] or ""), skip["rule"]] = skip["reason"]
        if found != len(_SKIP_OF_ANY_FORM.findall(text)):
            malformed.append(f"{path.relative_to(folder.parent)}: a skip lacks its reason or stands outside a block")
    return Exemptions(reasons=reasons, malformed=tuple(malformed))


def of_stack(document: Mapping[str, Any]) -> Mapping[tuple[Place, str], str]:
    """The remarks in a synthesised stack."""
    return {
        (("", kind, name), rule): reason
        for kind, named in document.get("resource", {}).items()
        for name, body in named.items()
        for rule, reason in body.get("//", {}).get(REMARK, {}).items()
    }


def of_uses(document: Mapping[str, Any]) -> Mapping[tuple[str, str], str]:
    """The remarks at uses of modules in a synthesised stack, by the name of the use and the rule."""
    return {
        (name, rule): reason
        for name, body in document.get("module", {}).items()
        for rule, reason in body.get("//", {}).get(REMARK, {}).items()
    }


def use_of(address: str) -> str:
    """The use of a module in the stack that a planned resource comes from; empty: it is the stack's own."""
    first, _, rest = address.partition(".")
    return rest.partition(".")[0] if first == "module" else ""


def place_of(address: str, document: Mapping[str, Any]) -> Place:
    """Where the block of a planned resource stands, given its address and the synthesised stack."""
    parts = _INDEX.sub("", address).split(".")
    folder = ""
    while parts[0] == "module":
        folder = _folder_of(folder, parts[1], document)
        parts = parts[2:]
    kind, name = parts[-2:]  # a data source has "data" before them
    return folder, kind, name


def _folder_of(within: str, module: str, document: Mapping[str, Any]) -> str:
    if not within:
        return _folder_of_the_files(PurePosixPath(document["module"][module]["source"]))
    for path in (MODULES / within).glob("*.tf"):
        for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            if block["kind"] == "module" and block["type"] == module and (source := _SOURCE.search(block["body"])):
                return (PurePosixPath(within) / source[1]).as_posix()
    raise KeyError(f"modules/{within} has no module {module} with a source beside it")


def _folder_of_the_files(source: PurePosixPath) -> str:
    return folder_of(PurePosixPath(*source.parts[source.parts.index(MODULES.name) + 1 :]) / "main.tf")


def folder_of(file: PurePosixPath) -> str:
    """Where below ``modules`` the text of ``file`` stands: an edition of a module is links to that module's files."""
    return (MODULES / file).resolve().parent.relative_to(MODULES.resolve()).as_posix()
