"""`make status` tells what is wrong with the embedded AWS itself."""

from __future__ import annotations

from pathlib import Path

from cli.daemon_health import troubles, warning_rows

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
