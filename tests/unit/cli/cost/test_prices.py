"""The price table: every price has a unit, a page of AWS, a date and a value in each region."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.cost import prices
from cli.errors import CommandError

Document = dict[str, Any]


@pytest.fixture
def read_changed(tmp_path: Path) -> Callable[[Callable[[Document], None]], prices.PriceTable]:
    """Reads the table after a change to its document."""
    original = json.loads(prices.FILE.read_text(encoding="utf-8"))

    def read(change: Callable[[Document], None]) -> prices.PriceTable:
        document = copy.deepcopy(original)
        change(document["prices"])
        file = tmp_path / "prices.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return prices.read(file)

    return read


def test_each_region_has_every_price() -> None:
    table = prices.read()
    assert {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1"} <= set(table.regions)
    assert all(table.of(region).keys() == table.prices.keys() for region in table.regions)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda found: found["lcu_hour"].pop("noted"), "lcu_hour: has no noted"),
        (lambda found: found["lcu_hour"].update(noted="soon"), "lcu_hour: soon is no date"),
        (lambda found: found["lcu_hour"].pop("source"), "lcu_hour: has no source"),
        (lambda found: found["lcu_hour"].update(source="https://example.com/"), "is no page of AWS"),
        (lambda found: found["lcu_hour"].pop("unit"), "lcu_hour: has no unit"),
        (lambda found: found["lcu_hour"].update(checked=""), "lcu_hour: has no checked"),
        (lambda found: found["lcu_hour"]["usd"].pop("eu-west-1"), "lcu_hour: has no price in eu-west-1"),
        (lambda found: found["lcu_hour"]["usd"].update({"eu-west-1": -1}), "lcu_hour: has no price in eu-west-1"),
        (lambda found: found["lcu_hour"]["usd"].update({"eu-west-9": 1}), "eu-west-9, which is no region"),
    ],
)
def test_a_price_that_lacks_something_is_refused(
    change: Callable[[Document], None],
    problem: str,
    read_changed: Callable[[Callable[[Document], None]], prices.PriceTable],
) -> None:
    with pytest.raises(ValueError, match=problem):
        read_changed(change)


def test_a_region_without_prices_is_named_with_the_nearest_that_has_some() -> None:
    with pytest.raises(CommandError, match=r"Did you mean REGION=eu-west-1\?") as caught:
        prices.read().of("eu-west-3")
    assert caught.value.exit_code == 2


def test_the_days_of_the_prices_are_told(read_changed: Callable[..., prices.PriceTable]) -> None:
    assert read_changed(lambda _: None).noted == "2026-11-30"
    assert read_changed(lambda found: found["log_gb"].update(noted="2027-02-01")).noted == "2026-11-30 to 2027-02-01"
