"""Which environment has which ports: kept, refused with the owner's name, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import port_claims
from embedded.port_claims import Claims, Environment

DEV = Environment(alb_port=8080, site_port=8081, load_balancer="shop-dev", site_bucket="site", tables=("a", "b"))
BLUE = Environment(alb_port=9080, site_port=9081, load_balancer="shop-dev-2")
BOTH = Claims(aws_port=4566, region="us-east-1", environments={"shop-dev": DEV, "shop-dev-2": BLUE})


def test_claims_come_back_as_they_were_written(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    assert port_claims.read(tmp_path) == BOTH


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"environments": 1}', '{"environments": {"dev": {"x": 1}}}'])
def test_a_missing_or_damaged_file_claims_nothing(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "environments.json").write_text(content, encoding="utf-8")
    assert port_claims.read(tmp_path) == Claims()


def test_an_environment_may_have_its_own_ports_again_and_may_move() -> None:
    assert BOTH.problem("shop-dev", DEV) is None
    assert BOTH.problem("shop-dev", Environment(alb_port=8081, site_port=8080)) is None
    assert BOTH.problem("shop-new", Environment(alb_port=8082, site_port=8083)) is None


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (
            Environment(alb_port=8080, site_port=7000),
            "ALB_PORT=8080 is taken by the load balancer of the environment shop-dev; "
            "give shop-new ports of its own, for example ALB_PORT=9082.",
        ),
        (
            Environment(alb_port=7000, site_port=9081),
            "SITE_PORT=9081 is taken by the website of the environment shop-dev-2; "
            "give shop-new ports of its own, for example SITE_PORT=10081.",
        ),
        (
            Environment(alb_port=8081, site_port=7000),
            "ALB_PORT=8081 is taken by the website of the environment shop-dev; "
            "give shop-new ports of its own, for example ALB_PORT=9082.",
        ),
        (
            Environment(alb_port=4566, site_port=7000),
            "ALB_PORT=4566 is taken by the API of the embedded AWS (AWS_PORT); "
            "give shop-new ports of its own, for example ALB_PORT=5566.",
        ),
        (
            Environment(alb_port=7000, site_port=7000),
            "ALB_PORT and SITE_PORT are both 7000; give each a port of its own.",
        ),
        (
            Environment(alb_port=7000, site_port=7001, internal_port=7000),
            "ALB_PORT and INTERNAL_PORT are both 7000; give each a port of its own.",
        ),
        (
            Environment(alb_port=7000, site_port=7001, internal_port=8080),
            "INTERNAL_PORT=8080 is taken by the load balancer of the environment shop-dev; "
            "give shop-new ports of its own, for example INTERNAL_PORT=9082.",
        ),
    ],
)
def test_another_owner_is_named_with_the_variable_to_set(wanted: Environment, line: str) -> None:
    assert BOTH.problem("shop-new", wanted) == line


def test_both_ports_are_reported_in_one_line_with_the_variables_that_move_the_environment() -> None:
    assert BOTH.without("shop-dev-2").problem("shop-new", DEV) == (
        "ALB_PORT=8080 is taken by the load balancer of the environment shop-dev and "
        "SITE_PORT=8081 is taken by the website of the environment shop-dev; "
        "give shop-new ports of its own, for example ALB_PORT=9080 SITE_PORT=9081."
    )


def test_the_ports_to_move_to_are_two() -> None:
    problem = BOTH.problem("shop-new", DEV)
    assert problem is not None
    assert problem.endswith("for example ALB_PORT=9082 SITE_PORT=9083.")


def test_a_port_has_an_owner_or_none() -> None:
    assert BOTH.owner(8080) == "the load balancer of the environment shop-dev"
    assert BOTH.owner(7000) is None


def test_a_name_that_begins_like_another_is_another() -> None:
    left = BOTH.without("shop-dev")
    assert dict(left.environments) == {"shop-dev-2": BLUE}
    assert dict(left.with_environment("shop-dev", DEV).environments) == {"shop-dev-2": BLUE, "shop-dev": DEV}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"aws_port": 1, "environments": {"dev": {"port": 1}}}'])
def test_a_damaged_file_is_not_the_same_as_none(tmp_path: Path, text: str) -> None:
    assert not port_claims.is_damaged(tmp_path)
    port_claims.write(tmp_path, Claims())
    assert not port_claims.is_damaged(tmp_path)
    (tmp_path / port_claims.FILE).write_text(text)
    assert port_claims.is_damaged(tmp_path)


EARLIER = Claims(aws_port=4566, environments={"dev": Environment(alb_port=8080, site_port=8081), "shop-b": BLUE})
"""As a version wrote it that knew one system."""


def test_an_entry_of_an_earlier_version_is_found_by_the_name_within_its_system() -> None:
    assert EARLIER.of("shop-dev") == Environment(alb_port=8080, site_port=8081)
    assert EARLIER.problem("shop-dev", DEV) is None
    assert dict(EARLIER.with_environment("shop-dev", DEV).environments) == {"shop-dev": DEV, "shop-b": BLUE}
    assert dict(EARLIER.without("shop-dev").environments) == {"shop-b": BLUE}
    assert BOTH.of("books-dev") is None
    assert Claims(environments={"b": BLUE}).of("shop-b") is None  # a whole entry has its own name


@pytest.mark.parametrize(
    "entry",
    ['{"alb_port": "x", "site_port": 1}', '{"alb_port": 1, "site_port": 2, "tables": [1]}', '{"alb_port": 1}', "7"],
)
def test_an_entry_of_other_types_is_damage(tmp_path: Path, entry: str) -> None:
    (tmp_path / port_claims.FILE).write_text(f'{{"aws_port": 1, "environments": {{"shop-dev": {entry}}}}}')
    assert port_claims.read(tmp_path) == Claims()


def test_a_state_folder_stays_in_its_region_as_long_as_it_has_environments(tmp_path: Path) -> None:
    assert port_claims.region_problem(tmp_path, "eu-west-1") is None
    port_claims.write(tmp_path, BOTH)
    assert port_claims.region_problem(tmp_path, "us-east-1") is None
    problem = port_claims.region_problem(tmp_path, "eu-west-1")
    assert problem is not None
    assert "has shop-dev and shop-dev-2 in REGION=us-east-1" in problem
    assert "use REGION=us-east-1, destroy what is there, or set another STATE_DIR." in problem
    port_claims.write(tmp_path, Claims(aws_port=4566, region="us-east-1"))
    assert port_claims.region_problem(tmp_path, "eu-west-1") is None


def test_an_internal_load_balancer_has_a_port_too() -> None:
    inside = Environment(alb_port=7000, site_port=7001, internal_port=7002, internal_load_balancer="shop-in-internal")
    claims = Claims(environments={"shop-in": inside})
    assert inside.by_variable() == {"ALB_PORT": 7000, "SITE_PORT": 7001, "INTERNAL_PORT": 7002}
    assert claims.owner(7002) == "the internal load balancer of the environment shop-in"
    assert set(DEV.by_variable()) == {"ALB_PORT", "SITE_PORT"}, "one that never had it claims none"
