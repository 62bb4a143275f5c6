"""A command finds the ports that its environment has, without being told them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import local
from embedded import port_claims
from embedded.port_claims import Claims, Environment
from settings.settings import SettingsError
from tests.support import say_it_runs

BOTH = Claims(
    aws_port=4999,
    region="eu-west-1",
    environments={
        "mysfits-dev": Environment(alb_port=7001, site_port=7002, load_balancer="mysfits-dev"),
        "dev-2": Environment(alb_port=7003, site_port=7004),  # of an earlier version
        "other-new": Environment(alb_port=7005, site_port=7006, load_balancer="other-new"),
    },
)


def ports(state_dir: Path, **environ: str) -> tuple[int, int, int]:
    settings = local.settings_of({"STATE_DIR": str(state_dir), **environ})
    return settings.alb_port, settings.aws_port, settings.site_port


def test_an_unknown_environment_has_the_default_ports_and_the_apis_own(tmp_path: Path) -> None:
    assert ports(tmp_path) == (8080, 4566, 8081)
    port_claims.write(tmp_path, BOTH)
    assert ports(tmp_path, ENV="new") == (8080, 4999, 8081)


def test_each_environment_has_its_own_remembered_ports(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    assert ports(tmp_path, ENV="dev") == (7001, 4999, 7002)
    assert ports(tmp_path, ENV="dev-2") == (7003, 4999, 7004)


def test_the_port_of_the_internal_load_balancer_is_remembered_too(tmp_path: Path) -> None:
    inside = Environment(alb_port=7001, site_port=7002, internal_port=7003, load_balancer="mysfits-dev")
    port_claims.write(tmp_path, Claims(environments={"mysfits-dev": inside}))
    assert local.settings_of({"STATE_DIR": str(tmp_path)}).internal_port == 7003
    assert local.settings_of({"STATE_DIR": str(tmp_path), "ENV": "new"}).internal_port == 8082


def test_what_is_set_comes_first_and_may_take_the_default_of_another(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    assert ports(tmp_path, ENV="dev", ALB_PORT="8081", SITE_PORT=" ") == (8081, 4999, 7002)


def test_the_running_api_comes_before_the_remembered_one(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    say_it_runs(tmp_path, aws_port=5001)
    assert ports(tmp_path, ENV="dev") == (7001, 5001, 7002)


def test_ports_on_this_machine_mean_nothing_to_aws(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    assert ports(tmp_path, ENV="dev", TARGET="aws") == (8080, 4566, 8081)


def test_what_is_kept_is_told_by_environment(tmp_path: Path) -> None:
    settings = local.settings_of({"STATE_DIR": str(tmp_path)})
    assert local.kept(settings).startswith("Nothing is deployed")
    port_claims.write(tmp_path, BOTH)
    assert "dev-2 and mysfits-dev and other-new, with their items" in local.kept(settings)


def region(state_dir: Path, **environ: str) -> str:
    return local.settings_of({"STATE_DIR": str(state_dir), **environ}).region


def test_the_region_is_remembered_as_long_as_something_is_deployed(tmp_path: Path) -> None:
    assert region(tmp_path) == "us-east-1"
    port_claims.write(tmp_path, BOTH)
    assert region(tmp_path) == region(tmp_path, REGION="eu-west-1") == "eu-west-1"
    assert region(tmp_path, TARGET="aws") == "us-east-1"
    port_claims.write(tmp_path, Claims(aws_port=4999, region="eu-west-1"))
    assert region(tmp_path) == "us-east-1"


def test_another_region_than_the_one_that_runs_is_refused(tmp_path: Path) -> None:
    say_it_runs(tmp_path, aws_port=4999, region="eu-west-1")
    assert region(tmp_path) == "eu-west-1"
    with pytest.raises(
        SettingsError, match="runs in REGION=eu-west-1 and has no other region; leave REGION=us-east-1 out"
    ):
        region(tmp_path, REGION="us-east-1")


def test_another_region_than_the_kept_environments_have_is_refused(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    with pytest.raises(SettingsError, match="mysfits-dev and other-new in REGION=eu-west-1, and it has one region"):
        region(tmp_path, REGION="us-east-1")


def test_ports_in_a_damaged_file_are_forgotten_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port_claims.write(tmp_path, BOTH)
    (tmp_path / port_claims.FILE).write_text("{")
    assert ports(tmp_path, ENV="dev") == (8080, 4566, 8081)
    said = f"{tmp_path / port_claims.FILE} is damaged; ports that environments had are forgotten.\n"
    assert capsys.readouterr().err == said
