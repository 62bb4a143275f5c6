"""A rehearsal needs visitors; a system that declares none is told what to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.errors import OptionsError
from examples.bookshop.system import SYSTEM
from rehearse.command_line import main
from rehearse.traffic import workload_of
from settings.settings import Settings


def test_a_system_without_a_workload_is_one_line_that_says_what_to_write() -> None:
    with pytest.raises(OptionsError) as caught:
        workload_of(replace(SYSTEM, workload=None), "shops/mine")
    assert str(caught.value) == (
        "shops/mine/system.py names no workload, and a rehearsal needs visitors: write shops/mine/traffic.py after "
        "examples/bookshop/traffic.py, and name it there as workload."
    )


def test_the_workload_that_is_declared_is_made() -> None:
    assert workload_of(SYSTEM, "examples/bookshop").mix


def test_a_rehearsal_without_visitors_ends_in_that_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(Settings.from_environ({}), system=replace(SYSTEM, workload=None), system_folder="shops/mine")
    monkeypatch.setattr("rehearse.command_line.local.settings_of", lambda _: settings)
    assert main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("shops/mine/system.py names no workload")
