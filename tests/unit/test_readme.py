"""The README's tables are those of the code."""

from __future__ import annotations

from cli.docs import README, render
from mysfits.system import SYSTEM
from settings.settings import DESCRIPTIONS


def test_the_tables_are_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert render(text) == text, "run make docs"


def test_every_stage_and_setting_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*SYSTEM.stage_by_name, *DESCRIPTIONS))


def test_the_readme_starts_with_the_two_commands() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert lines[2:5] == [
        "```sh",
        "make deploy STAGE=split   # the whole system, live on this machine",
        "make test                 # every test",
    ]
