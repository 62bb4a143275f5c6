"""A stub in the place of Terraform."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.terraform import Terraform
from settings.settings import Settings

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

    def with_state(self) -> Path:
        """Write an empty state; its path."""
        path = self.settings.terraform_state
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
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
