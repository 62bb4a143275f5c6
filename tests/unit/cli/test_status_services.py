"""The status table tells what runs, what shares a path, and what is wrong with the embedded AWS."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from cli import daemon_health, status
from cli.phases import Live
from cli.task_counts import Bounds
from embedded.code_version import code_version
from embedded.control_client import ControlError
from embedded.state import DaemonState
from settings.settings import Settings
from systems.checkout import ROOT

OUTPUTS: dict[str, Any] = {"stage": "monolith", "api_url": "http://api", "site_url": "http://site"}
RUNNING = DaemonState(
    pid=1, control_plane_id="x", started_at=0.0, aws_port=2, control_socket="/s", code_version=code_version(ROOT)
)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    services = [
        {"serviceName": "mysfits-dev-monolith", "runningCount": 1, "desiredCount": 2},
        {"serviceName": "mysfits-dev-monolith-c", "runningCount": 0, "desiredCount": 0},
        {"serviceName": "mysfits-dev-like-c", "runningCount": 1, "desiredCount": 2},
        {"serviceName": "reports", "runningCount": 1, "desiredCount": 1},
    ]
    monkeypatch.setattr("cli.status.live.active_services", lambda _: services)
    image = "registry/mysfits-dev-monolith:abc"
    monkeypatch.setattr("cli.status.live.container_of", lambda _, service: {"image": image} if service else {})
    monkeypatch.setattr("cli.status.live.read", lambda _, stage: Live(stage=stage))
    monkeypatch.setattr("cli.status.task_counts.scaled", lambda _: {"mysfits-dev-like-c": Bounds(least=2, most=8)})


def rows(capsys: pytest.CaptureFixture[str], *, unfinished: bool = False, **environ: str) -> list[str]:
    status.show(Settings.from_environ({"STATE_DIR": "/nowhere", **environ}), OUTPUTS, unfinished=unfinished)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("live")
def test_each_service_is_told_with_its_tasks_and_the_image_they_should_run(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys)
    assert "mysfits-dev-monolith 1/2 tasks of mysfits-dev-monolith:abc" in found
    assert "mysfits-dev-like-c 1/2 tasks of mysfits-dev-monolith:abc; scales by itself from 2 to 8" in found
    assert "reports 1/1 tasks of mysfits-dev-monolith:abc; somebody else made this service" in found
    assert not any("mysfits-dev-monolith-c" in line for line in found), "a canary in rest has nothing to show"
    assert any(line.startswith("Stage monolith: ") for line in found)
    assert "API http://api" in found
    assert "Site http://site" in found
    assert "AWS endpoint http://127.0.0.1:4566" in found
    assert not any(line.startswith(("Unfinished", "Warning", "Paths")) for line in found)


@pytest.mark.usefixtures("live")
def test_a_deploy_that_was_cut_off_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert any("run the same command again to go on" in line for line in rows(capsys, unfinished=True))


@pytest.mark.usefixtures("live")
def test_on_aws_nothing_is_said_of_the_embedded_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.status.daemon_health.warning_rows", lambda _: [("Warning", "it has a trouble")])
    assert "Warning it has a trouble" in rows(capsys)
    found = rows(capsys, TARGET="aws")
    assert not any(line.startswith(("Warning", "AWS endpoint")) for line in found)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []

    def ask(*arguments: Any) -> dict[str, Any]:
        found.append(arguments)
        return {"loops": [{"name": "ecs", "restarts": 1, "last_error": "no"}], "warnings": ["rule 7 answers 501"]}

    monkeypatch.setattr(daemon_health, "ask", ask)
    monkeypatch.setattr("cli.daemon_health.state.read", lambda _: RUNNING)
    return found


def test_every_trouble_of_the_embedded_aws_is_a_warning(tmp_path: Path, asked: list[Any]) -> None:
    log = tmp_path / "daemon.log"
    assert daemon_health.warning_rows(tmp_path) == [
        ("Warning", f"ecs failed once and was started again; last: no ({log})"),
        ("Warning", "rule 7 answers 501"),
    ]
    assert asked == [(Path("/s"), "GET", "/status")]


@pytest.mark.usefixtures("asked")
def test_code_of_before_an_update_is_a_warning_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = dataclasses.replace(RUNNING, code_version="older")
    monkeypatch.setattr("cli.daemon_health.state.read", lambda _: older)
    *_, (label, text) = daemon_health.warning_rows(tmp_path)
    assert (label, text.rpartition("; ")[2]) == ("Warning", "make deploy restarts it")


@pytest.mark.usefixtures("asked")
def test_an_embedded_aws_that_does_not_answer_is_the_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: Any) -> None:
        raise ControlError("it does not answer")

    monkeypatch.setattr(daemon_health, "ask", ask)
    assert daemon_health.warning_rows(tmp_path) == [("Warning", "it does not answer")]


@pytest.mark.usefixtures("live")
def test_a_number_of_tasks_that_a_hand_chose_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.status.task_counts.by_hand", lambda _: {"monolith": 4})
    wanted = "mysfits-dev-monolith 1/2 tasks of mysfits-dev-monolith:abc; by make scale, 2 are declared"
    assert wanted in rows(capsys)
