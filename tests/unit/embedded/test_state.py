"""How commands know the embedded AWS that wrote its state from a process that got its number later."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from embedded import state
from tests.support import say_it_runs


@pytest.mark.parametrize("seconds", [-3600.0, -2.0, 0.0, 40.0, 86_400.0])
def test_it_is_known_after_the_clock_was_set(seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a laptop's sleep: both starts are then told otherwise, by the same time."""
    say_it_runs(tmp_path, aws_port=4566)
    began, booted = psutil.Process().create_time(), psutil.boot_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: began + seconds)
    monkeypatch.setattr(psutil, "boot_time", lambda: booted + seconds)
    assert state.read(tmp_path) is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's start in ticks since its own")
def test_what_the_operating_system_tells_of_a_process_moves_with_what_it_tells_of_its_own_start() -> None:
    """Else the two could not be compared."""
    ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    after_boot = psutil.Process().create_time() - psutil.boot_time()
    assert after_boot == pytest.approx(ticks / os.sysconf("SC_CLK_TCK"), abs=1.5)


def test_a_process_that_got_the_number_later_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say_it_runs(tmp_path, aws_port=4566)
    began = psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: began + 10)
    assert state.read(tmp_path) is None


@pytest.mark.parametrize(("late", "is_known"), [(0.0, True), (10.0, False)])
def test_one_of_an_older_version_is_known_by_its_start_alone(late: float, is_known: bool, tmp_path: Path) -> None:
    say_it_runs(tmp_path, aws_port=4566)
    file = tmp_path / "daemon.json"
    written = json.loads(file.read_text(encoding="utf-8"))
    del written["booted_at"]
    written["started_at"] -= late
    file.write_text(json.dumps(written), encoding="utf-8")
    assert (state.read(tmp_path) is not None) is is_known
