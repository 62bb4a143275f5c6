"""Obeying one phase: with which Terraform variables, and what becomes of a trial that fails."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest

from cli import live, rollouts, walk
from cli.canary import CanaryFailed
from cli.comparing import command as comparing
from cli.errors import CommandError
from cli.phases import Apply, Compare, Phase, Publish, Seed, Tasks, Watch
from cli.progress import Progress
from cli.rollouts import RevisionNotKept
from cli.walk import Walk
from settings.settings import Settings
from systems.facade_way import FacadeWay

TAGS = {"monolith": "m2", "like": "l2", "adopt": "a2"}
BACK = Apply(stage="split", weights={"like": 0}, why="back")
LIKE, MONOLITH = Tasks(service="like"), Tasks(service="monolith")


class World:
    """Terraform, images, tables, rollouts and metrics of one run, and what was done, in order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.did: list[tuple[Any, ...]] = []
        self.fails: dict[str, Exception] = {}
        self.is_empty = False

    def note(self, what: str, *more: Any) -> None:
        self.did.append((what, *more))
        if what in self.fails:
            raise self.fails.pop(what)

    def keep(self, settings: Settings) -> None:
        assert settings is self.settings

    # Terraform

    def synthesise(self, stage: str, *, facade_way: FacadeWay | None) -> None:
        self.note("synthesise", stage, facade_way)

    def apply(self, variables: Mapping[str, str], *, refresh: bool) -> None:
        self.note("apply", dict(variables), refresh)

    def plan_is_empty(self, variables: Mapping[str, str]) -> bool:
        self.note("plan", dict(variables))
        return self.is_empty

    def outputs(self) -> dict[str, str]:
        return {"stage": "split"}

    def walk(self, *, expects_nothing: bool = False) -> Walk:
        terraform: Any = self
        return Walk(self.settings, Progress(), terraform, image_tags=TAGS, expects_nothing=expects_nothing)

    def obey(self, *phases: Phase, expects_nothing: bool = False) -> list[str]:
        self.walk(expects_nothing=expects_nothing).obey(phases)
        return [str(one[0]) for one in self.did]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Settings.from_environ({"STAGE": "split"}))

    class Watcher:
        def __init__(self, settings: Settings, *, say: Any, metrics: Any) -> None:
            made.keep(settings)
            assert callable(say)
            assert metrics == "metrics"

        def watch(self, phase: Watch) -> None:
            made.note("watch", phase.weight)

    def metrics(settings: Settings) -> str:
        made.keep(settings)
        return "metrics"

    def publish(settings: Settings, service: str, tag: str, *, say: Any) -> bool:
        made.keep(settings)
        assert callable(say)
        made.note("publish", service, tag)
        return service == "like"

    def seed(settings: Settings, outputs: Mapping[str, Any]) -> dict[str, int]:
        made.keep(settings)
        made.note("seed", dict(outputs))
        return {"shop-table": 12}

    def wait(settings: Settings, *, say: Any) -> None:
        made.keep(settings)
        assert callable(say)
        made.note("wait")

    def require(settings: Settings, outputs: Mapping[str, Any]) -> None:
        made.keep(settings)
        made.note("require", dict(outputs))

    def compare(settings: Settings, outputs: Mapping[str, Any], phase: Compare, *, say: Any) -> None:
        made.keep(settings)
        assert callable(say)
        made.note("compare", dict(outputs), phase.new)

    monkeypatch.setattr("cli.walk.live.desired_counts", lambda _: {"like": 2})
    monkeypatch.setattr(walk, "Watcher", Watcher)
    monkeypatch.setattr(walk, "TargetMetrics", metrics)
    monkeypatch.setattr("cli.walk.images.publish", publish)
    monkeypatch.setattr("cli.walk.seed.seed", seed)
    monkeypatch.setattr(rollouts, "wait_for_rollouts", wait)
    monkeypatch.setattr(rollouts, "require_asked_revisions", require)
    monkeypatch.setattr(comparing, "compare", compare)
    return made


def test_what_an_image_and_the_tables_lacked_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.obey(Publish(service="like"), Publish(service="monolith"), Seed())
    assert world.did == [("publish", "like", "l2"), ("publish", "monolith", "m2"), ("seed", {"stage": "split"})]
    told = capsys.readouterr().err
    assert "Published like:l2" in told
    assert "Published monolith" not in told
    assert "Seeded 12 items into shop-table" in told


def test_an_apply_is_followed_to_its_end_and_only_the_first_one_looks_at_aws_again(world: World) -> None:
    phase = Apply(stage="split", why="all of it")
    once = ["synthesise", "apply", "wait", "require"]
    assert world.obey(phase, phase) == once * 2
    assert [one[2] for one in world.did if one[0] == "apply"] == [True, False]


@pytest.mark.parametrize(
    ("reason", "there", "did"),
    [
        ("api error InvalidSubnet.Conflict: conflicts", 1, ["apply", "take over", "apply"]),
        ("EntityAlreadyExists: Role with name x already exists.", 2, ["apply", "take over", "apply"]),
        ("ResourceInUseException: Table already exists", 0, ["apply", "take over"]),
        ("api error AccessDenied: no", 1, ["apply"]),
    ],
    ids=["made twice", "two of them", "not there", "another reason"],
)
def test_what_a_call_made_whose_answer_was_lost_is_taken_over(
    world: World, monkeypatch: pytest.MonkeyPatch, reason: str, there: int, did: list[str]
) -> None:
    def take_over(settings: Settings, terraform: object, variables: Mapping[str, str], *, say: Any) -> int:
        assert (settings, terraform) == (world.settings, world)
        assert callable(say)
        assert variables["like_image_tag"] == "l2"
        world.note("take over")
        return there

    monkeypatch.setattr("cli.walk.recover.import_leftovers", take_over)
    world.fails["apply"] = CommandError(f"terraform apply failed with exit code 1:\nError: {reason}")
    with contextlib.nullcontext() if did.count("apply") == 2 else pytest.raises(CommandError, match=reason):
        world.obey(Apply(stage="split", why="all of it"))
    assert [one[0] for one in world.did if one[0] in {"apply", "take over"}] == did
    assert all(one[2] for one in world.did if one[0] == "apply"), "the second one looks at AWS again"


def test_an_apply_may_ask_for_another_way_to_the_facade_than_the_settings(world: World) -> None:
    world.obey(Apply(stage="split", why="", facade_way=FacadeWay.READY), Apply(stage="split", why=""))
    assert [one[1:] for one in world.did if one[0] == "synthesise"] == [("split", FacadeWay.READY), ("split", None)]


@pytest.mark.parametrize(("is_empty", "rest"), [(True, []), (False, ["apply", "wait", "require"])])
def test_where_nothing_should_change_it_is_asked_first(world: World, is_empty: bool, rest: list[str]) -> None:
    world.is_empty = is_empty
    assert world.obey(Apply(stage="split", why=""), expects_nothing=True) == ["synthesise", "plan", *rest]


def variables(world: World, **phase: Any) -> dict[str, str]:
    return world.walk().variables(Apply(**{"stage": "split", "why": "", **phase}))


def test_images_are_those_of_what_runs_in_the_stage(world: World) -> None:
    assert variables(world) == {"monolith_image_tag": "m2", "like_image_tag": "l2"}
    assert variables(world, stage="glue") == {"monolith_image_tag": "m2"}
    assert variables(world, image_tags={"like": "l1", "adopt": "a1"})["like_image_tag"] == "l1"


def test_weights_routes_and_canaries_are_told(world: World) -> None:
    desired = world.settings.system.images["like"].desired_count
    found = variables(world, weights={"like": 30}, routes=("like", "adopt"), canaries={"like": 10})
    assert found["like_weight"] == "30"
    assert found["monolith_routes"] == "like,adopt"
    assert (found["like_canary_tasks"], found["like_canary_weight"]) == (str(desired), "10")
    assert variables(world, routes=())["monolith_routes"] == ""
    assert "monolith_routes" not in variables(world)


def test_who_is_held_keeps_the_revision_that_it_runs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def running(settings: Settings, service: str) -> str:
        world.keep(settings)
        return f"arn:{service}:7"

    monkeypatch.setattr(live, "task_definition_of", running)
    assert variables(world, held=("like",))["like_held_revision"] == "arn:like:7"


@pytest.mark.parametrize(("sticky", "shares", "expected"), [("1", True, "3600"), ("1", False, None), ("", True, None)])
def test_visitors_stay_with_who_answered_while_requests_are_shared_and_if_asked(
    sticky: str, shares: bool, expected: str | None
) -> None:
    world = World(Settings.from_environ({"CANARY_STICKY": sticky}))
    assert variables(world, weights={"like": 50 if shares else 100}).get("sticky_seconds") == expected


def test_a_revision_that_ecs_takes_back_is_given_up_where_there_is_a_way_back(world: World) -> None:
    world.fails = {"require": RevisionNotKept("ECS took it back")}
    with pytest.raises(CanaryFailed, match="ECS took it back"):
        world.obey(Apply(stage="split", why="new", back=(BACK,)), Publish(service="like"))
    assert [one[1]["like_weight"] for one in world.did if one[0] == "apply" and "like_weight" in one[1]] == ["0"]
    assert "publish" not in [one[0] for one in world.did]


def test_without_a_way_back_it_is_told_as_it_is(world: World) -> None:
    world.fails = {"require": RevisionNotKept("ECS took it back")}
    with pytest.raises(RevisionNotKept):
        world.obey(Apply(stage="split", why="new"))
    assert [one[0] for one in world.did].count("apply") == 1


@pytest.mark.parametrize(
    ("fails", "phase"),
    [
        ("watch", Watch(new=LIKE, old=MONOLITH, weight=10, back=(BACK,))),
        ("compare", Compare(new=LIKE, old=MONOLITH, back=(BACK,))),
    ],
)
def test_a_trial_that_fails_goes_back_before_it_is_told(
    world: World, fails: str, phase: Watch | Compare, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fails = {fails: CanaryFailed("worse by far", then="all is as before")}
    with pytest.raises(CanaryFailed, match="all is as before"):
        world.obey(phase)
    assert [one[0] for one in world.did] == [fails, "synthesise", "apply", "wait", "require"]
    assert "worse by far" in capsys.readouterr().err


def test_a_way_back_that_is_cut_off_tells_both(world: World) -> None:
    world.fails = {"watch": CanaryFailed("worse by far"), "apply": CommandError("AWS does not answer")}
    with pytest.raises(CommandError) as caught:
        world.obey(Watch(new=LIKE, old=MONOLITH, weight=10, back=(BACK,)))
    assert not isinstance(caught.value, CanaryFailed)
    assert str(caught.value) == "worse by far\nThe way back was cut off: AWS does not answer"
