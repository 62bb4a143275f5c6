"""Settings on their way to a command: all that a person gives pass through make, and none gets into a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from settings.settings import DESCRIPTIONS, Settings
from systems.checkout import ROOT
from tests.support import environ_without_settings, environment_of, local_settings


def test_make_passes_every_setting_on() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    passed = {name for line in re.findall(r"^export ([A-Z_ ]+)$", makefile, re.MULTILINE) for name in line.split()}
    assert set(DESCRIPTIONS) - passed == set()


def test_a_setting_that_is_exported_changes_no_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    for name in DESCRIPTIONS:
        monkeypatch.setenv(name, "nonsense")
    assert not set(DESCRIPTIONS) & set(environ_without_settings())
    assert Settings.from_environ(environment_of(settings)) == settings
