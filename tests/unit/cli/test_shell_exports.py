"""What ``make env`` prints, as a shell takes it in."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import __main__ as command_line
from embedded import credentials
from settings.settings import Settings
from systems.checkout import ROOT

ADDRESSES = {"API": "http://127.0.0.1:8080", "SITE": "http://127.0.0.1:8081"}


def evaluated(text: str, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment of a shell that evaluates ``text``."""
    answer = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1" && env -0', "sh", text],
        env={"PATH": "/usr/bin:/bin", **(before or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in answer.stdout.split("\0") if line)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> credentials.Credentials:
    made = credentials.make()
    monkeypatch.setattr("cli.__main__.credentials.read", lambda _: made)
    return made


def test_values_reach_the_shell_as_they_are(keys: credentials.Credentials, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME; a "folder"'
    settings = Settings.from_environ({"STATE_DIR": str(folder), "ENV": "blue", "AWS_PORT": "4567"})
    found = evaluated(command_line.exports(settings, ADDRESSES))
    assert found["STATE_DIR"] == str(folder)
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert found["ENV"] == "blue"
    assert ADDRESSES.items() <= found.items()
    assert keys.environ.items() <= found.items()


@pytest.mark.parametrize("has_node", [True, False])
def test_cdktf_is_found_first_and_node_where_the_machine_has_none(
    keys: credentials.Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_node: bool
) -> None:
    del keys
    asked: list[str] = []

    def which(program: str) -> str | None:
        asked.append(program)
        return "/usr/bin/node" if has_node else None

    monkeypatch.setattr("cli.__main__.shutil.which", which)
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    *added, first, second = evaluated(command_line.exports(settings, ADDRESSES))["PATH"].split(":")
    assert (first, second) == ("/usr/bin", "/bin")
    assert asked == ["node"]
    assert str(ROOT / "node_modules" / ".bin") in added
    assert [Path(folder, "node").is_file() for folder in added if "node_modules" not in folder] == [True] * (
        not has_node
    )


def test_addresses_of_another_target_are_taken_out_of_the_shell() -> None:
    settings = Settings.from_environ({"TARGET": "aws", "REGION": "eu-west-1"})
    found = evaluated(command_line.exports(settings, {}), before=ADDRESSES)
    assert not ADDRESSES.keys() & found.keys()
    assert [found[name] for name in ("TARGET", "REGION", "AWS_REGION", "AWS_DEFAULT_REGION")] == [
        "aws",
        *["eu-west-1"] * 3,
    ]
    assert "AWS_ENDPOINT_URL" not in found


def test_a_system_without_a_site_has_an_api_alone() -> None:
    settings = Settings.from_environ({"SYSTEM": "examples/bookshop", "ALB_PORT": "9080"})
    assert command_line._addresses_of(settings) == {"API": "http://127.0.0.1:9080"}
