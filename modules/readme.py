"""Writes the tables of inputs and outputs into each module's README.md: ``python -m modules.readme``.

The tables are made of variables*.tf and outputs.tf, in terraform-docs' columns; tests/terraform checks that they are
up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import hcl2

MODULES: Final = Path(__file__).resolve().parent
TYPED: Final = "typed"
_BEGIN: Final = "<!-- begin of generated tables: python -m modules.readme -->"
_END: Final = "<!-- end of generated tables -->"


def module_folders(folder: Path = MODULES) -> tuple[Path, ...]:
    """The folder of each Terraform module in ``folder``, by name."""
    return tuple(sorted(versions.parent for versions in folder.glob("*/versions.tf")))


def blocks(path: Path, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and attributes of each ``kind`` block of a Terraform file, in its order."""
    with path.open(encoding="utf-8") as file:
        parsed = hcl2.load(file)
    for block in parsed.get(kind, []):
        for name, attributes in block.items():
            yield _plain(name), attributes


def variables(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and attributes of each variable of a module: of variables.tf and of what was parted from it.

    One that takes anything, to see attributes that a type would drop, has the type that the folder typed/ gives it.
    """
    within = folder / TYPED / "variables.tf"
    types = {name: variable["type"] for name, variable in blocks(within, "variable")} if within.is_file() else {}
    for path in sorted(folder.glob("variables*.tf")):
        for name, variable in blocks(path, "variable"):
            yield name, {**variable, "type": types[name]} if name in types else variable


def readme(folder: Path) -> str:
    """The module's README with its tables up to date.

    Raises:
        ValueError: the README lacks the marks between which the tables stand.
    """
    text = (folder / "README.md").read_text(encoding="utf-8")
    pattern = re.compile(re.escape(_BEGIN) + ".*" + re.escape(_END), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{folder.name}/README.md lacks {_BEGIN} or {_END}; add both where the tables belong.")
    tables = f"{_BEGIN}\n\n{_inputs(folder)}\n\n{_outputs(folder)}\n\n{_END}"
    return pattern.sub(lambda _: tables, text)


def _inputs(folder: Path) -> str:
    rows = ["## Inputs", "", "| Name | Description | Type | Default | Required |", "|---|---|---|---|---|"]
    for name, variable in variables(folder):
        end = f"{_default(variable['default'])} | no" if "default" in variable else "n/a | yes"
        rows.append(f"| `{name}` | {_cell(variable['description'])} | `{_cell(variable['type'])}` | {end} |")
    return "\n".join(rows)


def _outputs(folder: Path) -> str:
    rows = ["## Outputs", "", "| Name | Description |", "|---|---|"]
    rows += [f"| `{name}` | {_cell(out['description'])} |" for name, out in blocks(folder / "outputs.tf", "output")]
    return "\n".join(rows)


def _default(value: object) -> str:
    return f"`{_cell(value)}`" if isinstance(value, str) else f"`{json.dumps(_plain_values(value))}`"


def _plain_values(value: object) -> object:
    """A list or object without the quotes that HCL's reader leaves around its texts."""
    match value:
        case dict():
            return {_plain(str(name)): _plain_values(inner) for name, inner in value.items()}
        case list():
            return [_plain_values(inner) for inner in value]
        case str():
            return _plain(value)
    return value


def _cell(value: object) -> str:
    """Text of a table cell: without the quotes of a string or the braces of an expression."""
    text = re.sub(r"^\$\{(.*)\}$", r"\1", str(value), flags=re.DOTALL)
    return " ".join(_plain(text).split()).replace("|", "\\|")


def _plain(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text


def main() -> None:
    """Bring every README up to date."""
    for folder in module_folders():
        (folder / "README.md").write_text(readme(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
