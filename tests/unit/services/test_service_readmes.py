from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from services.adopt.app import read_settings as read_adopt_settings
from services.facade import monolith_facade as facade
from services.image import DOCKERFILE, SHARED
from services.kit.environment import SettingsError
from services.kit.metrics import COUNTS, MEASURES
from services.like.app import read_settings as read_like_settings
from services.monolith.settings import MonolithSettings
from services.mysfits.api import MYSFITS_API
from services.mysfits.like_batch import LEDGER_SECONDS, MOST_LIKES
from services.mysfits.like_commits import CommitTimes

SERVICES = Path(__file__).parents[3] / "services"


class Recorder(Mapping[str, str]):
    """An environment that knows what was asked of it."""

    def __init__(self, **environ: str) -> None:
        self._environ = environ
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("service", "read_settings"),
    [
        ("monolith", MonolithSettings.from_environ),
        ("like", read_like_settings),
        ("adopt", read_adopt_settings),
    ],
)
def test_readme_names_every_variable_and_no_other(
    service: str, read_settings: Callable[[Mapping[str, str]], object]
) -> None:
    asked: set[str] = set()
    for way in ({}, {"MONOLITH_URL": "alb"}, {"DDB_TABLE_NAME": "mysfits"}, {"SHADOW_PERCENT": "5"}):
        environ = Recorder(**way)
        with pytest.raises(SettingsError):
            read_settings(environ)
        asked |= environ.asked
    table = [line for line in (SERVICES / service / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert {name for line in table for name in re.findall(r"`([A-Z_]+)`", line)} == asked


def test_the_dockerfile_ships_what_every_service_imports_and_one_service() -> None:
    lines = (SERVICES / "Dockerfile").read_text().splitlines()
    copied = [path for line in lines if line.startswith("COPY ") for path in line.split()[1:-1]]
    shared = [path for path in SHARED if path != DOCKERFILE]
    assert sorted(copied) == sorted([*shared, "services/$SERVICE"])
    assert lines[-1] == "CMD exec python -m services $SERVICE"
    assert [line for line in lines if line.startswith("USER ")] == ["USER service"]


def test_readme_has_every_metric_as_it_is_told() -> None:
    lines = (SERVICES / "README.md").read_text().splitlines()
    counts = {**COUNTS, **MYSFITS_API.counts}
    units = {name: ("Count", meaning) for name, meaning in counts.items()} | {**MEASURES, **MYSFITS_API.measures}
    rows = [f"| `{name}` | {unit} | {meaning} |" for name, (unit, meaning) in units.items()]
    start = lines.index("| Metric | Unit | Meaning |") + 2
    assert lines[start : start + len(rows) + 1] == [*rows, ""]


def test_readme_has_the_deadlines_as_they_are() -> None:
    text = (SERVICES / "README.md").read_text()
    assert f"same batch | {CommitTimes().deadline:g} s," in text
    assert f"same key | {facade._TOTAL_SECONDS:g} s," in text
    assert f"{LEDGER_SECONDS // 3600} hours" in text
    assert f"(up to {MOST_LIKES})" in text
