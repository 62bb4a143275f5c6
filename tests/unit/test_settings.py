"""Settings: defaults, every problem at once, and the nearest valid value."""

from __future__ import annotations

import re

import pytest

from settings.names import short_name
from settings.settings import Settings, SettingsError
from systems.checkout import ROOT


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return caught.value.problems


def test_an_empty_environment_means_the_split_stage_on_this_machine() -> None:
    settings = Settings.from_environ({})
    assert (settings.target, settings.env, settings.stage) == ("local", "dev", "split")
    assert (settings.alb_port, settings.aws_port, settings.site_port) == (8080, 4566, 8081)
    assert settings.aws_endpoint_url == "http://127.0.0.1:4566"


def test_the_local_site_has_both_names_of_loopback_and_the_one_on_aws_only_its_own() -> None:
    assert Settings.from_environ({"SITE_PORT": "9000"}).site_origins == (
        "http://127.0.0.1:9000",
        "http://localhost:9000",
    )
    assert Settings.from_environ({"TARGET": "aws"}).site_origins == ()


def test_the_machine_says_how_many_tasks_it_bears_unless_somebody_else_does() -> None:
    assert Settings.from_environ({}).max_tasks is None
    assert Settings.from_environ({"MAX_TASKS": "60"}).max_tasks == 60
    assert Settings.from_environ({"SCALING_SPEED": "20"}).scaling_speed == 20


def test_an_empty_value_means_unset() -> None:
    assert Settings.from_environ({"STAGE": "", "ENV": " "}) == Settings.from_environ({})


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("STAGE", "splt", "did you mean STAGE=split?"),
        ("STAGE", "Monolith", "did you mean STAGE=monolith?"),
        ("TARGET", "loca", "did you mean TARGET=local?"),
        ("SITE_HOSTING", "s3", "did you mean SITE_HOSTING=s3-website?"),
        ("ENV", "My Team", "try ENV=myteam."),
        ("ENV", "averyveryverylongname", "try ENV=averyveryver."),
        ("ENV", "dev--2", "try ENV=dev2."),
        ("ENV", "dev-", "try ENV=dev."),
        (
            "ENV",
            "dev-internal",
            "its load balancer would be called as the internal one of ENV=dev; try ENV=devinternal.",
        ),
        ("ENV", "-dev", "try ENV=dev."),
        ("ENV", "2-dev", "try ENV=dev."),
        ("REGION", "europe", "try REGION=us-east-1."),
        ("ALB_PORT", "eighty", "use a number from 1 to 65535."),
        ("ALB_PORT", "70000", "use a number from 1 to 65535."),
        ("CANARY_SECONDS", "1e9", "is not a whole number above 0, of at most nine digits; try CANARY_SECONDS=30."),
        ("RECORD_SECONDS", "0", "try RECORD_SECONDS=60."),
        ("MAX_TASKS", "0", "try MAX_TASKS=60."),
        ("MAX_TASKS", "many", "try MAX_TASKS=60."),
        ("SCALING_SPEED", "0", "try SCALING_SPEED=1."),
        ("SCALING_SPEED", "61", "too fast; use a number from 1 to 60."),
        ("SITE_PORT", "8080", "give each a port of its own."),
    ],
)
def test_a_bad_value_is_answered_with_a_valid_one(name: str, value: str, hint: str) -> None:
    (problem,) = problems(**{name: value})
    assert name in problem
    assert problem.endswith(hint)
    assert "\n" not in problem


def test_all_problems_are_reported_together() -> None:
    assert len(problems(STAGE="x", TARGET="y", ENV="Z!", AWS_PORT="0")) == 4


def test_local_and_aws_state_never_share_a_file() -> None:
    local, aws = (Settings.from_environ({"TARGET": target}) for target in ("local", "aws"))
    assert local.terraform_state != aws.terraform_state
    assert not aws.terraform_state.is_relative_to(local.state_dir)
    assert aws.aws_endpoint_url is None


def test_names_fit_the_shortest_limit_of_aws() -> None:
    longest = Settings.from_environ({"ENV": "abcdefghijkl"})
    assert len(longest.name("placeholder")) <= 33
    assert len(longest.name("monolith")) <= 32


@pytest.mark.parametrize("env", ["a", "a-b", "dev", "dev-2", "d2-3-x", "abcdefghij-l"])
def test_an_environments_name_may_have_single_hyphens_inside(env: str) -> None:
    assert Settings.from_environ({"ENV": env}).name("like") == f"mysfits-{env}-like"


def test_a_short_name_is_the_way_back_from_the_name_of_a_service() -> None:
    settings = Settings.from_environ({"ENV": "dev-2"})
    assert short_name(settings.name("like"), environment=settings.name()) == "like"
    assert short_name(settings.name("like-c"), environment=settings.name()) == "like-c"
    assert short_name("mysfits-dev-like", environment=settings.name()) == "mysfits-dev-like"


def test_names_are_shortened_in_one_place() -> None:
    by_hand = re.compile(r"removeprefix\((prefix|f\"\{settings\.name\(\)\}-\")\)")
    sources = [file for folder in ("cli", "rehearse", "stacks") for file in (ROOT / folder).rglob("*.py")]
    assert [file for file in sources if by_hand.search(file.read_text(encoding="utf-8"))] == [
        ROOT / "cli" / "task_counts.py"  # of a scalable target's id, which is no name
    ]
