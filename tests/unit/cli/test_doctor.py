"""What each check of make doctor says of what is good and of what is bad, and when the first deploy is stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.doctor import account, aws_target, local_target, machine, needs
from cli.doctor import command as doctor
from cli.doctor.aws_target import Docker, Quota, Role
from cli.doctor.check import Check
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from settings.settings import Settings

GIB = 2**30


def quota(**values: Any) -> Check:
    given = {"name": "VPCs", "code": "vpc L-1", "limit": 5.0, "is_default": False, "used": 0.0, "needed": 1.0}
    return aws_target.quota(Quota(**{**given, **values}))


def docker(**found: str) -> Check:
    """Where images are for x86."""
    return aws_target.docker(Docker(path="/d", **found), ["amd64"])


def names(name: str) -> Check:
    return aws_target.names({"target group": name, "bucket": "b" * 63})


@pytest.mark.parametrize(
    ("look", "tells"),
    [
        (lambda: machine.python((3, 11, 0)), "3.11.0"),
        (lambda: machine.python((3, 14, 1)), "3.14.1"),
        (lambda: machine.terraform("1.11.4", problem=""), "1.11.4"),
        (lambda: machine.make("GNU Make 4.3\nBuilt for x86_64"), "GNU Make 4.3"),
        (lambda: machine.disk("STATE_DIR", Path("/there"), free_bytes=GIB), "1.0 GiB free at /there"),
        (lambda: local_target.ports((4566, 8080), problem=""), "4566, 8080"),
        (lambda: local_target.memory(max_tasks=8, wanted=8, usable_bytes=4 * GIB), "8 tasks at once in 4.0 GiB"),
        (lambda: local_target.loopback([]), "nothing of the embedded AWS listens yet"),
        (lambda: local_target.loopback(["127.0.0.1", "::1", "127.0.0.2"]), "3 sockets listen"),
        (lambda: docker(server="28.2", architecture="amd64", buildx="v0.20"), "28.2, buildx v0.20"),
        (lambda: docker(server="28.2", architecture="arm64", buildx="v0.20"), "28.2, buildx v0.20"),
        (lambda: docker(server="28.2", architecture="amd64"), "28.2 without buildx, and images for amd64 need none"),
        (lambda: aws_target.credentials("111122223333", problem=""), "account 111122223333"),
        (lambda: aws_target.region("eu-west-1", True), "eu-west-1"),
        (lambda: aws_target.region("eu-west-1", None), "may not be read"),
        (lambda: quota(used=4.0), "1 needed, 4 used of 5"),
        (lambda: quota(used=None), "how many are used may not be read"),
        (lambda: quota(is_default=True), "of 5 (the default"),
        (lambda: aws_target.role(Role(service="ecs.amazonaws.com", exists=True)), "is there"),
        (lambda: aws_target.role(Role(service="ecs.amazonaws.com", exists=None)), "may not be read"),
        (lambda: names("t" * 32), "b" * 63),
    ],
)
def test_what_is_right_passes_with_what_was_found(look: Callable[[], Check], tells: str) -> None:
    check = look()
    assert check.passed
    assert tells in str(check)


@pytest.mark.parametrize(
    ("look", "mend"),
    [
        (lambda: machine.python((3, 10, 14)), "3.11 or newer is needed"),
        (
            lambda: machine.terraform("", problem="Terraform 1.11.0 is needed and none is on PATH; get it from there."),
            "get it",
        ),
        (lambda: machine.make(""), "sudo apt-get install make"),
        (lambda: machine.make("bmake 2020"), "sudo apt-get install make"),
        (
            lambda: machine.disk("STATE_DIR", Path("/there"), free_bytes=GIB - 1),
            "set STATE_DIR to a folder that has it",
        ),
        (lambda: local_target.ports((1,), problem="Port 1 is in use; set ALB_PORT to a free port."), "set ALB_PORT"),
        (lambda: local_target.ports((1,), problem="ALB_PORT=1 is taken by x."), "set other ports"),
        (lambda: local_target.memory(max_tasks=7, wanted=8, usable_bytes=GIB), "MAX_TASKS"),
        (lambda: local_target.loopback(["127.0.0.1", "0.0.0.0"]), "others can reach it"),  # noqa: S104 - what must not be
        (lambda: local_target.loopback(["::"]), "others can reach it"),
        (lambda: aws_target.docker(Docker(path=""), ["amd64"]), "install it"),
        (docker, "start it"),
        (lambda: docker(server="28.2", architecture="arm64"), "docker buildx"),
        (
            lambda: aws_target.credentials("", problem="AWS does not accept them; log in and try again."),
            "log in and try again",
        ),
        (lambda: aws_target.credentials("", problem="no semicolon"), "log in"),
        (lambda: aws_target.region("me-south-1", False), "enable it"),
        (lambda: quota(used=5.0), "ask for more in Service Quotas: vpc L-1"),
        (lambda: quota(used=None, needed=6.0), "ask for more"),
        (
            lambda: aws_target.role(Role(service="ecs.amazonaws.com", exists=False)),
            "--aws-service-name ecs.amazonaws.com",
        ),
        (lambda: names("t" * 33), "shorter ENV"),
    ],
)
def test_what_is_wrong_is_told_with_its_mend(look: Callable[[], Check], mend: str) -> None:
    check = look()
    assert not check.passed
    assert mend in check.mend
    assert check.found


def test_a_walk_needs_its_services_and_the_biggest_one_three_times() -> None:
    settings = Settings.from_environ({"STAGE": "monolith"})
    monolith = settings.system.monolith
    assert needs.most_tasks(settings) == 3 * monolith.desired_count
    assert needs.most_vcpus(settings) == 3 * monolith.desired_count * monolith.size.cpu_units / 1024
    assert needs.most_tasks(Settings.from_environ({"STAGE": "split"})) == 4 * monolith.desired_count


def test_processors_are_enough_for_services_that_have_scaled_to_their_most() -> None:
    settings = Settings.from_environ({"STAGE": "split"})
    monolith, like = (settings.system.images[name] for name in ("monolith", "like"))
    assert like.scaling is not None
    tasks = monolith.desired_count + like.scaling.most + 2 * like.desired_count
    assert needs.most_vcpus(settings) == tasks * like.size.cpu_units / 1024


@pytest.mark.parametrize("region", ["ap-southeast-2", "us-gov-east-1"])
def test_the_longest_names_that_settings_allow_are_short_enough(region: str) -> None:
    settings = Settings.from_environ({"TARGET": "aws", "ENV": "abcdefghijkl", "REGION": region})
    longest = account.longest_names(settings, "1" * 12)
    assert set(longest) == {"load balancer", "target group", "bucket", "table"}
    assert aws_target.names(longest).passed


class Refusing:
    """An API that refuses everything."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, name)

        return refuse


def test_an_account_that_may_read_nothing_gets_the_defaults_and_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.aws.client", lambda *_: Refusing())
    found = account.account_checks(Settings.from_environ({"TARGET": "aws"}))
    assert all(check.passed for check in found)
    assert sum("the default" in str(check) for check in found) == 4


def first_deploy(monkeypatch: pytest.MonkeyPatch, *found: Check, target: str = "aws", deployed: bool = False) -> None:
    outputs = {"stage": "split"} if deployed else {}
    monkeypatch.setattr(doctor, "Terraform", lambda *_, **__: SimpleNamespace(outputs=lambda: outputs))
    monkeypatch.setattr("cli.aws.require_account", lambda _: "1" * 12)
    monkeypatch.setattr(doctor, "checks", lambda _: list(found))
    doctor.before_first_deploy(Settings.from_environ({"TARGET": target}), Progress())


def test_the_first_deploy_to_aws_stops_at_what_has_to_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = Check(name="A", found="fine"), Check(name="B", found="is not there", mend="make it")
    first_deploy(monkeypatch, good)
    with pytest.raises(CommandError, match="nothing was changed") as refused:
        first_deploy(monkeypatch, good, bad)
    assert refused.value.exit_code == REFUSED
    assert "B: is not there; make it" in str(refused.value)
    assert "A: fine" not in str(refused.value)


def test_a_later_deploy_and_one_to_this_machine_are_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Check(name="B", found="is not there", mend="make it")
    first_deploy(monkeypatch, bad, deployed=True)
    first_deploy(monkeypatch, bad, target="local")


@pytest.mark.parametrize("mend", ["", "make it"])
def test_the_report_has_a_line_for_each_check_and_fails_with_one(
    mend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[Callable[[Settings], list[Check]]] = [lambda _: [Check(name="A", found="fine", mend=mend)]]
    monkeypatch.setattr(doctor, "checks", answers[0])
    if mend:
        with pytest.raises(CommandError, match="A") as failed:
            doctor.report(Settings.from_environ({}))
        assert failed.value.exit_code == 1
    else:
        doctor.report(Settings.from_environ({}))
    assert capsys.readouterr().out == ("MEND  A: fine; make it\n" if mend else "ok    A: fine\n")
