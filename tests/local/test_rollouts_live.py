"""A rollout that ECS takes back, seen by the check that follows every apply: which service, which revision, why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli import rollouts
from cli.errors import CommandError
from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("rollouts"))) as running:
        yield running


def outputs(toy: ToyService, definition: str) -> dict[str, Any]:
    """What Terraform's outputs say when it asked for ``definition``."""
    outputs = {"service_name": toy.name, "task_definition_arn": definition, "log_group_name": toy.group}
    return {"cluster_name": toy.name, "services": {"toy": outputs}}


def test_a_broken_command_is_named_with_the_revision_that_runs_and_the_last_lines(
    aws: EmbeddedAws, toy: ToyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken = toy.revision("good"), toy.revision("broken", EXIT_CODE="3")
    toy.create(good)
    toy.steady()
    rollouts.require_asked_revisions(aws.settings, outputs(toy, good))
    # The toy's cluster has its own name; a deployment's has that of the environment.
    monkeypatch.setattr(type(aws.settings), "name", lambda *_: toy.name)
    said: list[str] = []
    with Load(toy.url) as load:
        toy.roll(broken)
        rollouts.wait_for_rollouts(aws.settings, say=said.append)
        with pytest.raises(CommandError) as caught:
            rollouts.require_asked_revisions(aws.settings, outputs(toy, broken))
    assert said == [f"ECS still rolls out {toy.name}; waiting for its end"]
    assert load.failures == []
    first, *lines, last = str(caught.value).splitlines()
    short = {arn: arn.rpartition("/")[2] for arn in (good, broken)}
    assert "stopped: Essential container in task exited with code 3" in first
    assert "  toy gives up" in lines
    assert last == (
        f"So ECS did not keep {short[broken]} of {toy.name} and runs {short[good]} again. "
        "Nothing that was served before is lost. Correct the image and deploy again."
    )
    assert caught.value.exit_code == 1
    rollouts.require_asked_revisions(aws.settings, outputs(toy, good))


def test_an_image_that_is_not_there_is_the_reason(aws: EmbeddedAws, toy: ToyService) -> None:
    good = toy.revision("good")
    missing = toy.revision("broken", image=f"{toy.image.rpartition(':')[0]}:missing")
    toy.create(good)
    toy.steady()
    toy.roll(missing)
    wait_for(lambda: toy.describe()["taskDefinition"] == good, what="ECS takes it back", timeout_seconds=60)
    with pytest.raises(CommandError, match=r"CannotPullContainerError.*missing"):
        rollouts.require_asked_revisions(aws.settings, outputs(toy, missing))
