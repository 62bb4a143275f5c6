"""One command at a time on a state in a bucket: who is refused, whose lock is left over, and that none is left."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from cli import team_lock
from cli.errors import REFUSED, CommandError
from settings.settings import Settings
from tests.unit.cli.serving import serve
from tests.unit.cli.state_objects import BUCKET, StateObjects

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test", "STATE_BUCKET": BUCKET})
OURS, TERRAFORMS = "mysfits-test.deploy-lock", "mysfits-test.tfstate.tflock"
ME = {"who": "make deploy of mysfits-test", "pid": 7}
HERE = socket.gethostname()
RUNNING, ENDED = 11, 12


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> StateObjects:
    made = StateObjects()
    serve(monkeypatch, SETTINGS, made, "s3")
    monkeypatch.setattr("psutil.pid_exists", lambda pid: pid == RUNNING)
    return made


def other(**differs: Any) -> str:
    return json.dumps({"who": "make destroy (since 12:00)", "pid": RUNNING, "host": "elsewhere", **differs})


def refusal() -> str:
    with pytest.raises(CommandError) as caught, team_lock.held(SETTINGS, ME):
        raise AssertionError("nothing is to be done")
    assert caught.value.exit_code == REFUSED
    assert "Nothing was changed." in str(caught.value)
    return str(caught.value)


def test_the_lock_says_who_holds_it_while_the_block_runs(bucket: StateObjects) -> None:
    with team_lock.held(SETTINGS, ME):
        assert {key: json.loads(text) for key, text in bucket.objects.items()} == {OURS: {**ME, "host": HERE}}
    assert bucket.objects == {}


def test_the_lock_is_freed_when_the_block_fails(bucket: StateObjects) -> None:
    with pytest.raises(KeyboardInterrupt), team_lock.held(SETTINGS, ME):
        raise KeyboardInterrupt
    assert bucket.objects == {}


def test_without_a_bucket_nothing_is_locked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    local = Settings.from_environ({"ENV": "test"})
    serve(monkeypatch, local, None)
    team_lock.require_free(local)
    with team_lock.held(local, ME):
        assert team_lock.at_work(local) is None


@pytest.mark.parametrize(
    "text",
    [other(), other(pid=ENDED), other(host=HERE), other(host=HERE, pid=str(RUNNING))],
    ids=["elsewhere", "elsewhere, unknown here", "here", "here, as text"],
)
def test_a_command_that_is_at_work_is_named_and_keeps_its_lock(bucket: StateObjects, text: str) -> None:
    bucket.objects = {OURS: text}
    who = f"make destroy (since 12:00) on {json.loads(text)['host']}"
    assert refusal().startswith(f"{who} is at work; wait for its end.")
    assert f"aws s3 rm s3://{BUCKET}/{OURS}" in refusal()
    assert bucket.objects == {OURS: text}
    assert team_lock.at_work(SETTINGS) == who
    with pytest.raises(CommandError) as caught:
        team_lock.require_free(SETTINGS)
    assert (str(caught.value), caught.value.exit_code) == (refusal(), 2)


@pytest.mark.parametrize("text", [other(host=HERE, pid=ENDED), json.dumps({"host": HERE})])
def test_a_lock_of_a_process_of_this_machine_that_is_gone_is_taken_over(bucket: StateObjects, text: str) -> None:
    bucket.objects = {OURS: text}
    assert team_lock.at_work(SETTINGS) is None
    team_lock.require_free(SETTINGS)
    with team_lock.held(SETTINGS, ME):
        assert json.loads(bucket.objects[OURS])["pid"] == ME["pid"]
    assert bucket.objects == {}


@pytest.mark.parametrize("text", ["", "no json", "[1]"])
def test_a_lock_that_cannot_be_read_is_somebodys(bucket: StateObjects, text: str) -> None:
    bucket.objects = {OURS: text}
    assert refusal().startswith("Another command on another machine is at work")
    assert team_lock.at_work(SETTINGS) == "Another command on another machine"


def test_nobody_is_at_work_without_a_lock(bucket: StateObjects) -> None:
    assert team_lock.at_work(SETTINGS) is None
    team_lock.require_free(SETTINGS)
    assert bucket.calls == ["get", "get"]


def test_a_lock_that_is_freed_just_now_is_taken(bucket: StateObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.objects = {OURS: other()}
    get = bucket.get_object

    def freed_meanwhile(**which: str) -> dict[str, Any]:
        bucket.objects.pop(OURS, None)
        return get(**which)

    monkeypatch.setattr(bucket, "get_object", freed_meanwhile)
    with team_lock.held(SETTINGS, ME):
        pass
    assert bucket.calls.count("put") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            json.dumps({"Who": "ann@mac", "Created": "2026-01-01", "ID": "0-1"}),
            "Terraform of ann@mac has held its lock on the state since 2026-01-01; wait for its end. If it was killed: "
            f"terraform force-unlock 0-1 in {SETTINGS.stack_dir}.",
        ),
        ("no json", "Terraform of somebody has held its lock on the state since an unknown time;"),
    ],
)
def test_a_terraform_at_work_refuses_the_command_which_leaves_no_lock(
    bucket: StateObjects, text: str, told: str
) -> None:
    bucket.objects = {TERRAFORMS: text}
    assert refusal().startswith(told)
    assert bucket.objects == {TERRAFORMS: text}
