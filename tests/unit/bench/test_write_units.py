"""What a like costs on DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from bench.cost import text
from bench.write_units import exactly_once_units, group_of, item_bytes, plain_units
from services.mysfits.like_batch import MOST_LIKES

SMALL: dict[str, dict[str, Any]] = {"MysfitId": {"S": "a"}, "Likes": {"N": "5"}, "Adopted": {"BOOL": False}}
LARGE = {**SMALL, "Description": {"S": "x" * 1100}}


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert item_bytes(SMALL) == len("MysfitId") + 1 + len("Likes") + 2 + len("Adopted") + 1


@pytest.mark.parametrize(("group", "units"), [(1, 4.0), (2, 3.0), (10, 2.2), (99, 2 + 2 / 99)])
def test_a_row_and_a_share_of_the_counter_count_twice_in_a_transaction(group: int, units: float) -> None:
    assert exactly_once_units(SMALL, group=group) == pytest.approx(units)


def test_an_update_is_billed_by_the_whole_item() -> None:
    assert (plain_units(SMALL), plain_units(LARGE)) == (1.0, 2.0)
    assert exactly_once_units(LARGE, group=1) == 6.0


@pytest.mark.parametrize(("rate", "group"), [(1, 1.0), (32, 1.0), (1000, 10.0), (1_000_000, float(MOST_LIKES))])
def test_a_group_is_what_comes_to_a_task_while_it_commits(rate: float, group: float) -> None:
    assert group_of(rate, commit_seconds=0.02, tasks=2) == group


def test_the_report_has_a_row_for_each_rate() -> None:
    rows = [line.split("|")[1].strip() for line in text().splitlines() if line.startswith("| ")]
    assert rows == ["Likes a second", "1", "32", "1,000"]
