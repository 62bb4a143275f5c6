"""The status table tells where the paths really go."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from cli import status
from cli.history import Deploy, Release
from cli.phases import Canary, Live
from settings.settings import Settings

CANARIES: dict[str, Canary] = {}
SETTINGS = Settings.from_environ({})
OUTPUTS: dict[str, Any] = {"stage": "adopt", "api_url": "http://api", "site_url": "http://site", "cluster_name": "c"}


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Percent that each service gets."""
    found = {"like": 100, "adopt": 100}
    monkeypatch.setattr("cli.status.live.read", lambda *_: Live(stage="adopt", weights=found, canaries=CANARIES))
    monkeypatch.setitem(CANARIES, "like", Canary(image_tag="abc", weight=10))
    monkeypatch.setattr(status, "_services", lambda *_: [])
    monkeypatch.setattr("cli.status.daemon_health.warning_rows", lambda _: [])
    return found


LAST = Deploy(
    number=7,
    began="2026-01-01T12:00:00+00:00",
    by="ann@desk",
    release=Release(stage="adopt", image_tags={}),
    result="undecided",
)


def shown(capsys: pytest.CaptureFixture[str], *, unfinished: bool = False, last: Deploy | None = LAST) -> str:
    status.show(SETTINGS, OUTPUTS, unfinished=unfinished, last=last)
    return capsys.readouterr().out


@pytest.mark.usefixtures("weights")
def test_a_service_that_gets_all_of_its_paths_needs_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Paths of" not in shown(capsys)


def test_a_service_that_shares_its_paths_is_named_with_its_share(
    weights: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    weights["like"] = 30
    del weights["adopt"]
    text = shown(capsys, unfinished=True)
    assert "Paths of like   30 % to it, the rest to the monolith" in text
    assert "Paths of adopt  0 % to it, the rest to the monolith" in text
    assert "the last deploy was cut off or failed; run the same command again to go on" in text


@pytest.mark.usefixtures("weights")
def test_a_canary_at_work_is_named_with_its_share_and_image_and_since_when(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys)
    assert "Canary of like  10 % of its requests to like:abc" in text
    assert "Since           2026-01-01 12:00:00 UTC, release 7 by ann@desk" in text
    assert "Since" not in shown(capsys, last=None)


@pytest.mark.usefixtures("weights")
def test_what_is_undecided_is_told_with_both_ways_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "too few requests came; make deploy goes on, make rollback gives it up"
    assert told in shown(capsys)
    assert told not in shown(capsys, unfinished=True)
    assert told not in shown(capsys, last=replace(LAST, result="returned"))
    monkeypatch.delitem(CANARIES, "like")
    assert told not in shown(capsys), "nothing is shared"


@pytest.mark.usefixtures("weights")
def test_where_nothing_is_shared_nobody_has_to_know_since_when(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(CANARIES, "like")
    assert "Since" not in shown(capsys)
    assert "Since" in shown(capsys, unfinished=True)


@pytest.mark.usefixtures("weights")
def test_who_is_at_work_is_named_in_place_of_a_deploy_that_was_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    status.show(SETTINGS, OUTPUTS, unfinished=True, at_work="make deploy of mysfits-dev (process 7)")
    text = capsys.readouterr().out
    assert "At work" in text
    assert "Unfinished" not in text


@pytest.mark.usefixtures("weights")
def test_the_way_to_the_facade_is_shown_where_it_is_one_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Facade" not in shown(capsys)
    monkeypatch.setitem(OUTPUTS, "facade_url", "http://10.0.0.1:80")
    assert re.search(r"^Facade +http://10.0.0.1:80, for the services in front only$", shown(capsys), re.MULTILINE)
