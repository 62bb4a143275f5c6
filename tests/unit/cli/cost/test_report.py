"""What ``make cost`` prints: each figure in its place, and no line about what there is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.cost.estimate import RequestMix, Row
from cli.cost.report import HALVING, Comparison, Report, difference, usd

REPORT = Report(
    heading="Shop, stage split",
    fixed=(
        Row(key="tasks", title="Tasks", amount="3 of them", cents=100_000),
        Row(key="nat", title="NAT gateways", amount="1", cents=300_000),
    ),
    per_million=(
        Row(key="lcu", title="Capacity", amount="11.1", cents=25),
        Row(key="out", title="Answers", amount="3 GB", cents=75),
    ),
    mix=RequestMix(writing=0.35, through_facade=0.25),
    write_units=4,
    yardstick=None,
    deployed=None,
    without_nat=None,
    unpriced=(),
)


def lines(report: Report, capsys: pytest.CaptureFixture[str]) -> list[str]:
    report.show()
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_money_has_two_places_and_a_change_its_sign() -> None:
    assert [usd(cents) for cents in (0, 5, 109_627)] == ["0.00", "0.05", "1,096.27"]
    changes = [difference(new, 100_000) for new in (100_901, 99_099, 100_000, 300_000)]
    assert changes == ["+9.01", "-9.01", "±0.00", "+2,000.00"]


def test_both_tables_have_amounts_shares_and_totals(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(REPORT, capsys)
    assert found[0] == "Shop, stage split"
    for line in (
        "Fixed USD a month Share",
        "Tasks 3 of them 1,000.00 25 %",
        "NAT gateways 1 3,000.00 75 %",
        "Total 4,000.00",
        "With traffic USD a million requests Share",
        "Capacity 11.1 0.25 25 %",
        "Answers 3 GB 0.75 75 %",
        "Total 1.00",
    ):
        assert line in found


def test_what_costs_most_is_named_with_what_would_halve_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(REPORT, capsys)
    assert "Costs most: NAT gateways, 3,000.00 USD, 75 %." in found
    assert f"Would halve that: {HALVING['nat']}." in found


def test_the_assumptions_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(lines(REPORT, capsys))
    assert "35 % of the requests write, 4 write units each" in told
    assert "25 % pass a load balancer twice" in told


def test_without_anything_to_compare_with_nothing_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(lines(REPORT, capsys))
    for word in ("Compared", "would cost", "Not priced"):
        assert word not in told
    assert REPORT.share_percent is None


def test_each_comparison_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = replace(
        REPORT,
        yardstick=Comparison(title="the workshop's layout", cents=600_000),
        deployed=Comparison(title="stage glue, which is deployed", cents=410_000),
        without_nat=Comparison(title="no NAT gateway", cents=150_000),
        unpriced=("aws_a", "aws_b"),
    )
    found = lines(report, capsys)
    assert report.share_percent == 67
    assert "Compared with the workshop's layout, 6,000.00 USD: 67 % of it." in found
    assert "Compared with stage glue, which is deployed, 4,100.00 USD: -100.00 USD a month." in found
    assert "No NAT gateway would cost 1,500.00 USD a month: -2,500.00." in found
    assert [line.rpartition(": ")[2] for line in found if line.startswith("Not priced")] == ["aws_a.", "aws_b."]


def test_what_costs_nothing_has_no_share(capsys: pytest.CaptureFixture[str]) -> None:
    free = tuple(replace(row, cents=0) for row in REPORT.fixed)
    assert "Tasks 3 of them 0.00 –" in lines(replace(REPORT, fixed=free), capsys)
