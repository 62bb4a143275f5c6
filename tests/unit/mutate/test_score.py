"""Which mutants count, and what the tests noticed of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutate.areas import AREAS, UNIT_TESTS, area_of, patterns_of, pytest_paths_of
from mutate.score import Mutant, Score, read_results, scores, untried

MUTATED = """
def x_answer__mutmut_orig(days):
    if days > 2:
        raise ValueError(f"{days} days is too long")
    log.info("counted %s", days)
    return {"days": days}
def x_answer__mutmut_1(days):
    if days >= 2:
        raise ValueError(f"{days} days is too long")
    log.info("counted %s", days)
    return {"days": days}
def x_answer__mutmut_2(days):
    if days > 2:
        raise ValueError(f"XX{days} days is too longXX")
    log.info("counted %s", days)
    return {"days": days}
def x_answer__mutmut_3(days):
    if days > 2:
        raise ValueError(f"{days} days is too long")
    log.info(None, days)
    return {"days": days}
def x_answer__mutmut_4(days):
    if days > 2:
        raise ValueError(f"{days} days is too long")
    log.info("counted %s", days)
    return {"XXdaysXX": days}
"""
RESULTS = """
    cli.answer.x_answer__mutmut_1: survived
    cli.answer.x_answer__mutmut_2: survived
    cli.answer.x_answer__mutmut_3: no tests
    cli.answer.x_answer__mutmut_4: killed
"""


@pytest.fixture
def mutants(tmp_path: Path) -> list[Mutant]:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "answer.py").write_text(MUTATED)
    return read_results(RESULTS, tmp_path)


def test_a_comparison_and_a_key_count_and_the_wording_of_messages_does_not(mutants: list[Mutant]) -> None:
    assert [mutant.is_wording for mutant in mutants] == [False, True, True, False]
    assert scores(mutants) == [Score(area="cli", mutants=2, noticed=1)]


@pytest.mark.parametrize("becomes", ['read_text(encoding="UTF-8")', "read_text(encoding=None)", "read_text()"])
def test_another_name_of_the_same_encoding_does_not_count(tmp_path: Path, becomes: str) -> None:
    (tmp_path / "cli").mkdir()
    original = 'def x_answer__mutmut_orig(path):\n    return path.read_text(encoding="utf-8")\n'
    (tmp_path / "cli" / "answer.py").write_text(f"{original}def x_answer__mutmut_1(path):\n    return path.{becomes}\n")
    (mutant,) = read_results("    cli.answer.x_answer__mutmut_1: survived\n", tmp_path)
    assert mutant.is_wording


def test_shares_can_be_counted_by_file(mutants: list[Mutant]) -> None:
    assert scores(mutants, by=str) == [Score(area="cli/answer.py", mutants=2, noticed=1)]


def test_each_mutant_shows_the_line_that_it_changed(mutants: list[Mutant]) -> None:
    assert mutants[0].change == "if days > 2:  ->  if days >= 2:"


@pytest.mark.parametrize(
    ("status", "noticed"),
    [("killed", True), ("timeout", True), ("survived", False), ("no tests", False), ("skipped", False)],
)
def test_a_mutant_is_noticed_when_a_test_failed_or_hung(tmp_path: Path, status: str, noticed: bool) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "answer.py").write_text(MUTATED)
    (mutant,) = read_results(f"    cli.answer.x_answer__mutmut_1: {status}\n", tmp_path)
    assert mutant.noticed is noticed


def test_a_mutant_that_was_not_tried_does_not_count(tmp_path: Path) -> None:
    assert read_results("    cli.answer.x_answer__mutmut_1: not checked\n", tmp_path) == []


def test_mutants_that_were_to_be_tried_and_were_not_are_counted() -> None:
    results = "".join(f"    cli.answer.x_answer__mutmut_{number}: not checked\n" for number in range(1, 31)) + RESULTS
    assert untried(results, which=["*__mutmut_*5"]) == 3
    assert untried(results, which=[]) == 26
    assert untried(RESULTS, which=[]) == 0


def test_the_goal_is_reached_at_85_percent() -> None:
    assert Score(area="cli", mutants=20, noticed=17).reached
    assert not Score(area="cli", mutants=20, noticed=16).reached
    assert Score(area="cli", mutants=0, noticed=0).percent == 100.0


def test_a_file_belongs_to_its_area_or_to_its_folder() -> None:
    assert area_of("services/mysfits/like_batch.py") == "store"
    assert area_of("embedded/alb/model.py") == "embedded/alb"
    assert area_of("stacks/site.py") == "stacks"


def test_an_area_stands_for_its_globs_and_a_glob_for_itself() -> None:
    assert patterns_of(["cli", "stacks/*.py"]) == [*AREAS["cli"].sources, "stacks/*.py"]


def test_an_area_names_its_tests_and_a_glob_is_tested_by_the_unit_tests() -> None:
    assert pytest_paths_of(["cli", "stacks/*.py"]) == [*UNIT_TESTS]
    assert pytest_paths_of(["embedded/alb", "cli"]) == [*AREAS["embedded/alb"].tests, *UNIT_TESTS]


def test_the_globs_of_an_area_go_into_folders() -> None:
    assert area_of("embedded/alb/api/actions.py") == "embedded/alb"
