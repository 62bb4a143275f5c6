"""The report on requests that went to the new side too."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli import shadow
from cli.errors import CommandError
from cli.history import History, Release
from services.kit.shadow_counts import MESSAGE
from settings.settings import Settings

BEGAN = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)


def line(**changed: Any) -> dict[str, Any]:
    """A line as the kit writes it."""
    zeros = {"asked": 0, "same": 0, "moved": 0, "different": 0, "failed": {}, "dropped": 0, "leftOut": {}, "alone": 0}
    where = {"message": MESSAGE, "service": "monolith", "route": "GET /books"}
    return {**where, **zeros, "differences": {}, **changed}


class Logs:
    """CloudWatch Logs, a page for each event."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self.groups = groups
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> Logs:
        assert operation == "filter_log_events"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        if asked["logGroupName"] not in self.groups:
            raise self.exceptions.ResourceNotFoundException
        for message in self.groups[asked["logGroupName"]]:
            yield {"events": [{"message": message}]}


Report = Callable[..., Logs]


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings.from_environ({"ENV": "test", "STATE_DIR": str(tmp_path)})


@pytest.fixture
def report(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Report:
    """``report(line, …)`` reports on these lines of the monolith."""

    def run(*lines: dict[str, Any] | str) -> Logs:
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        logs = Logs({"/mysfits/test/monolith": texts})
        monkeypatch.setattr("cli.shadow.aws.client", lambda _settings, _name: logs)
        shadow.report(settings)
        return logs

    return run


def test_all_the_same_is_a_table_and_success(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    report(
        line(asked=2, same=2),
        line(asked=3, same=2, moved=1, dropped=4, leftOut={"a write without Idempotency-Key": 2}),
        line(service="like", route="POST /x", asked=1, same=1, alone=3),
        "no JSON",
        json.dumps(["another"]),
        json.dumps({"message": "Request served.", "path": f"/{MESSAGE}"}),
    )
    table, _, reasons = capsys.readouterr().out.partition("\n\n")
    assert [row.split() for row in table.splitlines()[1:]] == [
        ["like", "POST", "/x", "1", "1", "0", "0", "0", "0", "0", "3"],
        ["monolith", "GET", "/books", "5", "4", "1", "0", "0", "4", "2", "0"],
    ]
    assert reasons.splitlines()[1].endswith("left out: a write without Idempotency-Key  2")


def test_differences_are_named_and_end_with_3(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    one = {"name": {"answers": 1, "old": "a", "new": "b"}}
    with pytest.raises(CommandError) as caught:
        report(
            line(asked=5, same=4, different=1, differences=one),
            line(asked=2, different=2, differences={"name": {"answers": 2, "old": "c", "new": "d"}}),
        )
    assert (caught.value.exit_code, str(caught.value)) == (3, "3 of 7 answers were not the same.")
    out = capsys.readouterr().out
    assert out.splitlines()[-1].split() == ["monolith", "GET", "/books", "name", "3", "a", "b"]


def test_a_new_side_that_did_not_answer_is_not_the_same(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError) as caught:
        report(line(asked=3, same=1, failed={"silence": 2}))
    assert (caught.value.exit_code, str(caught.value)) == (3, "2 of 3 answers were not the same.")
    assert "failed: silence" in capsys.readouterr().out


def test_nothing_at_all_is_said_with_how_to_begin(report: Report) -> None:
    with pytest.raises(CommandError) as caught:
        report("Request served.")
    assert caught.value.exit_code == 4
    assert "has gone to a new side. Run make deploy SHADOW=5" in str(caught.value)


def test_nobody_new_is_no_success(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError) as caught:
        report(line(alone=9))
    assert caught.value.exit_code == 4
    assert str(caught.value).startswith("Nothing was compared: no new side answered")
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "9"


def test_only_lines_since_the_last_deploy_began_are_read(settings: Settings, report: Report) -> None:
    settings.terraform_state.parent.mkdir(parents=True)
    History(settings, now=lambda: BEGAN).remember(Release(stage="split", image_tags={}), before=None)
    logs = report(line(asked=1, same=1))
    assert [asked["logGroupName"] for asked in logs.asked] == [
        f"/mysfits/test/{name}" for name in settings.system.images
    ]
    assert {asked["startTime"] for asked in logs.asked} == {int(BEGAN.timestamp() * 1000)}
    assert {asked["filterPattern"] for asked in logs.asked} == {f'"{MESSAGE}"'}
