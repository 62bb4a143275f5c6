"""A port that is taken: by whom, as far as the system tells, and what to do about it."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import psutil
import pytest

from embedded.alb import ports
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.state import MARKER

PORT = 8080


class Machine:
    """Its sockets, and the process that listens on the port."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.refusal: OSError | None = OSError(errno.EADDRINUSE, "Address already in use")
        self.bound: list[tuple[str, int]] = []
        self.connections: list[Any] = [self.listening()]
        self.environ: dict[str, str] | Exception = {}
        self.owners: dict[tuple[str, int], str] = {}
        self.refuses_to_tell = False
        patch.setattr(ports, "socket", SimpleNamespace(socket=lambda: _Probe(self), SOL_SOCKET=1, SO_REUSEADDR=2))
        told = {"net_connections": self._connections, "Process": self._process}
        known = {"CONN_LISTEN": psutil.CONN_LISTEN, "Error": psutil.Error}
        patch.setattr(ports, "psutil", SimpleNamespace(**told, **known))
        patch.setattr(ports, "port_claims", SimpleNamespace(read=self._claims))

    @staticmethod
    def listening(port: int = PORT, status: str = psutil.CONN_LISTEN, pid: int | None = 7) -> SimpleNamespace:
        return SimpleNamespace(status=status, laddr=("127.0.0.1", port), pid=pid)

    def _connections(self, *, kind: str) -> list[Any]:
        assert kind == "tcp"
        if self.refuses_to_tell:
            raise psutil.AccessDenied
        return self.connections

    def _process(self, pid: int) -> SimpleNamespace:
        def environ() -> dict[str, str]:
            if isinstance(self.environ, Exception):
                raise self.environ
            return self.environ

        return SimpleNamespace(pid=pid, name=lambda: f"program-{pid}", environ=environ)

    def _claims(self, folder: Path) -> SimpleNamespace:
        return SimpleNamespace(owner=lambda port: self.owners.get((str(folder), port)))

    def refused(self, variable: str = "ALB_PORT") -> PortInUseError:
        with pytest.raises(PortInUseError) as caught:
            check_port_free(port=PORT, variable=variable)
        assert self.bound == [("127.0.0.1", PORT)]
        return caught.value


class _Probe:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def setsockopt(self, *option: int) -> None:
        assert option == (1, 2, 1)

    def bind(self, address: tuple[str, int]) -> None:
        self._machine.bound.append(address)
        if self._machine.refusal is not None:
            raise self._machine.refusal


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_free_port_is_free(machine: Machine) -> None:
    machine.refusal = None
    check_port_free(port=PORT, variable="ALB_PORT")
    assert machine.bound == [("127.0.0.1", PORT)]


def test_a_port_of_root_is_told_from_one_that_is_taken(machine: Machine) -> None:
    machine.refusal = PermissionError(errno.EACCES, "Permission denied")
    refused = machine.refused()
    assert (refused.errno, str(refused)) == (
        errno.EACCES,
        f"Port {PORT} is reserved for root; set ALB_PORT to a port above 1023.",
    )


def test_a_taken_port_names_who_listens_there(machine: Machine) -> None:
    machine.connections = [
        machine.listening(port=PORT + 1, pid=1),
        machine.listening(status=psutil.CONN_ESTABLISHED, pid=2),
        machine.listening(pid=None),
        machine.listening(pid=7),
        machine.listening(pid=8),
    ]
    refused = machine.refused()
    assert refused.errno == errno.EADDRINUSE
    assert str(refused) == (
        f"Port {PORT} is in use by program-7 (process 7); stop that process or set ALB_PORT to a free port."
    )


def test_who_is_not_told_is_not_named(machine: Machine) -> None:
    unnamed = f"Port {PORT} is in use; stop that process or set ALB_PORT to a free port."
    machine.refuses_to_tell = True
    assert str(machine.refused()) == unnamed
    machine.refuses_to_tell, machine.connections, machine.bound = False, [], []
    assert str(machine.refused()) == unnamed


@pytest.mark.parametrize(
    "environ", [{}, {MARKER: ""}, psutil.AccessDenied(7)], ids=["stranger", "empty", "kept to itself"]
)
def test_a_strangers_process_may_be_stopped(machine: Machine, environ: dict[str, str] | Exception) -> None:
    machine.environ = environ
    machine.owners = {(".", PORT): "nobody's"}
    assert "by program-7 (process 7); stop that process" in str(machine.refused())


def test_a_process_of_the_embedded_aws_that_serves_no_environment_may_be_stopped(machine: Machine) -> None:
    machine.environ = {MARKER: "/state"}
    machine.owners = {("/state", PORT + 1): "the API", ("/other", PORT): "another"}
    assert "of the embedded AWS in /state; stop that process" in str(machine.refused())


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("SITE_PORT", "give this environment ports of its own: set ALB_PORT and SITE_PORT to free ports."),
        ("AWS_PORT", "set AWS_PORT to a free port."),
    ],
)
def test_what_serves_an_environment_is_not_to_be_stopped(machine: Machine, variable: str, advice: str) -> None:
    machine.environ = {MARKER: "/state"}
    machine.owners = {("/state", PORT): "website of blue"}
    refused = str(machine.refused(variable))
    assert refused.endswith(f"of the embedded AWS in /state as website of blue; {advice}")
    assert "stop" not in refused
