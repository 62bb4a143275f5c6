"""Ctrl-C and SIGTERM in the middle of a deploy: Terraform finishes its step, one line, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.interrupts import MESSAGE
from embedded import state
from stacks.settings import ROOT, Settings
from tests.conftest import run_make
from tests.support import environment_of, local_settings, wait_for


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Of an environment whose deploy is cut off; in stage placeholder, where a deploy is quickest."""
    settings = local_settings(tmp_path, stage="placeholder")
    try:
        yield settings
    finally:
        run_make(settings, "down", check=False)
        assert not state.processes(settings.state_dir)


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_deploy_finishes_its_step_and_says_so(
    settings: Settings, number: signal.Signals, exit_code: int
) -> None:
    with subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "cli", "deploy"],
        cwd=ROOT,
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as deploy:
        assert deploy.stderr is not None
        said = ""
        for line in deploy.stderr:
            said += line
            if "Apply placeholder" in line and "…" in line:
                wait_for(lambda: _has_begun(settings), what="Terraform has made something")
                os.killpg(deploy.pid, number)
        deploy.wait(timeout=60)
    assert deploy.returncode == exit_code, said
    assert "Terraform finishes the step it is in" in said
    assert said.splitlines()[-1] == MESSAGE
    assert "Traceback" not in said
    assert _has_begun(settings)
    if number == signal.SIGINT:
        assert "2/2 tasks" in run_make(settings, "deploy").stdout, "the next deploy goes on from there"


def _has_begun(settings: Settings) -> bool:
    """Whether the Terraform state, which is whole at any time, has resources."""
    try:
        return bool(json.loads(settings.terraform_state.read_text(encoding="utf-8"))["resources"])
    except (FileNotFoundError, ValueError):
        return False
