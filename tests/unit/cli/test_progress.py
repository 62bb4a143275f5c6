"""Progress and tables whose reader is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stacks.settings import ROOT
from tests.support import environment_of, local_settings

_GOES_ON = """
import sys
from cli.progress import Progress, print_table
progress = Progress()
with progress.step("one"):
    progress.say("two")
print("done", flush=True)
"""


def test_steps_go_on_when_nobody_reads_them_any_more() -> None:
    script = f"{sys.executable} -c '{_GOES_ON}' 2> >(exec true)"
    answer = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, "done\n")


@pytest.mark.parametrize(("redirection", "code"), [("| exec head -0", 0), (">&-", 0), (">/dev/full", 1)])
def test_a_command_whose_output_goes_nowhere_ends_without_a_traceback(
    redirection: str, code: int, tmp_path: Path
) -> None:
    script = f"set -o pipefail; {sys.executable} -m cli env {redirection}"
    environ = environment_of(local_settings(tmp_path))
    answer = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == code
    assert "Traceback" not in answer.stderr
    assert "Exception ignored" not in answer.stderr
