"""A walk on which every request also goes to the new side: compared, reported, and each like counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import Deployed, run_make
from tests.local.visits import Visits, likes_of_evangeline
from tests.support import wait_for

LIKES = "POST /mysfits/{mysfit_id}/like"


@pytest.fixture(autouse=True)
def back_in_split(deployment: Deployed) -> Iterator[None]:
    yield
    deployment.make("deploy")


def test_a_path_that_moves_is_compared_on_its_way_and_no_like_counts_twice(deployment: Deployed) -> None:
    canary = replace(deployment.settings.canary, steps=(50,))
    settings = replace(deployment.settings, shadow_percent=100, canary=canary)
    run_make(replace(settings, stage="glue"), "deploy")
    before = likes_of_evangeline(deployment.api)
    nothing_yet = run_make(settings, "shadow", check=False)
    assert "has gone to a new side" in nothing_yet.stderr or "Nothing was compared" in nothing_yet.stderr
    with Visits(deployment.api) as visits:
        run_make(settings, "deploy")
    assert not visits.failures
    assert likes_of_evangeline(deployment.api) - before == visits.likes > 100

    def compared() -> list[str] | None:
        """Counts of the monolith's likes, once the last line of them is there."""
        report = run_make(settings, "shadow", check=False)
        rows = [line.split() for line in report.stdout.splitlines() if f"monolith  {LIKES}" in line]
        return rows[0][3:] if rows and "were not the same" not in report.stderr else None

    asked, same, moved, different, failed, *_ = wait_for(compared, what="all answers are the same")
    assert int(asked) > 20
    assert (same, moved, different, failed) == (asked, "0", "0", "0")
    assert "no changes" in run_make(settings, "plan").stdout
