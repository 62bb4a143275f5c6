"""The question before a deploy that costs money: who is asked, and what is no yes."""

from __future__ import annotations

import io
from typing import Any

import pytest

from cli.cost import command
from cli.cost.estimate import RequestMix, Row
from cli.cost.report import Comparison, Report
from cli.errors import CommandError
from settings.settings import Settings


class Terminal(io.StringIO):
    """Standard input of a person."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE", raising=False)


def estimated(monkeypatch: pytest.MonkeyPatch, *, cents: int = 9657, deployed: tuple[str, int] | None = None) -> None:
    """The stage costs ``cents``; ``deployed`` is the stage that stands, and what that one costs."""
    found = Report(
        heading="",
        fixed=(Row(key="tasks", title="", amount="", cents=cents),),
        per_million=(),
        mix=RequestMix(writing=0, through_facade=0),
        write_units=1,
        yardstick=None,
        deployed=Comparison(title=f"stage {deployed[0]}, which is deployed", cents=deployed[1]) if deployed else None,
        without_nat=None,
        unpriced=(),
    )
    monkeypatch.setattr(command, "report", lambda _: found)
    monkeypatch.setattr(command, "deployed_stage", lambda _: deployed[0] if deployed else None)


def confirm(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None = None, **variables: str) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    command.confirm(Settings.from_environ({"TARGET": "aws", "STAGE": "split", **variables}))


def refusal(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None, **variables: str) -> str:
    with pytest.raises(CommandError) as caught:
        confirm(monkeypatch, stdin, **variables)
    assert caught.value.exit_code == 2
    assert "nothing was changed" in str(caught.value)
    return str(caught.value)


def test_this_machine_costs_nothing_and_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "report", _never)
    confirm(monkeypatch, TARGET="local")
    assert capsys.readouterr() == ("", "")


def _never(*_: Any) -> None:
    raise AssertionError("nothing is to be estimated")


def test_without_a_terminal_nothing_is_deployed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estimated(monkeypatch)
    for stdin in (io.StringIO("yes\n"), None):
        assert "FORCE=cost" in refusal(monkeypatch, stdin)
        assert "96.57 USD a month" in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "y\n", "dev\n"])
def test_only_yes_is_a_yes(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    estimated(monkeypatch)
    refusal(monkeypatch, Terminal(answer))


@pytest.mark.parametrize("answer", ["yes\n", " YES \n"])
def test_with_a_yes_it_goes_on(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    estimated(monkeypatch)
    confirm(monkeypatch, Terminal(answer))


@pytest.mark.parametrize("force", ["1", "cost"])
def test_force_says_the_figure_and_asks_nobody(
    force: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estimated(monkeypatch, deployed=("glue", 7855))
    monkeypatch.setenv("FORCE", force)
    confirm(monkeypatch)
    text = capsys.readouterr().err
    assert "96.57 USD a month" in text
    assert "+18.02 USD against stage glue" in text


def test_the_stage_that_stands_for_the_same_money_is_no_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estimated(monkeypatch, deployed=("split", 9657))
    confirm(monkeypatch)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("deployed", [("split", 9656), ("strangled", 9657)])
def test_other_money_or_another_stage_is_a_question(deployed: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    estimated(monkeypatch, deployed=deployed)
    refusal(monkeypatch, None)


def test_a_region_without_prices_is_deployed_all_the_same_if_somebody_agrees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "report", _never)
    refusal(monkeypatch, None, REGION="ap-south-1")
    confirm(monkeypatch, Terminal("yes\n"), REGION="ap-south-1")
    assert "is not known" in capsys.readouterr().err
