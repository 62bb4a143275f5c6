"""Progress and tables whose reader is gone."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from systems.checkout import ROOT
from tests.support import environment_of, local_settings

_GOES_ON = """
import sys
import termios
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


def test_a_table_on_a_narrow_terminal_shows_every_value_whole() -> None:
    """Seen in a terminal of its own, 40 columns wide."""
    script = "from cli.progress import print_table; print_table('Log', [('1', '{\"a\": [1]} ' + 'x' * 300)])"
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    with os.fdopen(master, "rb", buffering=0) as screen:
        environ = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, stdout=slave, check=True)
        os.close(slave)
        shown = screen.read(4096).decode()
    assert '{"a": [1]} ' + "x" * 300 in shown
