"""The embedded AWS has settings of its own, which its starter hands over as arguments."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from embedded.settings import ROOT, EmbeddedSettings


def test_settings_come_back_from_their_own_arguments(tmp_path: Path) -> None:
    settings = EmbeddedSettings(state_dir=tmp_path, aws_port=4999, region="eu-west-1")
    assert EmbeddedSettings.from_arguments(settings.arguments()) == settings


def test_a_limit_of_tasks_comes_back_too(tmp_path: Path) -> None:
    settings = EmbeddedSettings(state_dir=tmp_path, aws_port=4999, region="eu-west-1", max_tasks=7, scaling_speed=20)
    assert EmbeddedSettings.from_arguments(settings.arguments()) == settings


def test_another_account_comes_back_too(tmp_path: Path) -> None:
    settings = EmbeddedSettings(state_dir=tmp_path, aws_port=4999, region="eu-west-1", account_id="111122223333")
    assert EmbeddedSettings.from_arguments(settings.arguments()) == settings


@pytest.mark.parametrize("account", ["", "1" * 11, "1" * 13, "x" * 12, "１" * 12])
def test_what_is_no_account_is_refused_in_one_line(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        EmbeddedSettings.from_arguments(["--state-dir=x", f"--account-id={account}"])
    assert end.value.code == 2
    assert "is not the id of an account; use 12 digits" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "x", "-1", "1" * 5000])
def test_what_is_no_number_of_tasks_is_refused_in_one_line(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        EmbeddedSettings.from_arguments(["--state-dir=x", f"--max-tasks={count}"])
    assert end.value.code == 2
    assert "is not a number of tasks; use one from 1 up" in capsys.readouterr().err


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    settings = EmbeddedSettings.from_arguments(["--state-dir", str(tmp_path)])
    assert settings == EmbeddedSettings(state_dir=tmp_path, aws_port=4566, region="us-east-1")


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "1" * 5000])
def test_a_number_that_is_no_port_is_refused_in_one_line(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        EmbeddedSettings.from_arguments(["--state-dir=x", f"--aws-port={port}"])
    assert end.value.code == 2
    assert "is not a TCP port; use a number from 1 to 65535" in capsys.readouterr().err


def test_it_imports_nothing_of_the_systems_that_are_deployed_to_it() -> None:
    allowed = {"embedded"}
    ours = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))} - allowed
    for path in (ROOT / "embedded").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            assert not ours & {name.partition(".")[0] for name in names}, path
