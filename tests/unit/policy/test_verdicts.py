"""What a check came to: nothing passes that was not looked at."""

from __future__ import annotations

import pytest

from policy.findings import Finding, Result
from policy.sources import audit_problem, audited, left_out_by_linter
from policy.view import CheckView, summary

FINDING = Finding(where="a.py:1", rule="B310", text="opens any URL")
SOUND = {"name": "rich", "version": "15.0.0", "vulns": []}
UNSOUND = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "description": "x"}]}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"}


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (Result(examined="3 files"), "passed"),
        (Result(examined="3 files", exempted=2), "passed"),
        (Result(examined="3 files", not_examined=["one"]), "unknown"),
        (Result(examined="3 files", findings=[FINDING]), "failed"),
        (Result(examined="3 files", findings=[FINDING], not_examined=["one"]), "failed"),
    ],
)
def test_what_could_not_be_looked_at_is_neither_passed_nor_failed(result: Result, verdict: str) -> None:
    assert result.verdict == verdict


def test_packages_are_counted_by_what_was_said_of_each() -> None:
    result = audited({"dependencies": [SOUND, UNSOUND, UNKNOWN]})
    assert result.examined == "2 of 3 packages"
    assert [str(one) for one in result.findings] == ["old 1.0: PYSEC-1: mended in 1.1"]
    assert result.not_examined == [f"ours: {UNKNOWN['skip_reason']}"]


def test_an_audit_that_knows_nothing_does_not_pass() -> None:
    assert audited({"dependencies": [UNKNOWN]}).verdict == "unknown"
    assert audited("no network").verdict == "unknown"


def test_scripts_that_the_linter_of_workflows_left_out_are_told() -> None:
    note = "note: shellcheck was not found, so it did not check 9 shell scripts. install it, or pass --shellcheck="
    assert left_out_by_linter(f"{note}\n") == [note.removeprefix("note: ")]
    assert left_out_by_linter("") == []


def test_a_service_that_does_not_know_the_first_package_is_of_no_use() -> None:
    assert audit_problem({"dependencies": [UNKNOWN]}) == UNKNOWN["skip_reason"]
    assert audit_problem("no network") == "no network"
    assert audit_problem({"dependencies": [SOUND]}) == ""


def test_the_table_has_time_and_verdict_of_what_is_done() -> None:
    now = 10.0
    view = CheckView(["ruff", "mypy"], clock=lambda: now)
    view.begin("ruff")
    now = 12.5
    view.end("ruff", Result(examined="3 files", findings=[FINDING], exempted=1))
    view.begin("mypy")
    assert view.rows() == [("ruff", "failed", "2.5 s", "3 files, 1 found, 1 exempted")]
    assert summary(Result(examined="3 files")) == "3 files"
