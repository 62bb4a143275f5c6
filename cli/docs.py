"""Tables of the README, written from the code they describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from settings.settings import DESCRIPTIONS
from systems.checkout import ROOT
from systems.loading import load
from systems.system import System

README: Final = ROOT / "README.md"


def stages_table() -> str:
    """Write the stage table.

    Returns:
        Markdown.
    """
    rows = [f"| `{stage.name}` | {stage.means} | {stage.lab} |" for stage in _system().stages]
    return "\n".join(["| Stage | Means | Workshop |", "|---|---|---|", *rows])


def _system() -> System:
    """The one that the README is about: the system of a checkout in which nobody sets another."""
    return load(DESCRIPTIONS["SYSTEM"][0])


def settings_table() -> str:
    """Write the table of settings.

    Returns:
        Markdown.
    """
    defaults = {name: default for name, (default, _) in DESCRIPTIONS.items()}
    defaults["STAGE"] = _system().default_stage
    rows = [f"| `{name}` | `{defaults[name]}` | {text} |" for name, (_, text) in DESCRIPTIONS.items()]
    return "\n".join(["| Variable | Default | Means |", "|---|---|---|", *rows])


_BLOCKS: Final[Mapping[str, Callable[[], str]]] = {"stages": stages_table, "settings": settings_table}


def render(text: str) -> str:
    """Write every marked block of ``text`` anew.

    Returns:
        The new text.
    """
    for name, table in _BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda match, table=table: f"{match[1]}{table()}\n{match[2]}", text)  # type: ignore[misc]
    return text


def write() -> None:
    """Write the README's tables."""
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
