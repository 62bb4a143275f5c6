from __future__ import annotations

import pytest

from rehearse.options import OptionsError, default_order, parse
from stacks.stages import STAGES

MIX = {"like": 2, "list": 1}


def test_by_default_every_stage_is_walked_upwards_and_downwards() -> None:
    names = tuple(STAGES)
    assert parse([], {}, mix=MIX).order == default_order() == (*names, *names[-2::-1])


def test_the_limits_asked_for_by_default() -> None:
    options = parse([], {}, mix=MIX)
    assert (options.min_requests, options.hop_limit_seconds, options.recovery_limit_seconds) == (20_000, 30.0, 5.0)
    assert options.faults == ()


def test_faults_come_from_the_environment_or_the_flag() -> None:
    assert parse([], {"FAULTS": "kill, drop,kill"}, mix=MIX).faults == ("kill", "drop")
    assert parse(["--faults", "slow"], {"FAULTS": "kill"}, mix=MIX).faults == ("slow",)


def test_order_and_mix_as_given() -> None:
    options = parse(["--stages", "monolith,glue,monolith", "--mix", "like=3,list=1"], {}, mix=MIX)
    assert options.order == ("monolith", "glue", "monolith")
    assert options.mix == {"like": 3, "list": 1}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--faults", "flood"], "use kill, slow, throttle, drop"),
        (["--stages", "placeholder,splt"], "'splt' is not a stage"),
        (["--stages", "placeholder,monolith,placeholder"], "Load runs from"),
        (["--stages", "placeholder,placeholder"], "Load runs from"),
        (["--stages", "monolith,glue,placeholder,glue"], "without a placeholder between"),
        (["--mix", "like"], "such as like=10"),
        (["--mix", "likes=10"], "'likes' is not a kind of visit"),
        (["--mix", "like=0"], "no weight above 0"),
    ],
)
def test_what_cannot_be_rehearsed_is_named_with_what_can(arguments: list[str], hint: str) -> None:
    with pytest.raises(OptionsError, match=hint):
        parse(arguments, {}, mix=MIX)


@pytest.mark.parametrize("arguments", [["--rate", "0"], ["--rate", "inf"], ["--hold-seconds", "-1"], ["--nonsense"]])
def test_flags_that_make_no_sense_end_with_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments, {}, mix=MIX)
    assert ended.value.code == 2
    assert "usage: python -m rehearse" in capsys.readouterr().err


def test_the_kinds_of_visits_are_those_of_the_workload(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([], {}, mix=MIX).mix == MIX
    with pytest.raises(SystemExit):
        parse(["--help"], {}, mix=MIX)
    assert "like=2,list=1" in capsys.readouterr().out
