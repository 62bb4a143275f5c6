"""How the kept provider is started, and what is made of what it says; tests/local starts the real one."""

from __future__ import annotations

import io
import queue
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.kept_provider import READS, KeptProvider
from systems.checkout import ROOT

ATTACH = '\tTF_REATTACH_PROVIDERS=\'{"hashicorp/aws": {"Pid": 7}}\'\n'


class Process:
    """A provider that says what it is told to, line by line, until it ends."""

    def __init__(self, arguments: list[str], options: dict[str, Any]) -> None:
        self.arguments, self.options = arguments, options
        self.pid = 77
        self.stdin = io.StringIO()
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.returncode: int | None = None
        self.waited = False
        self.hangs = False

    @property
    def stdout(self) -> Iterator[str]:
        while (line := self.lines.get()) is not None:
            yield line

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        if not self.hangs:
            self.returncode = -15
            self.lines.put(None)

    def kill(self) -> None:
        self.returncode = -9
        self.lines.put(None)

    def wait(self, timeout: float | None = None) -> None:
        if self.returncode is None and timeout is not None:
            raise subprocess.TimeoutExpired(self.arguments, timeout)
        self.waited = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    found: list[Process] = []

    def start(arguments: list[str], **options: Any) -> Process:
        found.append(Process(arguments, options))
        return found[-1]

    monkeypatch.setattr("cli.kept_provider.subprocess.Popen", start)
    monkeypatch.setattr("cli.kept_provider.atexit", SimpleNamespace(register=found.append))
    yield found
    for one in found:
        if not isinstance(one, Process):
            one()


def keep(environ: dict[str, str] | None = None, reads: tuple[Path, ...] = ()) -> KeptProvider:
    return KeptProvider(Path("/providers/aws"), stack_dir=Path("/stack"), environ=environ or {}, reads=reads)


def home_of(process: Process) -> Path:
    return Path(process.arguments[-3])


def test_terraform_is_told_how_to_reach_the_provider_once_it_has_said_so(started: list[Process]) -> None:
    provider = keep()
    process = started[0]
    for line in ("Provider started. To attach Terraform CLI, set the variable:\n", "\n", ATTACH):
        process.lines.put(line)
    assert provider.attach() == {"TF_REATTACH_PROVIDERS": '{"hashicorp/aws": {"Pid": 7}}'}
    assert provider.pid == 77


def test_it_runs_beside_the_stack_apart_from_the_terminal_and_without_its_thousands_of_lines(
    started: list[Process],
) -> None:
    keep({"PATH": "/bin", "TF_LOG": "TRACE"})
    process = started[0]
    assert process.arguments[-5:-3] == ["-m", "cli.schema_proxy"]
    assert process.arguments[-2:] == ["/stack", "/providers/aws"]
    assert process.options["cwd"] == ROOT
    assert process.options["start_new_session"] is True
    assert process.options["stdin"] == subprocess.PIPE, "it ends when that does"
    assert (process.options["stdout"], process.options["stderr"]) == (subprocess.PIPE, subprocess.STDOUT)
    assert (process.options["text"], process.options["errors"]) == (True, "replace"), "it may say what is no text"
    environ = process.options["env"]
    assert environ["PATH"] == "/bin"
    assert environ["TMPDIR"] == str(home_of(process)), "what it leaves when it is killed goes with that folder"
    logs = {name: value for name, value in environ.items() if name.startswith("TF_LOG")}
    assert set(logs) == {"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_AWS", "TF_LOG_SDK", "TF_LOG_SDK_PROTO"}
    assert set(logs.values()) == {"OFF"}


def test_terraform_starts_its_own_provider_where_the_kept_one_has_failed(started: list[Process]) -> None:
    provider = keep()
    started[0].lines.put("panic: no\n")
    started[0].kill()
    assert provider.attach() == {}


def test_a_provider_that_ended_after_it_was_up_is_not_attached_to(started: list[Process]) -> None:
    provider = keep()
    started[0].lines.put(ATTACH)
    assert provider.attach() != {}
    started[0].returncode = 1
    assert provider.attach() == {}


def test_it_is_ended_with_this_process_at_the_latest(started: list[Any]) -> None:
    provider = keep()
    process, at_exit = started
    assert at_exit == provider.end
    provider.end()
    assert (process.returncode, process.waited, process.stdin.closed) == (-15, True, True)
    assert not home_of(process).exists()


def test_one_that_does_not_end_when_asked_is_killed(started: list[Any]) -> None:
    provider = keep()
    process = started[0]
    process.hangs = True
    provider.end()
    assert (process.returncode, process.waited) == (-9, True)
    assert not home_of(process).exists()


def test_what_names_types_is_linked_beside_its_socket_for_nobody_else(started: list[Process], tmp_path: Path) -> None:
    provider = keep(reads=(tmp_path / "stack", tmp_path / "state"))
    provider.read_also(tmp_path / "another")
    home = home_of(started[0])
    links = {link.readlink() for link in (home / READS).iterdir()}
    assert links == {tmp_path / name for name in ("stack", "state", "another")}
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_command_ends_without_waiting_for_what_the_provider_says_next(started: list[Process]) -> None:
    before = set(threading.enumerate())
    keep()
    (listener,) = set(threading.enumerate()) - before
    assert listener.daemon
    started[0].kill()
    listener.join(timeout=10)
    assert not listener.is_alive()


def test_a_provider_that_says_nothing_is_given_half_a_minute(
    started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda _event, timeout=None: waited.append(timeout))
    provider = keep()
    started[0].returncode = None
    waited.clear()
    assert provider.attach() == {}
    assert waited == [30.0]
