from __future__ import annotations

import pytest

from cli.errors import OptionsError
from rehearse.options import Options, default_order
from rehearse.options import parse as parse_options
from tests.unit.rehearse.shop import SHOP

MIX = {"order": 2, "list": 1}


def parse(arguments: list[str], environ: dict[str, str] | None = None) -> Options:
    return parse_options(arguments, environ or {}, system=SHOP, mix=MIX)


def test_by_default_every_stage_is_walked_upwards_and_downwards() -> None:
    walk = ("placeholder", "whole", "carved", "whole", "placeholder")
    assert parse([]).order == default_order(SHOP) == walk


def test_the_limits_asked_for_by_default() -> None:
    options = parse([])
    assert (options.min_requests, options.hop_limit_seconds, options.recovery_limit_seconds) == (20_000, 30.0, 5.0)
    assert options.faults == ()


def test_faults_come_from_the_environment_or_the_flag() -> None:
    assert parse([], {"FAULTS": "kill, drop,kill"}).faults == ("kill", "drop")
    assert parse(["--faults", "slow"], {"FAULTS": "kill"}).faults == ("slow",)


def test_order_and_mix_as_given() -> None:
    options = parse(["--stages", "whole,carved,whole", "--mix", "order=3,list=1"], {})
    assert options.order == ("whole", "carved", "whole")
    assert options.mix == {"order": 3, "list": 1}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--faults", "flood"], "use kill, slow, throttle, drop"),
        (["--stages", "placeholder,splt"], "'splt' is not a stage"),
        (["--stages", "placeholder,whole,placeholder"], "such as placeholder,whole,carved,whole,placeholder"),
        (["--stages", "placeholder,placeholder"], "Load runs from"),
        (["--stages", "whole,carved,placeholder,carved"], "without a placeholder between"),
        (["--mix", "order"], "such as order=10"),
        (["--mix", "orders=10"], "'orders' is not a kind of visit"),
        (["--mix", "order=0"], "no weight above 0"),
    ],
)
def test_what_cannot_be_rehearsed_is_named_with_what_can(arguments: list[str], hint: str) -> None:
    with pytest.raises(OptionsError, match=hint):
        parse(arguments)


@pytest.mark.parametrize("arguments", [["--rate", "0"], ["--rate", "inf"], ["--hold-seconds", "-1"], ["--nonsense"]])
def test_flags_that_make_no_sense_end_with_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "usage: python -m rehearse" in capsys.readouterr().err


def test_the_kinds_of_visits_are_those_of_the_workload(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([]).mix == MIX
    with pytest.raises(SystemExit):
        parse(["--help"])
    assert "order=2,list=1" in capsys.readouterr().out


def test_new_revisions_are_delivered_unless_there_are_faults_or_nobody_wants_them() -> None:
    assert parse([]).delivers
    assert not parse(["--no-delivery"]).delivers
    assert not parse(["--faults", "kill"]).delivers
