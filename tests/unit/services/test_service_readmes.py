from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from services.adopt.settings import AdoptSettings
from services.common import facade
from services.common.environment import SettingsError
from services.common.group_commit import GroupLimits
from services.common.like_batch import LEDGER_SECONDS, MOST_LIKES
from services.common.like_commits import CommitTimes
from services.common.metrics import COUNTS, MEASURES
from services.like.settings import LikeSettings
from services.monolith.settings import MonolithSettings

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
        ("like", LikeSettings.from_environ),
        ("adopt", AdoptSettings.from_environ),
    ],
)
def test_readme_names_every_variable_and_no_other(
    service: str, read_settings: Callable[[Mapping[str, str]], object]
) -> None:
    asked: set[str] = set()
    for way in ({}, {"MONOLITH_URL": "alb"}, {"DDB_TABLE_NAME": "mysfits"}):
        environ = Recorder(**way)
        with pytest.raises(SettingsError):
            read_settings(environ)
        asked |= environ.asked
    table = [line for line in (SERVICES / service / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert {name for line in table for name in re.findall(r"`([A-Z_]+)`", line)} == asked


@pytest.mark.parametrize("service", ["monolith", "like", "adopt"])
def test_dockerfile_ships_what_the_service_imports_and_nothing_of_the_others(service: str) -> None:
    lines = (SERVICES / service / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY ")]
    assert copied == ["services/requirements.txt", "services/__init__.py", "services/common", f"services/{service}"]
    assert lines[-1] == f'CMD ["python", "-m", "services.{service}"]'
    assert [line for line in lines if line.startswith("USER ")] == ["USER service"]


def test_readme_has_every_metric_as_it_is_told() -> None:
    lines = (SERVICES / "README.md").read_text().splitlines()
    units = {name: ("Count", meaning) for name, meaning in COUNTS.items()} | dict(MEASURES)
    rows = [f"| `{name}` | {unit} | {meaning} |" for name, (unit, meaning) in units.items()]
    start = lines.index("| Metric | Unit | Meaning |") + 2
    assert lines[start : start + len(rows) + 1] == [*rows, ""]


def test_readme_has_the_deadlines_as_they_are() -> None:
    text = (SERVICES / "README.md").read_text()
    assert f"same batch | {CommitTimes().deadline:g} s," in text
    assert f"same key | {facade._TOTAL_SECONDS:g} s," in text
    assert f"{LEDGER_SECONDS // 3600} hours" in text
    assert f"(up to {MOST_LIKES})" in text
    assert f"up to {GroupLimits(most_in_group=1).company_seconds * 1e3:g} ms" in text
