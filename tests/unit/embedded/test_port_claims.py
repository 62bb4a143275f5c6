"""Which environment has which ports: kept, refused with the owner's name, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import port_claims
from embedded.port_claims import Claims, Ports

DEV = Ports(alb_port=8080, site_port=8081)
BLUE = Ports(alb_port=9080, site_port=9081)
BOTH = Claims(aws_port=4566, environments={"dev": DEV, "dev-2": BLUE})


def test_claims_come_back_as_they_were_written(tmp_path: Path) -> None:
    port_claims.write(tmp_path, BOTH)
    assert port_claims.read(tmp_path) == BOTH


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"environments": 1}', '{"environments": {"dev": {"x": 1}}}'])
def test_a_missing_or_damaged_file_claims_nothing(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "environments.json").write_text(content, encoding="utf-8")
    assert port_claims.read(tmp_path) == Claims()


def test_an_environment_may_have_its_own_ports_again_and_may_move() -> None:
    assert BOTH.problem("dev", DEV) is None
    assert BOTH.problem("dev", Ports(alb_port=8081, site_port=8080)) is None
    assert BOTH.problem("new", Ports(alb_port=8082, site_port=8083)) is None


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (
            Ports(alb_port=8080, site_port=7000),
            "ALB_PORT=8080 is taken by the load balancer of the environment dev; "
            "choose another port for new, for example ALB_PORT=8082.",
        ),
        (
            Ports(alb_port=7000, site_port=9081),
            "SITE_PORT=9081 is taken by the website of the environment dev-2; "
            "choose another port for new, for example SITE_PORT=9083.",
        ),
        (
            Ports(alb_port=8081, site_port=7000),
            "ALB_PORT=8081 is taken by the website of the environment dev; "
            "choose another port for new, for example ALB_PORT=8083.",
        ),
        (
            Ports(alb_port=4566, site_port=7000),
            "ALB_PORT=4566 is taken by the API of the embedded AWS (AWS_PORT); "
            "choose another port for new, for example ALB_PORT=4568.",
        ),
        (Ports(alb_port=7000, site_port=7000), "ALB_PORT and SITE_PORT are both 7000; give each a port of its own."),
    ],
)
def test_another_owner_is_named_with_the_variable_to_set(wanted: Ports, line: str) -> None:
    assert BOTH.problem("new", wanted) == line


def test_both_ports_are_reported_together() -> None:
    problem = BOTH.problem("new", DEV)
    assert problem is not None
    assert len(problem.splitlines()) == 2


def test_a_name_that_begins_like_another_is_another() -> None:
    left = BOTH.without("dev")
    assert dict(left.environments) == {"dev-2": BLUE}
    assert dict(left.with_environment("dev", DEV).environments) == {"dev-2": BLUE, "dev": DEV}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"aws_port": 1, "environments": {"dev": {"port": 1}}}'])
def test_a_damaged_file_is_not_the_same_as_none(tmp_path: Path, text: str) -> None:
    assert not port_claims.is_damaged(tmp_path)
    port_claims.write(tmp_path, Claims())
    assert not port_claims.is_damaged(tmp_path)
    (tmp_path / port_claims.FILE).write_text(text)
    assert port_claims.is_damaged(tmp_path)
