"""Rollbacks: what they go back to, what they ask before it, and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.cost import command as cost
from cli.deploy import Deployment
from cli.errors import REFUSED, CommandError
from cli.history import History, Release
from cli.phases import Compare
from cli.progress import Progress
from mysfits.system import SYSTEM
from settings.settings import Settings
from tests.unit.cli.fake_cloud import Cloud, Killed, deploy, settings
from tests.unit.cli.partial_applies import world_at


def test_a_rollback_after_a_killed_deploy_goes_to_what_stood_before_it(cloud: Cloud, tmp_path: Path) -> None:
    cloud.world, cloud.dies_in, cloud.running = world_at("split"), 2, {"monolith": "m1", "like": "l1"}
    with pytest.raises(Killed):
        deploy(tmp_path, cloud, "extracted")
    cloud.dies_in = None
    cloud.published.clear()
    cloud.applies.clear()
    Deployment(settings(tmp_path, "split"), Progress()).rollback()
    assert cloud.world == world_at("split")
    assert dict(cloud.published)["monolith"] == "m1"
    assert dict(cloud.published)["like"] == "l1"


def test_a_rollback_of_a_cut_off_deploy_that_had_gone_back_already_finishes_that(cloud: Cloud, tmp_path: Path) -> None:
    cloud.world, cloud.running = world_at("glue"), {"monolith": "sources-of-monolith"}
    known = History(settings(tmp_path, "glue"))
    known.remember(Release(stage="glue", image_tags=cloud.running), before=None)
    known.conclude("done")
    known.remember(Release(stage="glue", image_tags={"monolith": "r2"}), before=None)
    known.begin()
    Deployment(settings(tmp_path, "glue"), Progress()).rollback()
    assert cloud.world == world_at("glue")
    assert not known.is_unfinished
    assert [deploy.result for deploy in known.deploys()] == ["done", "under way", "done"]


def test_a_rollback_to_what_was_given_up_says_so(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.world, cloud.running = world_at("glue"), {"monolith": "m1"}
    known = History(settings(tmp_path, "glue"))
    known.remember(Release(stage="glue", image_tags={"monolith": "m2"}), before=None)
    known.conclude("returned")
    Deployment(settings(tmp_path, "glue"), Progress()).rollback(1)
    assert "Back to glue with monolith:m2; release 1 was returned, not reached" in capsys.readouterr().err


def test_a_rollback_compares_nothing_because_it_leaves_what_answers_wrongly(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Compare] = []
    monkeypatch.setattr("cli.walk.comparing.compare", lambda _settings, _outputs, phase, **_: compared.append(phase))
    cloud.world, cloud.running = world_at("glue"), {"monolith": "m1"}
    deploy(tmp_path, cloud, "split")
    assert [phase.new.service for phase in compared] == ["like"]
    compared.clear()
    cloud.applies.clear()
    cloud.running = {"monolith": "sources-of-monolith", "like": "sources-of-like"}
    contract = tmp_path / "contract.json"
    contract.write_text("broken")
    unreadable = replace(SYSTEM, contract=str(contract))
    Deployment(replace(settings(tmp_path, "split"), system=unreadable), Progress()).rollback()
    assert cloud.world == world_at("glue")
    assert not compared


def test_a_rollback_to_another_stage_asks_what_that_costs_before_it_applies_anything(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.world, cloud.running = world_at("glue"), {"monolith": "sources-of-monolith"}
    deploy(tmp_path, cloud, "split")
    deploy(tmp_path, cloud, "glue")
    cloud.applies.clear()
    asked: list[str] = []

    def refuse(of: Settings) -> None:
        asked.append(of.stage)
        raise CommandError("Nobody agrees.", exit_code=REFUSED)

    monkeypatch.setattr(cost, "confirm", refuse)
    with pytest.raises(CommandError, match="Nobody agrees"):
        Deployment(settings(tmp_path, "monolith"), Progress()).rollback()
    assert asked == ["split"]
    assert cloud.applies == []
    assert cloud.world == world_at("glue")
