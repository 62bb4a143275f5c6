"""A stub in the place of Terraform, and stand-ins for everything that a command does."""

from __future__ import annotations

import contextlib
import json
import signal
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import command_line
from cli.errors import CommandError
from cli.progress import Progress
from cli.terraform import Terraform
from settings.settings import Settings
from tests.unit.cli import fake_cloud

STUB = textwrap.dedent("""\
    #!/bin/sh
    # Keeps what it is asked in "asked"; answers with the files ANSWERS/COMMAND, .error and .status.
    [ "$1" = version ] && { echo '{"terraform_version": "1.11.4"}'; exit 0; }
    echo "$PWD $*" >> "$ANSWERS/asked"
    env > "$ANSWERS/environment"
    cat "$ANSWERS/$1" 2>/dev/null
    [ ! -f "$ANSWERS/$1.error" ] || cat "$ANSWERS/$1.error" >&2
    exit "$(cat "$ANSWERS/$1.status" 2>/dev/null || echo 0)"
    """)


class TerraformStub:
    """A Terraform that answers as it is told."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.said: list[str] = []
        self.terraform = Terraform(settings, say=self.said.append)

    def with_state(self, **outputs: object) -> Path:
        """Write a state without resources; its path."""
        path = self.settings.terraform_state
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {name: {"value": value, "type": "dynamic"} for name, value in outputs.items()}
        path.write_text(json.dumps({"version": 4, "outputs": told, "resources": []}))
        return path

    def answers(self, command: str, answer: object = "", *, error: str = "", status: int = 0) -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        (self.folder / command).write_text(text)
        (self.folder / f"{command}.error").write_text(error)
        (self.folder / f"{command}.status").write_text(str(status))

    def asked(self) -> list[str]:
        """The commands so far."""
        lines = (self.folder / "asked").read_text().splitlines() if (self.folder / "asked").exists() else []
        return [line.split(" ", 1)[1] for line in lines]

    def asked_in(self) -> set[str]:
        return {line.split(" ", 1)[0] for line in (self.folder / "asked").read_text().splitlines()}

    def environment(self) -> dict[str, str]:
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> fake_cloud.Cloud:
    """Nothing is deployed, and what is deployed is none but a model."""
    return fake_cloud.play(monkeypatch)


@pytest.fixture
def make_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TerraformStub]:
    def make(**environ: str) -> TerraformStub:
        folder = tmp_path / "answers"
        folder.mkdir()
        program = folder / "terraform"
        program.write_text(STUB)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
        monkeypatch.setenv("ANSWERS", str(folder))
        folders = {"STATE_DIR": str(tmp_path / "state"), "CDKTF_OUTDIR": str(tmp_path / "out")}
        settings = Settings.from_environ({"ENV": "test", **folders, **environ})
        settings.stack_dir.mkdir(parents=True)
        return TerraformStub(folder, settings)

    return make


@pytest.fixture
def stub(make_stub: Callable[..., TerraformStub]) -> TerraformStub:
    return make_stub()


class World:
    """What a command did, in order."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.fails: BaseException | None = None
        self.at_work: CommandError | None = None
        self.addresses: list[str] = ["aws_vpc.this", "aws_lb.this"]
        self.outputs: dict[str, Any] = {"stage": "split", "api_url": "http://lb", "site_url": "https://site"}

    def note(self, what: str) -> Callable[..., None]:
        def done(*_: Any, **__: Any) -> None:
            self.did.append(what)
            if self.fails is not None:
                raise self.fails

        return done

    def note_settings(self, what: str) -> Callable[..., None]:
        """For what is given the settings of this run and no more."""
        note = self.note(what)

        def done(settings: Settings) -> None:
            assert isinstance(settings, Settings)
            note()

        return done

    def note_work(self, what: str) -> Callable[..., None]:
        """For work on the environment of this run that tells its progress."""
        note = self.note(what)

        def done(settings: Settings, progress: Progress, **_: Any) -> None:
            require_run(settings, progress)
            note()

        return done


def require_run(settings: Settings, progress: Progress) -> None:
    assert isinstance(settings, Settings)
    assert isinstance(progress, Progress)


def kept(settings: Settings) -> str:
    assert isinstance(settings, Settings)
    return "Kept: all"


def resolved(settings: Settings, progress: Progress) -> Settings:
    require_run(settings, progress)
    return settings


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    made = World()

    class Deployment:
        def __init__(self, settings: Settings, progress: Progress) -> None:
            require_run(settings, progress)
            for name in ("deploy", "show_plan", "show_drift", "rollback", "destroy", "report"):
                setattr(self, name, made.note(name))

        def outputs(self) -> dict[str, Any]:
            return made.outputs

    class StateReader:
        def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
            assert isinstance(settings, Settings)
            assert callable(say)

        def state_list(self) -> list[str]:
            return made.addresses

        def outputs(self) -> dict[str, Any]:
            return made.outputs

    @contextlib.contextmanager
    def only_one(settings: Settings, command: str) -> Iterator[None]:
        assert isinstance(settings, Settings)
        made.did.append(f"lock of {command}")
        yield
        made.did.append("lock is free")

    def run_task(settings: Settings, outputs: dict[str, Any], service: str, progress: Progress) -> None:
        require_run(settings, progress)
        made.did.append(("run-task", service, outputs["stage"]))

    def compare_alone(settings: Settings, outputs: dict[str, Any], service: str, progress: Progress) -> None:
        require_run(settings, progress)
        made.did.append(("compare", service, outputs["stage"]))

    def record(settings: Settings, outputs: dict[str, Any], progress: Progress) -> None:
        require_run(settings, progress)
        made.did.append(("record", outputs["stage"]))

    def take_over(folder: Path, *, say: Callable[[str], None]) -> None:
        assert folder.name in {"terraform", ".aws-state"}
        assert callable(say)
        made.did.append("earlier state")

    def require_free(settings: Settings) -> None:
        assert isinstance(settings, Settings)
        made.did.append("looks who is at work")
        if made.at_work is not None:
            raise made.at_work

    for stand_in in (Deployment, only_one, require_free, run_task, compare_alone):
        monkeypatch.setattr(command_line, stand_in.__name__, stand_in)
    monkeypatch.setattr("cli.comparing.record.record", record)
    monkeypatch.setattr(command_line, "Terraform", StateReader)
    monkeypatch.setattr("cli.interrupts.ignore", lambda: made.did.append("ignores signals"))
    monkeypatch.setattr("cli.command_line.os.umask", lambda mask: made.did.append(f"umask {mask:o}"))
    monkeypatch.setattr("cli.command_line.local.stop_unless_used", made.note_work("stop"))
    monkeypatch.setattr("cli.command_line.local.kept", kept)
    monkeypatch.setattr("cli.command_line.audit.audit", made.note_work("audit"))
    monkeypatch.setattr("cli.command_line.docs.write", made.note("docs"))
    monkeypatch.setattr("cli.command_line.state_bucket.resolve", resolved)
    monkeypatch.setattr("cli.command_line.state_bucket.make", made.note_work("state bucket"))
    monkeypatch.setattr("cli.command_line.shadow.report", made.note_settings("shadow report"))
    monkeypatch.setattr(command_line, "state", SimpleNamespace(read=lambda _: object()))
    monkeypatch.setattr("cli.undeployed.check_port_free", lambda **_: None)
    monkeypatch.setattr(command_line, "require_account", made.note_settings("account"))
    monkeypatch.setattr("cli.command_line.earlier_state.take_over", take_over)
    for name in ("TARGET", "STAGE", "ENV", "SERVICE", "FORCE", "ALB_PORT", "AWS_PORT", "SITE_PORT", "SYSTEM", "REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))
    return made


@pytest.fixture
def handlers_as_before() -> Iterator[None]:
    """Whatever a test does with signals ends with it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
