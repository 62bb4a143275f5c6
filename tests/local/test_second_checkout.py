"""Two checkouts on one machine: whose embedded AWS has stopped, that one's commands ask nobody else's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import credentials
from settings.settings import Settings
from tests.conftest import run_make
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, say_it_runs


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS of the first checkout, which runs, with a cluster of the environment's name."""
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("first"))) as aws:
        aws.client("ecs").create_cluster(clusterName=aws.settings.name())
        yield aws


@pytest.fixture
def second(first: EmbeddedAws, tmp_path: Path) -> Settings:
    """The second checkout, on the same ports; its own embedded AWS crashed, so its files are still there."""
    state_dir = tmp_path / "second"
    state_dir.mkdir(mode=0o700)
    say_it_runs(state_dir, aws_port=first.settings.aws_port, started_at=1.0)
    credentials.write(state_dir, credentials.make())
    return dataclasses.replace(first.settings, state_dir=state_dir, out_dir=state_dir / "cdktf.out")


@pytest.mark.parametrize("goal", ["status", "audit", "run-task"])
def test_a_command_that_needs_the_api_says_that_nothing_of_its_own_is_deployed(goal: str, second: Settings) -> None:
    answer = run_make(second, goal, check=False)
    assert answer.returncode != 0
    assert answer.stdout == ""
    (line,) = [line for line in answer.stderr.splitlines() if not line.startswith("make:")]
    assert line == f"Nothing is deployed as {second.name()} with TARGET=local; run make deploy."


@pytest.mark.parametrize("goal", ["deploy", "plan", "destroy"])
def test_a_command_that_would_start_its_own_names_the_first_one(
    goal: str, first: EmbeddedAws, second: Settings
) -> None:
    answer = run_make(second, goal, check=False)
    assert answer.returncode == 2
    (line,) = [line for line in answer.stderr.splitlines() if line.startswith("Port ")]
    assert f"Port {second.aws_port} is in use by " in line
    assert f"of the embedded AWS in {first.settings.state_dir}" in line
    assert line.endswith("set AWS_PORT to a free port.")
    assert first.client("ecs").describe_clusters(clusters=[second.name()])["clusters"][0]["status"] == "ACTIVE"


def test_down_stops_nothing_of_the_first_one(first: EmbeddedAws, second: Settings) -> None:
    answer = run_make(second, "down")
    assert "does not run" in answer.stderr
    assert first.client("sts").get_caller_identity()["Account"]
