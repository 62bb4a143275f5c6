"""A first deploy that Ctrl-C or SIGTERM cuts off, what the next one makes of it, and a destroy that leaves nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bench.tables import create_tables
from cli import aws
from cli.interrupts import MESSAGE
from embedded import port_claims, state
from settings.settings import Settings
from systems.checkout import ROOT
from tests.ahead import Ahead
from tests.conftest import run_make
from tests.support import environment_of, local_settings, running_embedded_aws, wait_for

EVANGELINE = "4e53920c-505a-4a90-a694-b9300791f0ae"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Of an environment whose deploy is cut off; in stage placeholder, where a deploy is quickest."""
    settings = local_settings(tmp_path, stage="placeholder")
    try:
        yield settings
    finally:
        run_make(settings, "down", check=False)
        assert not state.processes(settings.state_dir)


def test_a_deploy_ended_by_sigterm_finishes_its_step_and_says_so(settings: Settings) -> None:
    _cut_off(settings, signal.SIGTERM, exit_code=143)


def test_an_embedded_aws_that_is_killed_under_a_deploy_is_told_in_one_line(settings: Settings) -> None:
    ended, said = _deployed_until(settings, lambda _: _kill_embedded_aws(settings))
    assert ended == 1, said
    *_, before, told = said.splitlines()
    assert "failed after" in before, "nothing else was said than that the step failed"
    assert "The embedded AWS ended while terraform apply was under way" in told


def test_a_provider_that_says_nothing_more_once_the_embedded_aws_is_killed_is_ended(settings: Settings) -> None:
    ended, said = _deployed_until(settings, lambda deploy: _kill_embedded_aws_and_stop_provider(settings, deploy.pid))
    assert ended == 1, said
    assert "The embedded AWS ended while terraform apply was under way" in said.splitlines()[-1]


def _cut_off_and_finished(ahead: Ahead) -> Settings:
    """Of an environment whose deploy was interrupted and whose next one went through; its items are other ones now."""
    settings = local_settings(ahead.state_dir("interrupted"), stage="placeholder")
    _cut_off(settings, signal.SIGINT, exit_code=130)
    assert "2/2 tasks" in run_make(settings, "deploy").stdout
    item = {"MysfitId": {"S": EVANGELINE}, "Likes": {"N": "41"}}
    aws.client(settings, "dynamodb").put_item(TableName=settings.table_names[0], Item=item)
    return settings


def _destroyed_after_down(ahead: Ahead) -> Settings:
    """The same one, stopped, destroyed, and looked for in vain."""
    settings = ahead.result(_cut_off_and_finished)
    stopped = run_make(settings, "down")
    assert f"Kept in {settings.state_dir}: {settings.name()}, with their items" in stopped.stderr
    destroyed = run_make(settings, "destroy")
    assert re.search(r"^Objects +0$", destroyed.stdout, re.MULTILINE)
    assert "Destroyed mysfits-test: nothing of it is kept" in destroyed.stderr
    assert state.read(settings.state_dir) is None, "it did not run before, so it does not after"
    return settings


@pytest.mark.ahead(work=_destroyed_after_down)
def test_an_interrupted_deploy_is_finished_by_the_next_and_destroyed_after_down(ahead: Ahead) -> None:
    settings = ahead.result(_destroyed_after_down)
    assert not port_claims.read(settings.state_dir).environments
    assert not list(settings.terraform_state.parent.glob("mysfits-test.*"))
    assert not list((settings.state_dir / "images").glob("*"))
    with running_embedded_aws(settings) as again:
        dynamodb = again.client("dynamodb")
        assert again.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
        assert dynamodb.list_tables()["TableNames"] == []
        create_tables(dynamodb, mysfits=settings.table_names[0], ledger="ledger")
        assert dynamodb.scan(TableName=settings.table_names[0], Select="COUNT")["Count"] == 0, "items came back"
    assert "Nothing is deployed, so nothing is kept" in run_make(settings, "down").stderr


def _cut_off(settings: Settings, number: signal.Signals, *, exit_code: int) -> None:
    """Deploy, and send the signal to the whole process group, as a terminal does, once Terraform has made something."""
    ended, said = _deployed_until(settings, lambda deploy: os.killpg(deploy.pid, number))
    assert ended == exit_code, said
    assert "Terraform finishes what it has begun" in said
    assert said.splitlines()[-1] == MESSAGE
    assert "Traceback" not in said
    assert _has_begun(settings)


def _deployed_until(settings: Settings, cut: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Deploy, and cut that off once Terraform has made something.

    Returns:
        Exit code, and what was said on stderr.
    """
    with subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "cli", "deploy"],
        cwd=ROOT,
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as deploy:
        try:
            assert deploy.stderr is not None
            said = ""
            for line in deploy.stderr:
                said += line
                if "Apply placeholder" in line and "…" in line:
                    wait_for(lambda: _has_begun(settings), what="Terraform has made something")
                    cut(deploy)
            deploy.wait(timeout=60)
        finally:
            deploy.kill()  # does nothing to one that has ended
    return deploy.returncode, said


def _kill_embedded_aws(settings: Settings) -> None:
    """SIGKILL the daemon; its parent still works and takes no notice, so that it stays a zombie."""
    daemon = state.read(settings.state_dir)
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)


def _kill_embedded_aws_and_stop_provider(settings: Settings, deploy: int) -> None:
    found = [one for one in psutil.Process(deploy).children(recursive=True) if one.name().startswith("terraform-provi")]
    assert found
    for one in found:
        one.suspend()
    _kill_embedded_aws(settings)


def _has_begun(settings: Settings) -> bool:
    """Whether the Terraform state, which is whole at any time, has resources."""
    try:
        return bool(json.loads(settings.terraform_state.read_text(encoding="utf-8"))["resources"])
    except (FileNotFoundError, ValueError):
        return False
