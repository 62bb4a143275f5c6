"""What a command is given: the settings, the service and what was asked for; and when nobody is asked in vain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cli import command_line
from cli.errors import CommandError
from settings.settings import Settings
from tests.unit.cli.conftest import World


@pytest.mark.parametrize(("command", "shows"), [("doctor", "doctor.report"), ("cost", "cost.show")])
def test_what_looks_without_a_deployment_is_given_the_settings(
    command: str, shows: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"cli.command_line.{shows}", world.note_settings(command))
    assert command_line.main([command]) == 0
    assert world.did == ["umask 77", "earlier state", command]


def test_the_key_of_a_side_is_that_of_the_deployment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def print_key(settings: Settings, outputs: Mapping[str, Any]) -> None:
        assert isinstance(settings, Settings)
        world.did.append(outputs["stage"])

    monkeypatch.setattr("cli.command_line.sides.print_key", print_key)
    assert command_line.main(["canary-key"]) == 0
    assert world.did[-2:] == ["account", "split"]


@pytest.mark.parametrize(("given", "service"), [("like", "like"), (" like ", "like"), (None, "")])
def test_answers_of_the_service_that_was_named_are_compared(
    given: str | None, service: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("SERVICE", given)
    assert command_line.main(["compare"]) == 0
    assert world.did[-1] == ("compare", service, "split")


@pytest.mark.parametrize("found", [True, False])
def test_releases_are_shown_or_missed(
    found: bool, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def show(settings: Settings) -> bool:
        assert isinstance(settings, Settings)
        return found

    monkeypatch.setattr("cli.command_line.releases.show", show)
    assert command_line.main(["releases"]) == (0 if found else 1)
    assert ("run make deploy" in capsys.readouterr().err) is not found
    assert world.did


@pytest.mark.parametrize("command", ["deploy", "rollback", "destroy"])
def test_while_somebody_is_at_work_nobody_is_asked_anything(
    command: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TARGET", "aws")
    for question in ("cost.confirm", "profile_guard.require_same", "confirm_destroy"):
        monkeypatch.setattr(f"cli.command_line.{question}", lambda _: pytest.fail("it is asked in vain"))
    world.at_work = CommandError("make deploy is at work; wait for its end.", exit_code=2)
    assert command_line.main([command]) == 2
    assert world.did[-1] == "looks who is at work"
    assert "is at work; wait for its end" in capsys.readouterr().err
