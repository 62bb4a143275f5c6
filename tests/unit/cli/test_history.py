"""What was deployed when, and what a rollback goes back to."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from pathlib import Path

import pytest

from cli import releases
from cli.canary import CanaryFailed, CanaryUndecided
from cli.errors import CommandError
from cli.history import History, Release
from cli.lock import only_one
from settings.settings import Settings

FIRST = Release(stage="glue", image_tags={"monolith": "a"})
SECOND = Release(stage="split", image_tags={"monolith": "b", "like": "c"})
THIRD = Release(stage="split", image_tags={"monolith": "b", "like": "d"})
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def settings_in(folder: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(folder)})


def history(folder: Path) -> History:
    return History(settings_in(folder), now=lambda: NOON)


def deployed(folder: Path, *reached: Release) -> History:
    known = history(folder)
    for release in reached:
        known.remember(release, before=None)
        known.conclude("done")
    return known


def walk(
    known: History,
    release: Release,
    *,
    before: Release | None,
    problem: Exception | None = None,
    stands: Release | None = None,
) -> None:
    """A deploy that comes to an end: this problem, or none."""
    known.remember(release, before=before)
    known.begin()
    with contextlib.suppress(CanaryFailed, CanaryUndecided), known.concluding(lambda: stands):
        if problem is not None:
            raise problem


def shown(folder: Path) -> list[str]:
    """Results as ``make releases`` shows them."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        releases.show(settings_in(folder))
    return [line.split("  ")[-1] for line in out.getvalue().splitlines()[1:]]


def test_a_deploy_is_remembered_across_processes(tmp_path: Path) -> None:
    assert history(tmp_path).previous(None) is None
    deployed(tmp_path, FIRST)
    (found,) = history(tmp_path).deploys()
    assert (found.number, found.release, found.result) == (1, FIRST, "done")
    assert found.began == "2026-01-01T12:00:00+00:00"
    assert "@" in found.by


def test_a_rollback_goes_to_the_last_release_that_was_reached_and_is_not_live(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST, SECOND, THIRD)
    assert known.previous(THIRD) == SECOND
    assert known.previous(SECOND) == THIRD, "and back again"
    assert known.previous(Release(stage="adopt", image_tags={})) == THIRD, "what was cut off on the way is no release"


@pytest.mark.parametrize("result", ["returned", "undecided", "failed", "under way"])
def test_what_was_not_reached_is_nothing_to_go_back_to(result: str, tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST, SECOND)
    known.remember(THIRD, before=SECOND)
    known.conclude(result)  # type: ignore[arg-type]
    assert known.previous(SECOND) == FIRST
    assert known.deploys()[-1].result == result


def test_what_the_first_deploy_of_a_record_begins_from_is_a_release_too(tmp_path: Path) -> None:
    known = history(tmp_path)
    known.remember(SECOND, before=FIRST)
    known.conclude("done")
    known.remember(THIRD, before=SECOND)
    assert [(one.number, one.release) for one in known.deploys()] == [(1, FIRST), (2, SECOND), (3, THIRD)]


def test_what_is_left_of_a_release_that_was_given_up_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    known.remember(SECOND, before=FIRST)
    known.conclude("returned")
    known.remember(THIRD, before=SECOND)
    known.conclude("done")
    assert known.previous(THIRD) == FIRST


def test_a_run_concludes_what_it_remembered_itself_and_nothing_else(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    known.conclude("failed")
    assert known.deploys()[-1].result == "done"
    history(tmp_path / "other").conclude("failed")
    known.remember(SECOND, before=FIRST)
    known.begin()
    later = history(tmp_path)
    later.conclude("done")
    assert later.deploys()[-1].result == "under way"


def test_going_back_from_what_was_cut_off_is_a_deploy_and_the_other_stays_cut_off(tmp_path: Path) -> None:
    deployed(tmp_path, FIRST, SECOND)
    killed = history(tmp_path)
    killed.remember(THIRD, before=SECOND)
    killed.begin()
    back = history(tmp_path)
    assert back.previous_to(SECOND) == SECOND, "most of it may be there again"
    walk(back, SECOND, before=SECOND)
    assert shown(tmp_path) == ["done", "done", "cut off", "done, live"]
    assert history(tmp_path).previous_to(SECOND) == FIRST


def test_going_back_from_what_is_undecided_gives_up_that_alone(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST, SECOND)
    walk(known, THIRD, before=SECOND, problem=CanaryUndecided("few"), stands=SECOND)
    assert shown(tmp_path) == ["done", "done, live", "undecided"]
    back = history(tmp_path)
    assert back.previous_to(SECOND) == SECOND
    walk(back, SECOND, before=SECOND)
    assert shown(tmp_path) == ["done", "done", "undecided", "done, live"]
    assert history(tmp_path).previous_to(SECOND) == FIRST, "and then further"


def test_what_was_cut_off_may_be_what_runs_after_the_next_was_given_up(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    known.remember(SECOND, before=FIRST)
    known.begin()
    walk(history(tmp_path), THIRD, before=SECOND, problem=CanaryFailed("worse"), stands=SECOND)
    assert shown(tmp_path) == ["done", "cut off, its tasks run", "returned"]
    assert history(tmp_path).previous_to(SECOND) == FIRST


def test_a_stage_whose_paths_went_back_runs_and_was_not_reached(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    walk(known, SECOND, before=FIRST, problem=CanaryFailed("worse"), stands=SECOND)
    assert shown(tmp_path) == ["done", "returned, its tasks run"]
    again = history(tmp_path)
    assert again.previous_to(SECOND) == FIRST
    walk(again, SECOND, before=SECOND)
    assert shown(tmp_path) == ["done", "returned", "done, live"], "its paths moved, though its tasks were there"


def test_what_is_there_is_not_remembered_again(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    walk(known, SECOND, before=FIRST, problem=CanaryFailed("worse"), stands=FIRST)
    walk(history(tmp_path), FIRST, before=FIRST)
    assert shown(tmp_path) == ["done, live", "returned"]


def test_what_runs_then_need_not_be_known(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    walk(known, SECOND, before=FIRST, problem=CanaryFailed("worse"), stands=None)
    assert shown(tmp_path) == ["done, live", "returned"]


def test_a_release_is_found_by_its_number(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST, SECOND)
    assert known.numbered(1).release == FIRST
    with pytest.raises(CommandError, match=r"There is no release 7; .* \(1 to 2\)") as caught:
        known.numbered(7)
    assert caught.value.exit_code == 2
    with pytest.raises(CommandError, match="none yet"):
        history(tmp_path / "other").numbered(1)


def test_a_hundred_deploys_are_kept(tmp_path: Path) -> None:
    known = deployed(tmp_path, *[Release(stage="split", image_tags={"like": str(number)}) for number in range(103)])
    found = known.deploys()
    assert (len(found), found[0].number, found[-1].number) == (100, 4, 103)


def test_a_run_is_unfinished_until_it_reaches_an_end(tmp_path: Path) -> None:
    first = history(tmp_path)
    first.begin()
    again = history(tmp_path)
    assert again.is_unfinished
    again.end()
    assert not again.is_unfinished


def test_nothing_is_known_after_a_destroy(tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    known.begin()
    known.forget()
    assert known.deploys() == ()
    assert not known.is_unfinished


def test_what_an_earlier_version_wrote_down_is_read(tmp_path: Path) -> None:
    path = settings_in(tmp_path).terraform_state.with_suffix(".previous.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"stage": "glue", "image_tags": {"monolith": "a"}}))
    assert history(tmp_path).previous(SECOND) == FIRST


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[{"stage": "gl',
        '{"a": 1}',
        "[1]",
        '[{"number": 1, "began": "", "by": "", "result": "done", "release": {"stage": 1, "image_tags": {}}}]',
        '[{"number": 1, "began": "", "by": "", "result": "fine", "release": {"stage": "x", "image_tags": {}}}]',
    ],
    ids=["empty", "half", "no list", "no object", "no name", "unknown result"],
)
def test_what_cannot_be_read_is_named_with_a_way_on(text: str, tmp_path: Path) -> None:
    known = deployed(tmp_path, FIRST)
    path = next(tmp_path.rglob("*.releases.json"))
    path.write_text(text)
    with pytest.raises(CommandError) as caught:
        known.previous(None)
    assert str(path) in str(caught.value)
    assert "make deploy STAGE=" in str(caught.value)
    known.remember(SECOND, before=None)
    assert [one.release for one in known.deploys()] == [SECOND], "the next deploy begins a new record"


def test_the_releases_are_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_in(tmp_path)
    assert not releases.show(settings)
    known = history(tmp_path)
    known.remember(SECOND, before=FIRST)
    known.remember(THIRD, before=FIRST)
    known.begin()
    assert releases.show(settings)
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["Began", "(UTC)", "Stage", "Images", "By", "Result"]
    assert rows[0].split() == ["1", "before", "these", "records", "glue", "monolith:a", "done"]
    assert rows[1].startswith("2  2026-01-01 12:00:00   split  monolith:b like:c")
    assert rows[1].endswith("cut off"), "another deploy came after it"
    assert rows[2].endswith("cut off"), "nothing of it runs any more, and it knew no end"
    assert rows[0].endswith("done"), "what is live nobody knows then"
    with only_one(settings, "deploy"):
        releases.show(settings)
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split("  ")[-1] for row in rows[1:]] == ["cut off", "under way"]
    known.end()
    known.conclude("returned")
    releases.show(settings)
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split("  ")[-1] for row in rows] == ["done, live", "cut off", "returned"]
