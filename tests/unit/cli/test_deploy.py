"""A deploy that is killed in any of its applies and the next one, with a Terraform that models partial applies."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli import lock
from cli.canary import CanaryFailed
from cli.comparing.exchange import Answer, Request
from cli.comparing.fields import Difference
from cli.comparing.rounds import Comparison, Outcome
from cli.comparing.selection import Asked
from cli.deploy import Deployment
from cli.drift import Drift
from cli.errors import CommandError
from cli.events import PhaseEvent, SentWrite
from cli.history import History, Release
from cli.phases import Compare, Watch
from cli.progress import Progress
from mysfits.system import SYSTEM
from settings.settings import Settings
from tests.unit.cli.fake_cloud import Cloud, FakeTerraform, Killed, deploy, settings
from tests.unit.cli.partial_applies import World, world_at


@pytest.mark.parametrize(("start", "goal"), [("monolith", "extracted"), ("extracted", "monolith"), ("split", "glue")])
def test_a_deployer_killed_in_any_apply_is_followed_by_one_that_gets_there(
    start: str, goal: str, cloud: Cloud, tmp_path: Path
) -> None:
    """The moment within the apply is drawn; that every moment is fine, test_cut_off_walks shows."""
    cloud.pick = random.Random(f"{start} {goal}").choice  # noqa: S311 - not for secrets
    cloud.world = world_at(start)
    deploy(tmp_path, cloud, goal)
    count = len(cloud.applies)
    for dies_in in range(count):
        for then in (goal, start):
            folder = tmp_path / f"{dies_in} {then}"
            cloud.world, cloud.dies_in = world_at(start), dies_in
            with pytest.raises(Killed):
                deploy(folder, cloud, goal)
            cloud.dies_in = None
            cut = cloud.world.stage
            assert History(settings(folder, goal)).is_unfinished
            cloud.said_of_import.clear()
            deploy(folder, cloud, then)
            assert cloud.world == world_at(then)
            assert cloud.said_of_import == list(dict.fromkeys([cut, then]))
            assert not History(settings(folder, goal)).is_unfinished


def test_a_deploy_that_changes_nothing_asks_and_applies_nothing(cloud: Cloud, tmp_path: Path) -> None:
    cloud.world = world_at("split")
    cloud.applies.clear()
    cloud.running = {"monolith": "sources-of-monolith", "like": "sources-of-like"}
    deploy(tmp_path, cloud, "split")
    assert cloud.applies == []
    assert History(settings(tmp_path, "split")).deploys() == ()


def test_a_deploy_remembers_what_stood_before_it(cloud: Cloud, tmp_path: Path) -> None:
    cloud.world, cloud.running = world_at("glue"), {"monolith": "m1"}
    deploy(tmp_path, cloud, "split")
    before, after = History(settings(tmp_path, "split")).deploys()
    assert before.release == Release(stage="glue", image_tags={"monolith": "m1"})
    assert after.release.image_tags == {"monolith": "sources-of-monolith", "like": "sources-of-like"}
    assert (before.result, after.result) == ("done", "done")


def test_what_was_changed_by_hand_is_said_before_it_is_changed(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.world = world_at("split")
    monkeypatch.setattr("cli.deploy.drift.find", lambda _: [Drift(what="weights of x", recorded="1", live="2")])
    deploy(tmp_path, cloud, "split")
    err = capsys.readouterr().err
    assert "Changed by hand since the last deploy" in err
    assert "weights of x: the last deploy left 1, live is 2" in err
    assert err.index("weights of x") < err.index("Apply split")


def test_a_canary_that_fails_gives_back_its_share_and_leaves_the_others(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watcher:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def watch(self, watch: Watch) -> None:
            if (watch.new.service, watch.weight) == ("adopt", 50):
                raise CanaryFailed("worse")

    monkeypatch.setattr("cli.walk.Watcher", Watcher)
    monkeypatch.setattr("cli.walk.TargetMetrics", lambda _: None)
    whole = world_at("extracted")
    services = {name: type(one)(weight=0, mode=one.mode) for name, one in whole.services}
    both = frozenset(SYSTEM.monolith_routes(SYSTEM.stage_by_name["adopt"])) | {"like", "adopt"}
    cloud.world = World(stage="extracted", routes=both, services=tuple(services.items()))
    with pytest.raises(CanaryFailed):
        deploy(tmp_path, cloud, "extracted", CANARY="10,50")
    assert {name: one.weight for name, one in cloud.world.services} == {"like": 50, "adopt": 0}
    assert cloud.world.routes == both
    history = History(settings(tmp_path, "extracted"))
    assert not history.is_unfinished, "all is as the watch left it, and nothing has to be looked for"
    assert history.deploys()[-1].result == "returned"


def test_what_was_found_is_told_although_the_way_back_is_cut_off(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(stage: str, variables: Mapping[str, str]) -> None:
        raise CommandError(f"apply of {stage} failed with {variables['like_weight']}")

    class Watcher:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def watch(self, _: Watch) -> None:
            monkeypatch.setattr(cloud, "apply", refuse)
            raise CanaryFailed("worse", then="All is as it was.")

    monkeypatch.setattr("cli.walk.Watcher", Watcher)
    monkeypatch.setattr("cli.walk.TargetMetrics", lambda _: None)
    cloud.world = world_at("glue")
    with pytest.raises(CommandError) as told:
        deploy(tmp_path, cloud, "split", CANARY="10,50", COMPARE="off")
    assert str(told.value) == "worse\nThe way back was cut off: apply of split failed with 0"
    assert told.value.exit_code == 1
    history = History(settings(tmp_path, "split"))
    assert history.is_unfinished
    assert history.deploys()[-1].result == "failed"


def test_a_service_that_answers_otherwise_gets_no_share_of_its_path(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = SentWrite(key="k", method="POST", path="/", body="", acknowledged=True)
    outcome = Outcome(
        asked=Asked(request=Request(method="POST", path="/")),
        key=write.key,
        old=Answer(status=200),
        acknowledged=True,
        differences=(Difference(path=("status",), old=200, new=500),),
    )
    compared: list[Compare] = []

    def compare(_settings: Settings, outputs: Mapping[str, Any], phase: Compare, **_: Any) -> Comparison:
        assert outputs["stage"] == "split"
        compared.append(phase)
        return Comparison(outcomes=(outcome,))

    monkeypatch.setattr("cli.walk.comparing.compare", compare)
    cloud.world, file = world_at("glue"), tmp_path / "events"
    with pytest.raises(CanaryFailed, match=r"1 of 1 requests otherwise than monolith\.\nNo visitor's request"):
        deploy(tmp_path, cloud, "split", EVENTS_FILE=str(file))
    assert capsys.readouterr().err.count("status  200 → 500") == 1
    assert [str(phase) for phase in compared] == ["compare answers of like with those of monolith"]
    assert [dict(phase.weights) for phase in cloud.applies] == [{"like": 0}]
    assert History(settings(tmp_path, "split")).deploys()[-1].result == "returned"
    end = PhaseEvent.parse(file.read_text(encoding="utf-8").splitlines()[-1])
    assert (end.kind, end.ok, [SentWrite(**one) for one in end.writes]) == ("compare", False, [write])
    deploy(tmp_path, cloud, "split", COMPARE="off")
    assert cloud.world == world_at("split")


def test_a_contract_that_cannot_be_read_is_told_before_anything_changes(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Settings) -> None:
        raise CommandError("no contract", exit_code=2)

    monkeypatch.setattr("cli.comparing.command.read_contract", broken)
    cloud.world = world_at("glue")
    with pytest.raises(CommandError, match="no contract"):
        deploy(tmp_path, cloud, "split")
    assert not cloud.applies
    deploy(tmp_path, cloud, "split", COMPARE="off")


@pytest.mark.usefixtures("cloud")
def test_without_a_deployment_the_way_to_one_is_said(tmp_path: Path) -> None:
    one = Deployment(settings(tmp_path, "split", ENV="blue"), Progress())
    for command in (one.report, one.outputs):
        with pytest.raises(
            CommandError, match="Nothing is deployed as mysfits-blue with TARGET=local; run make deploy"
        ):
            command()
    with pytest.raises(CommandError, match="No deploy of mysfits-blue is known to go back from"):
        one.rollback()
    known = History(settings(tmp_path, "split", ENV="blue"))
    known.remember(Release(stage="glue", image_tags={}), before=None)
    known.conclude("done")
    with pytest.raises(CommandError, match="Nothing is deployed"):
        one.rollback()


def test_a_first_deploy_that_was_cut_off_is_named_where_nothing_serves_yet(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeTerraform, "outputs", lambda _: {"stage": "placeholder", "services": {}})
    with pytest.raises(CommandError, match=r"The first deploy of mysfits-dev was cut off .* run make deploy to finish"):
        Deployment(settings(tmp_path, "split"), Progress()).report()
    with (
        lock.only_one(settings(tmp_path, "split"), "deploy"),
        pytest.raises(CommandError, match=r"mysfits-dev serves: make deploy of .*, since .* is at work; wait"),
    ):
        Deployment(settings(tmp_path, "split"), Progress()).outputs()
    assert not cloud.applies


def test_the_report_says_that_the_last_deploy_did_not_reach_its_end(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(tmp_path, cloud, "monolith")
    assert "Unfinished" not in capsys.readouterr().out
    History(settings(tmp_path, "monolith")).begin()
    Deployment(settings(tmp_path, "monolith"), Progress()).report()
    assert "the last deploy was cut off or failed; run the same command again to go on" in capsys.readouterr().out


def test_a_deploy_writes_its_phases_as_events(cloud: Cloud, tmp_path: Path) -> None:
    cloud.world, file = world_at("glue"), tmp_path / "events"
    deploy(tmp_path, cloud, "split", EVENTS_FILE=str(file))
    events = [PhaseEvent.parse(line) for line in file.read_text(encoding="utf-8").splitlines()]
    applied = [(event.stage, dict(event.weights)) for event in events if (event.event, event.kind) == ("end", "apply")]
    assert applied == [(phase.stage, dict(phase.weights)) for phase in cloud.applies]
    assert {event.kind for event in events} == {"publish", "seed", "apply", "compare"}


def test_a_broken_events_file_breaks_no_deploy(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.world = world_at("glue")
    deploy(tmp_path, cloud, "split", EVENTS_FILE=str(tmp_path))
    assert cloud.world == world_at("split")
    assert capsys.readouterr().err.count("going on without events") == 1
