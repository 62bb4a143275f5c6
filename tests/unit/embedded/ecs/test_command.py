"""What a container starts, from image, task definition and override together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedded.ecs.command import Command, command_of
from embedded.images import ImageError, Runnable

BASE = {"PATH": "/usr/bin:/bin", "SHARED": "base", "TOO": "base"}


def command(container: dict[str, Any] | None = None, override: dict[str, Any] | None = None, **image: Any) -> Command:
    runnable = Runnable(**{"directory": Path("/"), "command": ("sh", "-c", "x"), **image})
    return command_of(
        container or {},
        override or {},
        runnable,
        port=4711,
        base_environment=BASE,
        secret=lambda name: f"value of {name}",
    )


def test_the_image_s_command_runs_with_the_program_found_on_path() -> None:
    found = command()
    assert found.words[0] in ("/bin/sh", "/usr/bin/sh")
    assert found.words[1:] == ("-c", "x")


def test_the_definition_replaces_the_command_and_the_override_both() -> None:
    assert command({"command": ["sh", "a"]}).words[1:] == ("a",)
    assert command({"command": ["sh", "a"]}, {"command": ["sh", "b"]}).words[1:] == ("b",)


def test_an_entrypoint_comes_before_whatever_command() -> None:
    image: dict[str, Any] = {"entrypoint": ("sh", "-e"), "command": ("c",)}
    assert command(**image).words[1:] == ("-e", "c")
    assert command({"command": ["d"]}, **image).words[1:] == ("-e", "d")
    assert command({"entryPoint": ["sh", "-x"], "command": ["d"]}, **image).words[1:] == ("-x", "d")
    assert command({"entryPoint": ["sh", "-x"]}, **image).words[1:] == ("-x",)  # it drops the image's command


def test_later_sources_of_the_environment_win_and_nobody_takes_host_and_port() -> None:
    container = {
        "environment": [{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}],
        "secrets": [{"name": "KEY", "valueFrom": "arn"}],
    }
    override = {"environment": [{"name": "B", "value": "override"}, {"name": "PORT", "value": "80"}]}
    found = command(container, override, environment={"A": "image", "TOO": "image"})
    assert found.environment == {
        "PATH": BASE["PATH"],
        "SHARED": "base",
        "TOO": "image",
        "A": "definition",
        "B": "override",
        "KEY": "value of arn",
        "HOST": "127.0.0.1",
        "PORT": "4711",
    }


def test_programs_of_the_image_come_first(tmp_path: Path) -> None:
    (tmp_path / "sh").write_text("")
    (tmp_path / "sh").chmod(0o700)
    found = command(programs=(tmp_path,))
    assert found.words[0] == str(tmp_path / "sh")
    assert found.environment["PATH"] == f"{tmp_path}:{BASE['PATH']}"


def test_paths_of_the_image_are_found_in_its_tree(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "run").write_text("")
    (tmp_path / "app" / "run").chmod(0o700)
    image: dict[str, Any] = {"tree": tmp_path, "directory": tmp_path / "app", "command": ("/app/run", "{port}", "/app")}
    assert command(**image).words == (str(tmp_path / "app" / "run"), "4711", str(tmp_path / "app"))
    assert command({"command": ["./run"]}, **image).words == (str(tmp_path / "app" / "run"),)


@pytest.mark.parametrize(
    ("program", "why"),
    [("nosuchprogram", "is not on PATH of this machine"), ("/no/such", "is not there or cannot be executed")],
)
def test_a_missing_program_is_told(program: str, why: str) -> None:
    with pytest.raises(ImageError, match=f"CannotStartContainerError: {program} {why}; .* so install it here"):
        command({"command": [program]})


def test_an_image_and_a_definition_without_a_command_are_told() -> None:
    with pytest.raises(ImageError, match="neither the image nor the task definition has a command"):
        command(command=())
