"""Comparing in a deployment: whose rules lead to which side, what is told, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import live
from cli.canary import CanaryFailed
from cli.comparing import command
from cli.comparing.contract import Contract
from cli.comparing.exchange import Answer, Exchange, Request
from cli.errors import CommandError
from cli.phases import Canary, Compare, Live, Tasks
from cli.progress import Progress
from mysfits.system import SYSTEM
from settings.settings import Settings
from systems.rules import Side
from tests.unit.cli.serving import serve

LIKE, MONOLITH = Tasks(service="like"), Tasks(service="monolith")
NEW_LIKE = Tasks(service="like", canary=True)
OUTPUTS = {"stage": "split", "api_url": "http://lb", "canary_key_parameter": "/mysfits/dev/canary-key"}
POST = Request(method="POST", path="/mysfits/1/like")
RECORDED = Contract(exchanges=(Exchange(request=POST, answer=Answer(status=200)),))
SPLIT = Live(stage="split", weights={"like": 100}, routes=SYSTEM.monolith_routes(SYSTEM.stage_by_name["split"]))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "contract.json"
    file.write_text(RECORDED.text(), encoding="utf-8")
    found = Settings.from_environ({})
    return replace(found, system=replace(found.system, contract=str(file)))


class Balancer:
    """Answers in the place of both sides, ``wrong`` with 500; ``sent`` has the headers and keys of what was asked."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong
        self.sent: list[tuple[str, str]] = []
        self.closed = 0

    def __call__(self, url: str, header_of: Callable[[Side], Mapping[str, str]], *, key_header: str | None) -> Balancer:
        assert url == "http://lb"
        assert key_header == "Idempotency-Key"
        self._header_of = header_of
        return self

    def ask(self, side: Side, key: str) -> Answer:
        (header,) = self._header_of(side).items()
        assert header[0] == "X-Canary"
        self.sent.append((header[1], key))
        return Answer(status=500 if header[1].startswith(f"{self.wrong}:") else 200)

    def close(self) -> None:
        self.closed += 1


class Parameters:
    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:
        assert (Name, WithDecryption) == ("/mysfits/dev/canary-key", True)
        return {"Parameter": {"Value": "secret"}}


@pytest.fixture
def balancer(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Balancer:
    made = Balancer()
    serve(monkeypatch, settings, Parameters(), "ssm")
    monkeypatch.setattr(command, "_today", lambda: dt.date(2026, 11, 29))

    class Sender:
        def __init__(self, *args: Any, **options: Any) -> None:
            made(*args, **options)

        def __call__(self, request: Request, side: Side, *, key: str) -> Answer:
            assert request == POST
            return made.ask(side, key)

        def close(self) -> None:
            made.close()

    monkeypatch.setattr(command, "Sender", Sender)
    monkeypatch.setattr("cli.comparing.rounds.PAUSE_SECONDS", 0.0)
    return made


def run(settings: Settings, phase: Compare, **outputs: Any) -> tuple[Any, list[str]]:
    said: list[str] = []
    return command.compare(settings, {**OUTPUTS, **outputs}, phase, say=said.append), said


def test_both_sides_are_reached_by_the_header_and_a_write_has_one_key(balancer: Balancer, settings: Settings) -> None:
    found, said = run(settings, Compare(new=LIKE, old=MONOLITH))
    assert [value for value, _ in balancer.sent] == ["old:secret", "new:secret", "old:secret"]
    (key,) = {key for _, key in balancer.sent}
    assert key.startswith("compare-")
    assert not found.different
    assert said == ["  1 of 1 requests are answered the same"]
    assert balancer.closed == 1


def test_a_key_is_the_same_all_day_and_another_for_another_run(
    balancer: Balancer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, Compare(new=LIKE, old=MONOLITH))
    (key,) = {key for _, key in balancer.sent}
    run(settings, Compare(new=LIKE, old=MONOLITH))
    assert {key for _, key in balancer.sent} == {key}
    monkeypatch.setattr(command, "_today", lambda: dt.date(2026, 11, 30))
    run(settings, Compare(new=LIKE, old=MONOLITH))
    assert len({key for _, key in balancer.sent}) == 2
    rehearsed = replace(settings, compare=replace(settings.compare, run="2"))
    serve(monkeypatch, rehearsed, Parameters(), "ssm")
    run(rehearsed, Compare(new=LIKE, old=MONOLITH))
    assert len({key for _, key in balancer.sent}) == 3


def test_where_a_path_comes_back_the_rules_call_the_monolith_old(balancer: Balancer, settings: Settings) -> None:
    run(settings, Compare(new=MONOLITH, old=LIKE))
    assert [value for value, _ in balancer.sent] == ["new:secret", "old:secret", "new:secret"]


@pytest.mark.parametrize(
    ("phase", "wrong"),
    [
        (Compare(new=LIKE, old=MONOLITH), "new"),
        (Compare(new=NEW_LIKE, old=LIKE), "new"),
        (Compare(new=MONOLITH, old=LIKE), "old"),
    ],
    ids=str,
)
def test_a_difference_is_told_with_what_to_do(
    phase: Compare, wrong: str, balancer: Balancer, settings: Settings
) -> None:
    balancer.wrong = wrong
    found, _ = run(settings, phase)
    with pytest.raises(CanaryFailed) as caught:
        command.require_same(settings, phase, found)
    said = str(caught.value)
    assert caught.value.exit_code == 3
    assert "answers 1 of 1 requests otherwise than" in said
    assert "  POST /mysfits/1/like\n    status  200 → 500\n" in said
    assert "COMPARE=off" in said
    assert "contract.json" in said


def test_without_preview_rules_nothing_is_compared_and_a_line_says_so(balancer: Balancer, settings: Settings) -> None:
    found, said = run(settings, Compare(new=LIKE, old=MONOLITH), canary_key_parameter=None)
    assert found is None
    assert not balancer.sent
    (line,) = said
    assert "this deployment was made before" in line


def test_where_nothing_is_known_a_line_says_how_to_learn(
    balancer: Balancer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(settings, system=replace(settings.system, contract=None))
    serve(monkeypatch, bare, Parameters(), "ssm")
    _, said = run(bare, Compare(new=LIKE, old=MONOLITH))
    assert "make record" in said[-1]
    assert not balancer.sent


def test_a_canary_has_its_service_on_the_other_side() -> None:
    now = replace(SPLIT, canaries={"like": Canary(image_tag="2", weight=0)})
    assert command.sides_now(SYSTEM, now, "like") == Compare(new=NEW_LIKE, old=LIKE)
    assert command.sides_now(SYSTEM, SPLIT, "like") == Compare(new=LIKE, old=MONOLITH)


def test_the_same_tasks_and_a_path_that_the_monolith_forgot_are_nothing_to_compare() -> None:
    assert "the same tasks" in str(command.sides_now(SYSTEM, SPLIT, "monolith"))
    strangled = Live(stage="strangled", routes=SYSTEM.monolith_routes(SYSTEM.stage_by_name["strangled"]))
    assert "no longer serves the paths of like" in str(command.sides_now(SYSTEM, strangled, "like"))
    deaf = replace(strangled, routes=None)
    assert isinstance(command.sides_now(SYSTEM, deaf, "like"), Compare)


@pytest.mark.parametrize(("stage", "service"), [("split", "adopt"), ("split", ""), ("placeholder", "monolith")])
def test_a_service_that_does_not_run_is_refused_with_those_that_do(stage: str, service: str) -> None:
    with pytest.raises(CommandError, match=f"SERVICE={service} is no service that runs in stage {stage}") as caught:
        command.sides_now(SYSTEM, replace(SPLIT, stage=stage), service)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("wrong", "exit_code"), [("", 0), ("new", 3)])
def test_alone_it_prints_a_table_and_ends_as_the_answers_are(
    *,
    wrong: str,
    exit_code: int,
    balancer: Balancer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    balancer.wrong = wrong
    monkeypatch.setattr(live, "read", lambda _settings, _stage: SPLIT)
    try:
        command.compare_alone(settings, OUTPUTS, "like", Progress())
        code = 0
    except CommandError as error:
        code = error.exit_code
    assert code == exit_code
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Request", "Status", "Answers", "Fields"]
    assert lines[1].startswith(f"POST /mysfits/1/like  200     {'different' if wrong else 'same'}")


def test_alone_without_preview_rules_it_is_refused(
    balancer: Balancer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "read", lambda _settings, _stage: SPLIT)
    with pytest.raises(CommandError, match="Run make deploy first") as caught:
        command.compare_alone(settings, {**OUTPUTS, "canary_key_parameter": ""}, "like", Progress())
    assert caught.value.exit_code == 2
    assert not balancer.sent


def test_nothing_to_compare_is_a_line_and_no_failure(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "read", lambda _settings, _stage: SPLIT)
    command.compare_alone(settings, OUTPUTS, "monolith", Progress())
    assert "nothing to compare" in capsys.readouterr().err
