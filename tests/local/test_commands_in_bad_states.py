"""Every command of the Makefile, in every state that help and settings allow: never a traceback, always a way on.

What has to talk to a live deployment for that is tested beside it; here nothing is started.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from cli import command_line, unexpected
from cli.history import Deploy, History, Release
from embedded import port_claims
from embedded.port_claims import Claims, Environment
from systems.checkout import ROOT
from tests.local.bad_place import Answer, Place, complaint

ALL = tuple(command_line._COMMANDS)
WALKING = ("deploy", "plan", "rollback", "destroy")
ASKING = ("audit", "canary-key", "compare", "record", "run-task", "scale", "shadow", "status")
CALLING = (*ASKING, "deploy", "plan", "drift", "destroy")


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("STAGE", "splt", "STAGE=split"),
        ("TARGET", "azure", "TARGET=aws"),
        ("ENV", "My Team", "ENV=myteam"),
        ("REGION", "mars", "REGION=us-east-1"),
        ("ALB_PORT", "http", "from 1 to 65535"),
        ("AWS_PORT", "99999", "from 1 to 65535"),
        ("SITE_PORT", "-1", "from 1 to 65535"),
        ("SITE_PORT", "9" * 5000, "from 1 to 65535"),
        ("CANARY", "10,x", "CANARY=10,50"),
        ("CANARY_SECONDS", "soon", "CANARY_SECONDS=30"),
        ("CANARY_REQUESTS", "0", "CANARY_REQUESTS=200"),
        ("CANARY_MIN_REQUESTS", "-3", "CANARY_MIN_REQUESTS=20"),
        ("CANARY_IDLE", "halt", "CANARY_IDLE="),
        ("CANARY_STICKY", "yes", "CANARY_STICKY="),
        ("SITE_HOSTING", "ftp", "SITE_HOSTING="),
    ],
)
def test_an_unreadable_setting_is_named_with_a_readable_one(
    command: str, name: str, value: str, hint: str, run: Callable[..., Answer]
) -> None:
    text = complaint(run(command, {name: value}), code=2)
    assert name in text
    assert hint in text


@pytest.mark.parametrize("command", ["deploy", "plan", "destroy"])
def test_a_region_that_does_not_exist_is_named_before_anything_starts(command: str, run: Callable[..., Answer]) -> None:
    text = complaint(run(command, {"REGION": "eu-wset-1"}), code=2)
    assert "REGION=eu-west-1" in text


@pytest.mark.parametrize("command", ["state", "status", "audit", "run-task", "rollback"])
@pytest.mark.parametrize("target", ["local", "aws"])
def test_before_the_first_deploy_the_way_to_it_is_said(command: str, target: str, run: Callable[..., Answer]) -> None:
    needs_account = target == "aws" and command in {"status", "audit", "run-task"}
    text = complaint(run(command, {"TARGET": target}), code=1)
    assert ("log in and try again" if needs_account else "make deploy") in text


def test_the_exports_need_nothing_of_a_daemon(run: Callable[..., Answer]) -> None:
    code, out, _ = run("env", {"TARGET": "local"})
    assert code == 0
    assert "export API=http://127.0.0.1:" in out


def test_before_a_deploy_to_aws_its_exports_forget_the_addresses_of_another_target(run: Callable[..., Answer]) -> None:
    answer = run("env", {"TARGET": "aws"})
    assert "make deploy" in complaint(answer, code=1)
    assert "unset API SITE\n" in answer[1]
    assert "export TARGET=aws\n" in answer[1]


@pytest.mark.parametrize("command", [*WALKING, "audit", "status", "run-task"])
def test_without_credentials_of_aws_one_is_asked_to_log_in(
    command: str, run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    if command == "rollback":
        release = Release(stage="glue", image_tags={})
        known = Deploy(number=1, began="", by="", release=release, result="done")
        monkeypatch.setattr(History, "deploys", lambda _self: (known,))
    text = complaint(run(command, {"TARGET": "aws", "FORCE": "1", "ENV": "nowhere"}), code=1)
    assert "log in and try again" in text


def test_destroying_on_aws_wants_the_environments_name(
    run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "nothing was destroyed" in complaint(run("destroy", {"TARGET": "aws"}), code=2)


@pytest.mark.parametrize("command", ["status", "audit", "run-task"])
@pytest.mark.parametrize("bad", [Place.deployed, Place.damaged_daemon_file], ids=lambda bad: str(bad.__name__))
def test_a_daemon_that_is_gone_is_said_with_what_starts_it(
    command: str, bad: Callable[[Place], None], place: Place, run: Callable[..., Answer]
) -> None:
    bad(place)
    assert "does not run; start it with make deploy" in complaint(run(command, {}), code=1)


def test_the_state_is_listed_without_a_daemon_and_without_a_synthesised_stack(
    place: Place, run: Callable[..., Answer]
) -> None:
    place.deployed()
    text = complaint(run("state", {}), code=1)
    assert "make deploy" in text


@pytest.mark.parametrize("command", CALLING)
def test_a_daemon_that_refuses_to_answer_is_said_in_one_line(
    command: str, place: Place, run: Callable[..., Answer]
) -> None:
    place.deaf_daemon()
    anew = "start it anew: make down, then make deploy."
    text = complaint(run(command, {}), code=1)
    assert text == f"The embedded AWS does not answer (No such file or directory); {anew}"


@pytest.mark.parametrize("command", ["status", "deploy"])
def test_a_daemon_that_hangs_is_said_in_one_line_within_ten_seconds(
    command: str, place: Place, run: Callable[..., Answer]
) -> None:
    began = time.monotonic()
    with place.silent_daemon():
        text = complaint(run(command, {}), code=1)
    assert text == "The embedded AWS does not answer (timed out); start it anew: make down, then make deploy."
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("damage", [None, "[embedded]\naws_acc", "\x00"], ids=["lost", "half a file", "no text"])
@pytest.mark.parametrize("command", ASKING)
def test_keys_that_are_lost_under_a_running_daemon_are_said_with_what_writes_them(
    command: str, damage: str | None, place: Place, run: Callable[..., Answer]
) -> None:
    place.daemon_without_keys()
    path = place.folder / "state" / "credentials.ini"
    if damage is not None:
        path.write_text(damage)
    assert complaint(run(command, {}), code=1) == (
        f"The embedded AWS runs, but {path}, which has its keys, is lost or damaged; run make deploy, which has it "
        "written anew."
    )


def test_a_state_that_cannot_be_read_is_named(place: Place, run: Callable[..., Answer]) -> None:
    place.damaged_state()
    assert "mysfits-dev.tfstate.backup" in complaint(run("state", {}), code=1)


@pytest.mark.parametrize("bad", [Place.damaged_history, Place.foreign_history], ids=lambda bad: str(bad.__name__))
def test_a_history_that_cannot_be_read_is_named(
    bad: Callable[[Place], None], place: Place, run: Callable[..., Answer]
) -> None:
    bad(place)
    text = complaint(run("rollback", {}), code=1)
    assert "dev.releases.json" in text
    assert "make deploy STAGE=" in text


TERRAFORMS = {
    "missing": None,
    "too old": '#!/bin/sh\necho \'{"terraform_version": "1.5.7"}\'\n',
    "not terraform": "#!/bin/sh\necho hello\n",
    "not a program": "hello\n",
}


@pytest.mark.parametrize("command", [*WALKING, "state"])
@pytest.mark.parametrize("kind", TERRAFORMS)
def test_a_terraform_that_cannot_be_used_is_said_with_the_way_to_get_one(
    command: str, kind: str, place: Place, run: Callable[..., Answer]
) -> None:
    programs = place.folder / "programs"
    programs.mkdir()
    text = TERRAFORMS[kind]
    if text is not None:
        (programs / "terraform").write_text(text)
        (programs / "terraform").chmod(0o755)
    place.write("terraform/mysfits-dev.previous.json", '{"stage": "glue", "image_tags": {}}')
    assert "https://developer.hashicorp.com/terraform" in complaint(run(command, {"PATH": f"{programs}:/bin"}), code=2)


@pytest.mark.parametrize("command", WALKING)
def test_a_port_of_somebody_else_is_named_with_the_variable_that_moves_it(
    command: str, place: Place, run: Callable[..., Answer]
) -> None:
    place.write("terraform/mysfits-dev.previous.json", '{"stage": "glue", "image_tags": {}}')
    with socket.create_server(("127.0.0.1", int(place.variables["AWS_PORT"]))):
        assert "set AWS_PORT" in complaint(run(command, {}), code=2)


def _line_about_a_neighbour(place: Place) -> str:
    """Another system's environment has the ports of this one; returns what is to be said of that."""
    alb_port, site_port = (int(place.variables[name]) for name in ("ALB_PORT", "SITE_PORT"))
    shop = Environment(alb_port=alb_port, site_port=site_port, load_balancer="shop-dev")
    place.write(port_claims.FILE, "")
    port_claims.write(place.folder / "state", Claims(environments={"shop-dev": shop}))
    problem = Claims(environments={"shop-dev": shop}).problem("mysfits-dev", shop)
    assert problem is not None
    return problem


def test_a_deploy_whose_ports_a_neighbour_has_is_refused_in_one_line_and_starts_nothing(
    place: Place, run: Callable[..., Answer]
) -> None:
    line = _line_about_a_neighbour(place)
    assert complaint(run("deploy", {}), code=2) == line
    assert not (place.folder / "state" / "daemon.log").exists()


def test_a_rehearsal_whose_ports_a_neighbour_has_is_refused_in_one_line_and_starts_nothing(place: Place) -> None:
    line = _line_about_a_neighbour(place)
    answer = subprocess.run(
        [sys.executable, "-m", "rehearse", "--out", str(place.folder / "report")],
        cwd=ROOT,
        env={**os.environ, **place.variables, "ENV": "dev", "TARGET": "local", "SYSTEM": "mysfits"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (2, f"{line}\n")
    assert not (place.folder / "state" / "daemon.log").exists()
    assert not (place.folder / "report").exists()


def test_an_error_that_nobody_foresaw_is_one_line_and_its_traceback_lies_in_a_file(
    place: Place, run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("cli.local.stop", fail)
    code, _, err = run("down", {})
    assert code == 1
    (line,) = err.splitlines()
    assert "KeyError" in line
    log = place.folder / "state" / "terraform" / unexpected.LOG_NAME
    assert str(log) in line
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
