"""What doctor looks at on this machine: programs, disks, ports, memory and sockets; the judging has its own tests."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cli import terraform_setup
from cli.doctor import account, command, local_target, machine, needs
from cli.doctor.check import Check
from cli.errors import CommandError
from embedded.alb.ports import PortInUseError
from embedded.ecs.capacity import of_machine
from settings.settings import Settings

GIB = 2**30


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folders = {"STATE_DIR": str(tmp_path / "state" / "deep"), "CDKTF_OUTDIR": str(tmp_path / "out")}
    return Settings.from_environ({"AWS_PORT": "4000", "ALB_PORT": "4001", "SITE_PORT": "4002", **folders})


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {one.name: one for one in checks}


def programs(monkeypatch: pytest.MonkeyPatch, **answers: str) -> None:
    """Programs print these when they are asked for their version; others are not there."""

    def run(asked: tuple[str, ...], **options: Any) -> SimpleNamespace:
        name, question = Path(asked[0]).name, asked[1:]
        if name not in answers:
            raise FileNotFoundError(errno.ENOENT, "No such file", name)
        assert question == {"make": ("--version",), "terraform": ("version",)}[name]
        assert options == {"capture_output": True, "text": True, "check": False}
        return SimpleNamespace(stdout=answers[name])

    monkeypatch.setattr(subprocess, "run", run)


def test_programs_and_folders_of_this_machine(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.out_dir.mkdir()
    monkeypatch.setattr(sys, "version_info", (3, 12, 5, "final", 0))
    monkeypatch.setattr(terraform_setup, "require_terraform", lambda: "/bin/terraform")
    programs(monkeypatch, make="GNU Make 4.4\nBuilt for x", terraform="Terraform v1.12.0\non linux_amd64\n")
    free = {tmp_path: 2 * GIB, settings.out_dir: GIB // 2}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free[path]))
    found = by_name(machine.checks(settings))
    assert {name: one.found for name, one in found.items()} == {
        "Python": "3.12.5",
        "Terraform": "1.12.0",
        "make": "GNU Make 4.4",
        "Disk for STATE_DIR": f"2.0 GiB free at {settings.state_dir}",
        "Disk for CDKTF_OUTDIR": f"0.5 GiB free at {settings.out_dir}",
    }
    assert [name for name, one in found.items() if not one.passed] == ["Disk for CDKTF_OUTDIR"]


def test_without_programs_each_is_told_with_its_mend(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise CommandError("Terraform is needed and none is on PATH; get it from there.")

    monkeypatch.setattr(terraform_setup, "require_terraform", missing)
    programs(monkeypatch)
    found = by_name(machine.checks(settings))
    assert (found["Terraform"].found, found["Terraform"].mend) == (
        "Terraform is needed and none is on PATH",
        "get it from there",
    )
    assert found["make"].found == "no GNU make on PATH"


class Sockets:
    """The embedded AWS with its processes, and what else has ports."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs = False
        self.processes: list[list[tuple[str, str]] | psutil.Error] = []
        self.busy = False
        self.foreign = ""
        monkeypatch.setattr(local_target, "check_port_free", self._check)
        monkeypatch.setattr(local_target, "foreign_port", lambda _: self.foreign)
        state = SimpleNamespace(
            read=lambda _: object() if self.runs else None,
            processes=lambda _: [SimpleNamespace(net_connections=self._connections(one)) for one in self.processes],
        )
        monkeypatch.setattr(local_target, "state", state)
        monkeypatch.setattr(local_target, "usable_memory_bytes", lambda: 8 * GIB)

    def _check(self, *, port: int, variable: str) -> None:
        assert (port, variable) == (4000, "AWS_PORT")
        if self.busy:
            raise PortInUseError(errno.EADDRINUSE, "Port 4000 is in use; set AWS_PORT to a free port.")

    @staticmethod
    def _connections(sockets: list[tuple[str, str]] | psutil.Error) -> Callable[..., list[Any]]:
        def read(*, kind: str) -> list[Any]:
            assert kind == "tcp"
            if isinstance(sockets, psutil.Error):
                raise sockets
            return [SimpleNamespace(laddr=(address, 1), status=status) for address, status in sockets]

        return read


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Sockets:
    return Sockets(monkeypatch)


def test_all_three_ports_are_looked_at_before_the_embedded_aws_runs(settings: Settings, sockets: Sockets) -> None:
    found = by_name(local_target.checks(settings))
    assert found["Ports"].found == "4000, 4001, 4002 are free or this environment's own"
    sockets.foreign = "ALB_PORT=4001 is taken by blue."
    assert by_name(local_target.checks(settings))["Ports"].found == "ALB_PORT=4001 is taken by blue"
    sockets.busy = True
    assert by_name(local_target.checks(settings))["Ports"].mend == "set AWS_PORT to a free port"


def test_a_running_embedded_aws_has_its_port_itself(settings: Settings, sockets: Sockets) -> None:
    sockets.runs = sockets.busy = True
    assert by_name(local_target.checks(settings))["Ports"].passed
    sockets.foreign = "SITE_PORT=4002 is taken by blue."
    assert not by_name(local_target.checks(settings))["Ports"].passed


def test_only_sockets_that_listen_count_and_a_process_that_ended_hides_none(
    settings: Settings, sockets: Sockets
) -> None:
    listens, talks = psutil.CONN_LISTEN, psutil.CONN_ESTABLISHED
    sockets.processes = [
        [("127.0.0.1", listens), ("192.168.1.2", talks)],
        psutil.NoSuchProcess(7),
        [("::1", listens)],
    ]
    assert by_name(local_target.checks(settings))["Loopback"].found == "nothing of the embedded AWS listens yet"
    sockets.runs = True
    assert by_name(local_target.checks(settings))["Loopback"].found == "2 sockets listen, all on loopback"
    sockets.processes.append([("192.168.1.2", listens)])
    found = by_name(local_target.checks(settings))["Loopback"]
    assert not found.passed
    assert "192.168.1.2" in found.found


@pytest.mark.usefixtures("sockets")
def test_tasks_have_the_memory_of_the_machine_unless_somebody_says_otherwise(settings: Settings) -> None:
    wanted = needs.most_tasks(settings)
    borne = of_machine(8 * GIB).max_tasks
    assert borne >= wanted
    told = by_name(local_target.checks(settings))["Memory for tasks"]
    assert told.found == f"{borne} tasks at once in 8.0 GiB, a walk has up to {wanted}"
    assert told.passed
    fewer = Settings.from_environ({"MAX_TASKS": str(wanted - 1), "AWS_PORT": "4000"})
    assert not by_name(local_target.checks(fewer))["Memory for tasks"].passed


@pytest.mark.parametrize(("target", "expected"), [("local", ["machine", "local"]), ("aws", ["machine", "account"])])
def test_each_target_has_checks_of_its_own_beside_those_of_the_machine(
    target: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_environ({"TARGET": target})
    for module, name in ((machine, "machine"), (local_target, "local"), (account, "account")):
        monkeypatch.setattr(module, "checks", lambda asked, name=name: [Check(name=name, found=str(asked == settings))])
    assert command.checks(settings) == [Check(name=name, found="True") for name in expected]
