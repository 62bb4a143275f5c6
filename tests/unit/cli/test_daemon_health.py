"""`make status` tells what is wrong with the embedded AWS itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import daemon_health
from cli.daemon_health import troubles, warning_rows
from embedded.code_version import code_version
from embedded.control_client import ControlError
from embedded.state import DaemonState
from systems.checkout import ROOT

LOG = Path("state/daemon.log")


def loop(name: str, restarts: int = 0, last_error: str = "") -> dict[str, object]:
    return {"name": name, "restarts": restarts, "last_error": last_error}


def test_nothing_is_said_when_all_is_well() -> None:
    assert troubles({"loops": [loop("alb"), loop("ecs")], "warnings": []}, log=LOG) == []


def test_a_loop_that_was_started_again_is_named_with_its_last_error_and_the_log() -> None:
    status = {
        "loops": [loop("alb"), loop("ecs", 1, "ValueError: no"), loop("items", 3, "OSError: full")],
        "warnings": [],
    }
    assert troubles(status, log=LOG) == [
        "ecs failed once and was started again; last: ValueError: no (state/daemon.log)",
        "items failed 3 times and was started again; last: OSError: full (state/daemon.log)",
    ]


def test_warnings_of_the_parts_follow() -> None:
    assert troubles({"loops": [], "warnings": ["rule 7 answers 501"]}, log=LOG) == ["rule 7 answers 501"]


def test_no_running_embedded_aws_has_no_warnings(tmp_path: Path) -> None:
    assert warning_rows(tmp_path) == []


RUNNING = DaemonState(
    pid=1, control_plane_id="x", started_at=0.0, aws_port=2, code_version=code_version(ROOT), control_socket="/s"
)


@pytest.mark.parametrize(
    ("version", "outdated"), [(RUNNING.code_version, False), ("older", True)], ids=["current", "older"]
)
def test_a_running_one_is_asked_and_its_old_code_told(
    version: str, outdated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def ask(*question: object) -> dict[str, Any]:
        asked.append(question)
        return {"loops": [loop("ecs", 1, "ValueError: no")], "warnings": []}

    running = replace(RUNNING, code_version=version)
    monkeypatch.setattr(daemon_health, "state", SimpleNamespace(read=lambda _: running))
    monkeypatch.setattr(daemon_health, "ask", ask)
    rows = warning_rows(Path("state"))
    assert asked == [(Path("/s"), "GET", "/status")]
    assert {label for label, _ in rows} == {"Warning"}
    first, *more = [text for _, text in rows]
    assert first.endswith("last: ValueError: no (state/daemon.log)")
    assert [text.endswith("make deploy restarts it") for text in more] == [True] * outdated


def test_one_that_does_not_answer_is_a_warning_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object) -> None:
        raise ControlError("it is gone")

    monkeypatch.setattr(daemon_health, "state", SimpleNamespace(read=lambda _: RUNNING))
    monkeypatch.setattr(daemon_health, "ask", ask)
    assert warning_rows(Path("state")) == [("Warning", "it is gone")]
