"""The rooms of ``services/`` have one direction: the kit knows nobody, apps know everybody but each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.facade.persistence import FULFILLED_BY
from services.kit.edge import SERVED_BY

SERVICES = Path(__file__).parents[3] / "services"
ORDER = ("kit", "mysfits", "facade")
APPS = sorted(path.parent.name for path in SERVICES.glob("*/app.py"))
OUTSIDE = {"bench", "cli", "embedded", "main", "modules", "mutate", "mysfits", "rehearse", "settings", "stacks"}
DECLARATION = "service.py"
"""Of a service; read by tools, never by the service itself."""


def imported(file: Path) -> set[str]:
    """Dotted names of all that ``file`` imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def rooms_known_in(room: str) -> set[str]:
    """Names of other rooms and apps that the files of a room import."""
    files = [file for file in (SERVICES / room).rglob("*.py") if file.name != DECLARATION]
    names = {name for file in files for name in imported(file)}
    inside = {name.split(".")[1] for name in names if name.startswith("services.") and name.count(".")}
    return inside - {room} | {name.split(".")[0] for name in names} & OUTSIDE


@pytest.mark.parametrize("room", ORDER)
def test_a_room_knows_only_those_below_it(room: str) -> None:
    assert rooms_known_in(room) <= set(ORDER[: ORDER.index(room)])


@pytest.mark.parametrize("app", APPS)
def test_an_app_knows_the_rooms_and_no_other_app(app: str) -> None:
    assert rooms_known_in(app) <= set(ORDER)


def test_a_service_imports_of_the_systems_only_what_its_image_contains() -> None:
    names = {name for file in SERVICES.rglob("*.py") for name in imported(file) if name.startswith("systems")}
    assert {name for name in names if not name.startswith(("systems.service", "systems.scaling"))} == set()


def test_the_system_is_read_without_a_framework() -> None:
    code = "import sys, mysfits.system; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=SERVICES.parent, check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"quart", "cdktf", "botocore", "aiohttp", "settings"} & set(loaded)


def test_the_kit_has_no_word_of_the_domain_or_the_facade() -> None:
    for file in (SERVICES / "kit").rglob("*.py"):
        assert not re.search(r"mysfit|\blikes\b|\badopt|fulfill", file.read_text(encoding="utf-8"), re.IGNORECASE), file


def test_a_header_that_says_who_answered_is_written_once() -> None:
    for header in (SERVED_BY, FULFILLED_BY):
        literal = f'"{header}"'.lower()
        written = [file for file in SERVICES.rglob("*.py") if literal in file.read_text(encoding="utf-8").lower()]
        assert len(written) == 1, (header, written)
