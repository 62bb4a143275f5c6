"""Starting and stopping the embedded AWS, as the commands decide it; no process is started here."""

from __future__ import annotations

import dataclasses
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cli import local
from cli.errors import CommandError
from cli.progress import Progress
from embedded import port_claims, state
from embedded.code_version import code_version
from embedded.control_client import ControlError, RefusedError
from embedded.port_claims import Claims, Environment
from embedded.state import DaemonState
from settings.settings import Settings
from systems.checkout import ROOT
from systems.facade_way import FacadeWay

RUNNING = DaemonState(
    pid=77, control_plane_id="one", started_at=0.0, aws_port=4566, code_version=code_version(ROOT), control_socket="/s"
)


class Daemon:
    """Stands in for the process: it is up after ``ready_after`` looks, or ends with ``status`` after as many."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.running: DaemonState | None = None
        self.ready_after: float = 3
        self.status: int | None = None
        self.log = ""
        self.arguments: list[str] = []
        self.options: dict[str, Any] = {}
        self.returncode: int | None = None
        self.events: list[Any] = []
        self.hangs = False
        self.leftovers = 0
        monkeypatch.setattr("cli.local.subprocess.Popen", self._start)
        monkeypatch.setattr(
            local, "time", SimpleNamespace(time=lambda: 1 + self.now, monotonic=lambda: self.now, sleep=self._sleep)
        )
        monkeypatch.setattr("cli.local.state.read", lambda _: self.running)
        monkeypatch.setattr("cli.local.state.remove", lambda _: self.events.append("removed"))
        monkeypatch.setattr("cli.local.state.kill_processes", lambda _: self.events.append("rest killed"))
        monkeypatch.setattr("cli.local.psutil.Process", self._process)

    def _start(self, arguments: list[str], **options: Any) -> Any:
        self.arguments, self.options = arguments, options
        options["stdout"].write(self.log)
        self.events.append("started")
        return self

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.ready_after -= 1
        if self.ready_after <= 0 and self.status is None:
            self.running = RUNNING

    def _process(self, pid: int) -> Any:
        self.events.append(pid)
        return self

    def poll(self) -> int | None:
        if self.ready_after <= 0:
            self.returncode = self.status
        return self.returncode

    def kill(self) -> None:
        self.events.append("killed")

    def send_signal(self, number: int) -> None:
        self.events.append(number)

    def wait(self, *, timeout: float) -> None:
        self.events.append(timeout)
        if self.hangs:
            raise psutil.TimeoutExpired(timeout)
        self.running = None


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return Daemon(monkeypatch)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environ(
        {"STATE_DIR": str(tmp_path / "state"), "AWS_PORT": "4566", "ALB_PORT": "1", "ENV": "x"}
    )


def test_one_that_runs_this_code_is_taken(daemon: Daemon, settings: Settings) -> None:
    daemon.running = RUNNING
    assert local.ensure_running(settings, Progress()) is RUNNING
    assert daemon.events == []


def test_one_that_does_not_run_is_started_and_waited_for(
    daemon: Daemon, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert local.ensure_running(settings, Progress()) is RUNNING
    assert daemon.events == ["started"]
    assert daemon.returncode == 0, "it outlives the command"
    assert daemon.arguments[:3] == [sys.executable, "-m", "embedded"]
    assert f"--state-dir={settings.state_dir}" in daemon.arguments
    assert "--aws-port=4566" in daemon.arguments
    assert daemon.options["cwd"] == ROOT
    assert daemon.options["env"][state.MARKER] == str(settings.state_dir)
    assert daemon.options["start_new_session"] is True
    assert "Starting the embedded AWS" in capsys.readouterr().err
    assert settings.state_dir.stat().st_mode & 0o777 == 0o700
    assert (settings.state_dir / "daemon.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("status", "exit_code"), [(2, 2), (1, 1), (-9, 1)])
def test_one_that_ends_at_once_is_explained_by_the_end_of_its_log(
    status: int, exit_code: int, daemon: Daemon, settings: Settings
) -> None:
    daemon.status, daemon.log = status, "\n".join(f"line {number}" for number in range(8))
    with pytest.raises(CommandError) as failed:
        local.ensure_running(settings, Progress())
    assert str(failed.value).splitlines() == [f"line {number}" for number in range(3, 8)]
    assert failed.value.exit_code == exit_code


def test_one_that_ends_without_a_word_is_said_to_have_done_so(daemon: Daemon, settings: Settings) -> None:
    daemon.status = 1
    with pytest.raises(CommandError, match=r"ended at once; its log .*daemon.log is empty"):
        local.ensure_running(settings, Progress())


def test_one_that_is_not_ready_in_time_is_killed_and_its_log_named(daemon: Daemon, settings: Settings) -> None:
    daemon.ready_after = float("inf")
    with pytest.raises(CommandError, match=r"not ready after 120 s. Its log .*daemon.log may say why; run the same"):
        local.ensure_running(settings, Progress())
    assert daemon.events == ["started", "killed"]
    assert 120 <= daemon.now < 121


def test_one_on_another_port_is_named_and_left_alone(daemon: Daemon, settings: Settings) -> None:
    daemon.running = dataclasses.replace(RUNNING, aws_port=5000)
    with pytest.raises(CommandError, match="already runs with AWS_PORT=5000; run make down first") as failed:
        local.ensure_running(settings, Progress())
    assert failed.value.exit_code == 2
    assert daemon.events == []


def test_one_with_the_code_of_before_an_update_is_replaced(
    daemon: Daemon, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.running = dataclasses.replace(RUNNING, code_version="older")
    assert local.ensure_running(settings, Progress()) is RUNNING
    assert daemon.events == [77, signal.SIGTERM, 45.0, "rest killed", "removed", "started"]
    assert "restarting it with the new code" in capsys.readouterr().err


def test_one_with_the_code_of_before_an_update_goes_on_for_a_command_that_only_reads(
    daemon: Daemon, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.running = dataclasses.replace(RUNNING, code_version="older")
    assert local.ensure_running(settings, Progress(), restarts=False) is daemon.running
    assert daemon.events == []
    assert "Warning: the embedded AWS runs code from before" in capsys.readouterr().err


def test_its_limit_of_tasks_is_handed_over(daemon: Daemon, settings: Settings) -> None:
    local.ensure_running(dataclasses.replace(settings, max_tasks=12), Progress())
    assert "--max-tasks=12" in daemon.arguments


def test_stopping_waits_for_the_end_and_leaves_no_process(
    daemon: Daemon, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.running = RUNNING
    local.stop(settings, Progress())
    assert daemon.events == [77, signal.SIGTERM, 45.0, "rest killed", "removed"]
    assert "Stopping the embedded AWS" in capsys.readouterr().err


def test_one_that_does_not_end_is_killed(daemon: Daemon, settings: Settings) -> None:
    daemon.running, daemon.hangs = RUNNING, True
    local.stop(settings, Progress())
    assert daemon.events == [77, signal.SIGTERM, 45.0, "killed", "rest killed", "removed"]


def test_what_a_crashed_one_left_is_killed_and_that_none_runs_is_said(
    daemon: Daemon, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    local.stop(settings, Progress())
    assert daemon.events == ["rest killed"]
    assert "The embedded AWS does not run" in capsys.readouterr().err


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Settings]]:
    found: list[Settings] = []
    monkeypatch.setattr(local, "stop", lambda settings, _progress: found.append(settings))
    yield found


def test_one_that_a_command_started_is_stopped_again_also_when_it_fails(
    daemon: Daemon, settings: Settings, stopped: list[Settings]
) -> None:
    with pytest.raises(ZeroDivisionError), local.left_as_it_was(settings, Progress()):
        daemon.running = RUNNING
        raise ZeroDivisionError
    assert stopped == [settings]


def test_one_that_ran_before_a_command_goes_on(daemon: Daemon, settings: Settings, stopped: list[Settings]) -> None:
    daemon.running = RUNNING
    with local.left_as_it_was(settings, Progress()):
        pass
    assert stopped == []


def test_one_that_was_never_started_is_not_stopped(daemon: Daemon, settings: Settings, stopped: list[Settings]) -> None:
    with local.left_as_it_was(settings, Progress()):
        pass
    with local.left_as_it_was(Settings.from_environ({"TARGET": "aws"}), Progress()):
        daemon.running = RUNNING
    assert stopped == []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(local, "ask", lambda *arguments: found.append(arguments))
    return found


def test_an_environment_is_registered_with_its_ports_and_names(settings: Settings, asked: list[Any]) -> None:
    local.claim_ports(settings, RUNNING)
    ((socket, method, route, document),) = asked
    assert (socket, method, route) == (Path("/s"), "PUT", "/environments")
    assert document["name"] == settings.name()
    environment = document["environment"]
    assert (environment["alb_port"], environment["site_port"]) == (settings.alb_port, settings.site_port)
    assert environment["load_balancer"] == settings.name()
    assert environment["site_bucket"].startswith(settings.name())
    assert tuple(environment["tables"]) == settings.table_names
    assert (environment["internal_port"], environment["internal_load_balancer"]) == (0, "")


def test_the_port_of_the_internal_load_balancer_is_registered_and_kept(settings: Settings, asked: list[Any]) -> None:
    """Also while it is about to go: a deploy that is cut off then has to find it again."""
    inside = dataclasses.replace(settings, facade=FacadeWay.INTERNAL, internal_port=8082)
    local.claim_ports(inside, RUNNING)
    registered = asked[-1][3]["environment"]
    assert (registered["internal_port"], registered["internal_load_balancer"]) == (8082, f"{settings.name()}-internal")
    port_claims.write(settings.state_dir, Claims(environments={settings.name(): Environment.parse(registered)}))
    local.claim_ports(dataclasses.replace(settings, internal_port=8082), RUNNING)
    assert asked[-1][3]["environment"] == registered


def test_a_destroyed_environment_is_forgotten_by_its_name(
    settings: Settings, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.local.state.control_socket", lambda _: Path("/s"))
    local.forget(settings)
    assert asked == [(Path("/s"), "DELETE", "/environments", {"name": settings.name()})]


def failing(error: Exception) -> Callable[..., None]:
    def ask(*_: object) -> None:
        raise error

    return ask


def test_ports_that_somebody_else_has_are_a_mistake_in_the_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "ask", failing(RefusedError("PUT /environments", "ALB_PORT=1 is taken")))
    with pytest.raises(CommandError, match=r"^ALB_PORT=1 is taken$") as refused:
        local.claim_ports(settings, RUNNING)
    assert refused.value.exit_code == 2


def test_an_embedded_aws_that_does_not_answer_is_said_in_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "ask", failing(ControlError("it is gone")))
    with pytest.raises(CommandError, match="it is gone") as failed:
        local.claim_ports(settings, RUNNING)
    assert failed.value.exit_code == 1
    with pytest.raises(CommandError, match="it is gone"):
        local.forget(settings)
