"""``python -m cli COMMAND``: which command does what, under which lock, and how each kind of trouble ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import command_line, lock
from cli.errors import CommandError
from cli.interrupts import MESSAGE, Interrupted
from settings.settings import Settings, SettingsError
from systems.checkout import ROOT
from tests.unit.cli.conftest import World


@pytest.mark.parametrize(
    ("command", "did"),
    [
        ("deploy", ["earlier state", "looks who is at work", "lock of deploy", "deploy", "lock is free"]),
        ("plan", ["earlier state", "lock of plan", "show_plan", "lock is free"]),
        ("drift", ["earlier state", "lock of drift", "show_drift", "lock is free"]),
        ("rollback", ["earlier state", "looks who is at work", "lock of rollback", "rollback", "lock is free"]),
        ("destroy", ["earlier state", "looks who is at work", "lock of destroy", "destroy", "lock is free"]),
        ("audit", ["earlier state", "account", "audit"]),
        ("status", ["earlier state", "account", "report"]),
        ("shadow", ["earlier state", "account", "shadow report"]),
        ("run-task", ["earlier state", "account", ("run-task", "monolith", "split")]),
        ("compare", ["earlier state", "account", ("compare", "", "split")]),
        ("record", ["earlier state", "account", ("record", "split")]),
        ("down", ["lock of down", "stop", "lock is free"]),
        ("docs", ["docs"]),
        ("state", ["earlier state"]),
    ],
)
def test_each_command_does_its_own_work_with_files_for_this_user_alone(
    command: str, did: list[Any], world: World
) -> None:
    Path(os.environ["STATE_DIR"]).mkdir()
    assert command_line.main([command]) == 0
    assert world.did == ["umask 77", *did]


def test_down_says_what_is_kept(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Path(os.environ["STATE_DIR"]).mkdir()
    command_line.main(["down"])
    assert "Kept: all" in capsys.readouterr().err
    assert world.did[-1] == "lock is free"


def test_state_prints_an_address_a_line_or_says_that_there_is_none(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["state"]) == 0
    assert capsys.readouterr().out == "aws_vpc.this\naws_lb.this\n"
    world.addresses = []
    assert command_line.main(["state"]) == 1
    assert "run make deploy" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "service"), [("like", "like"), (" like ", "like"), (" ", "monolith")])
def test_a_task_of_the_service_that_was_named_is_run(
    given: str, service: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", given)
    command_line.main(["run-task"])
    assert world.did[-1] == ("run-task", service, "split")


@pytest.mark.parametrize("command", ["audit", "status", "shadow", "run-task", "compare", "record"])
def test_without_an_embedded_aws_that_runs_nobody_is_asked(
    command: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "state", SimpleNamespace(read=lambda _: None))
    assert command_line.main([command]) == 1
    nothing = "Nothing is deployed as mysfits-dev with TARGET=local; run make deploy."
    assert capsys.readouterr().err.splitlines()[-1] == nothing
    assert world.did == ["umask 77", "earlier state"]
    state = Path(os.environ["STATE_DIR"]) / "terraform" / "mysfits-dev.tfstate"
    state.parent.mkdir(parents=True, mode=0o700)
    state.parent.parent.chmod(0o700)
    state.touch()
    assert command_line.main([command]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "The embedded AWS does not run; start it with make deploy."
    monkeypatch.setenv("TARGET", "aws")
    assert command_line.main([command]) == 0


@pytest.mark.parametrize(
    ("problem", "exit_code", "said"),
    [
        (SettingsError(["STAGE=splt is no stage"]), 2, "STAGE=splt is no stage"),
        (CommandError("a load balancer is left", exit_code=3), 3, "a load balancer is left"),
        (PermissionError(13, "Permission denied", "/state"), 1, "Permission denied (/state); correct that"),
        (OSError(28, "No space left on device"), 1, "No space left on device; correct that and try again."),
    ],
    ids=repr,
)
def test_each_kind_of_trouble_ends_in_a_line_and_its_exit_code(
    *,
    problem: Exception,
    exit_code: int,
    said: str,
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    discarded: list[object] = []
    monkeypatch.setattr("cli.progress.discard", discarded.append)
    world.fails = problem
    assert command_line.main(["deploy"]) == exit_code
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert len(discarded) == (isinstance(problem, OSError) and problem.filename is None)


def test_ctrl_c_ends_in_its_line_with_the_exit_code_of_a_shell_and_no_further_signal_disturbs(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fails = Interrupted(signal.SIGTERM)
    assert command_line.main(["deploy"]) == 143
    assert world.did[-1] == "ignores signals"
    assert capsys.readouterr().err.splitlines()[-1] == MESSAGE


def test_a_reader_that_has_seen_enough_is_no_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    discarded: list[object] = []
    monkeypatch.setattr("cli.progress.discard", discarded.append)
    world.fails = BrokenPipeError()
    assert command_line.main(["deploy"]) == 0
    assert len(discarded) == 1


def test_what_nobody_foresaw_is_explained(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Any] = []

    def explain(problem: Exception, *, command: str, settings: Settings | None) -> str:
        seen.append((problem, command, settings and settings.env))
        return "an odd thing happened"

    monkeypatch.setattr("cli.unexpected.explain", explain)
    world.fails = ZeroDivisionError()
    assert command_line.main(["deploy"]) == 1
    assert seen == [(world.fails, "deploy", "dev")]
    assert capsys.readouterr().err.splitlines()[-1] == "an odd thing happened"


@pytest.mark.parametrize(("answer", "destroys"), [("team\n", True), ("other\n", False), ("", False)])
def test_on_aws_a_destroy_is_confirmed_by_the_environments_name(
    answer: str, destroys: bool, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TARGET", "aws")
    monkeypatch.setenv("ENV", "team")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert command_line.main(["destroy"]) == (0 if destroys else 2)
    assert ("destroy" in world.did) is destroys
    said = capsys.readouterr().err
    assert "This destroys mysfits-team in us-east-1" in said
    assert ("nothing was destroyed" in said) is not destroys


def test_force_confirms_a_destroy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET", "aws")
    monkeypatch.setenv("FORCE", "1")
    assert command_line.main(["destroy"]) == 0
    assert "destroy" in world.did


def test_who_agrees_to_the_cost_has_not_agreed_to_a_destroy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET", "aws")
    monkeypatch.setenv("FORCE", "cost")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert command_line.main(["destroy"]) == 2
    assert "destroy" not in world.did


@pytest.mark.parametrize("command", ["deploy", "rollback", "status"])
def test_an_events_file_is_looked_at_before_a_walk(
    command: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVENTS_FILE", str(tmp_path))
    walks = command != "status"
    assert command_line.main([command]) == (2 if walks else 0)
    assert (command in world.did) is False
    assert ("EVENTS_FILE=" in capsys.readouterr().err) is walks


@pytest.mark.parametrize("outputs", [{"stage": "split"}, {}])
def test_an_audit_knows_why_objects_may_be_there(
    outputs: dict[str, Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    why: list[str] = []
    monkeypatch.setattr("cli.command_line.audit.audit", lambda *_, **asked: why.append(asked["why"]))
    world.outputs = outputs
    command_line.main(["audit"])
    deployed = "the deployment of mysfits-dev consists of them, and make destroy removes them"
    assert why == [deployed if outputs else ""]
    with lock.only_one(Settings.from_environ(os.environ), "deploy"):
        command_line.main(["audit"])
    assert why[-1].startswith("make deploy of mysfits-dev (process ")
    assert why[-1].endswith("is at work on them")


@pytest.mark.parametrize("command", ["status", "run-task", "state", "releases"])
def test_while_the_first_deploy_is_at_work_it_is_named(
    command: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "state", SimpleNamespace(read=lambda _: None))
    world.addresses = []
    with lock.only_one(Settings.from_environ(os.environ), "deploy"):
        assert command_line.main([command]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("Nothing of mysfits-dev serves: make deploy of mysfits-dev (process ")
    assert said.endswith("is at work; wait for its end.")


def test_an_unknown_command_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["deplyo"])
    assert ended.value.code == 2
    assert "run-task" in capsys.readouterr().err


def test_a_command_loads_no_client_or_server_that_only_another_one_needs() -> None:
    """Half of the time in which `make status` answers would go into loading them."""
    unwanted = {"aiohttp", "cdktf", "grpc", "moto", "quart"}
    code = f"import sys, cli.command_line; print(sorted({unwanted} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
