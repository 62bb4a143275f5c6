"""Finding a system by its folder, and one line for whatever is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mysfits.system import SYSTEM
from settings.settings import Settings, SettingsError
from systems.loading import UnknownSystemError, load


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python finds packages in, with the packages of ours and some others."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(checkout: Path, folder: str, text: str) -> None:
    (checkout / folder).mkdir(parents=True)
    (checkout / folder / "system.py").write_text(text)


def test_our_system_is_the_default() -> None:
    assert load("mysfits") is load("mysfits/") is SYSTEM
    assert Settings.from_environ({}).system is SYSTEM


def test_a_system_lies_at_any_depth(checkout: Path) -> None:
    write(checkout, "examples_of_ours/shop", "from mysfits.system import SYSTEM")
    assert load("examples_of_ours/shop", root=checkout) is SYSTEM


@pytest.mark.parametrize("folder", ["", ".", "..", "/etc", "shop", "Shop", "a-b", "../mysfits", "shop//x"])
def test_a_folder_without_one_is_refused_with_those_that_have_one(folder: str, checkout: Path) -> None:
    write(checkout, "broken/deep", "")
    with pytest.raises(UnknownSystemError, match=r"^there is no .*/?system.py in .*; it has systems in broken/deep.$"):
        load(folder, root=checkout)


@pytest.mark.parametrize(
    ("folder", "text", "reason"),
    [
        ("broken_a", "import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("broken_b", "raise ValueError('one\\ntwo')", "ValueError: one; two"),
        ("broken_c", "def", "SyntaxError: invalid syntax"),
        ("broken_d", "", "has no attribute 'SYSTEM'"),
        ("broken_e", "SYSTEM = 1", "is no System but int"),
    ],
)
def test_what_is_wrong_with_one_is_said_in_one_line(folder: str, text: str, reason: str, checkout: Path) -> None:
    write(checkout, folder, text)
    with pytest.raises(UnknownSystemError) as caught:
        load(folder, root=checkout)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_setting_says_which_and_a_wrong_one_is_a_problem_among_others() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"SYSTEM": "nowhere", "STAGE": "split", "REGION": "x"})
    first, second = caught.value.problems
    assert first.startswith("SYSTEM=nowhere: there is no nowhere/system.py in ")
    assert second.startswith("REGION=x ")
