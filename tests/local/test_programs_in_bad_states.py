"""The programs behind make other than its commands: whatever they are given, and whenever Ctrl-C comes, one line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cli.interrupts import MESSAGE
from systems.checkout import ROOT
from tests.local.bad_place import Place
from tests.support import wait_for

PROGRAMS = (("cli", "status"), ("rehearse",), ("bench",), ("mutate",), ("policy",))


def environment(place: Place, variables: Mapping[str, str]) -> dict[str, str]:
    here = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))}
    return {**here, **place.variables, "TARGET": "local", "ENV": "dev", "SYSTEM": "mysfits", **variables}


def told(place: Place, arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """Run a program that is to refuse what it is given; the one line that it says."""
    answer = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environment(place, variables or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in answer.stderr
    assert (answer.returncode, answer.stdout) == (2, ""), answer.stderr
    line = answer.stderr.splitlines()[-1]
    assert "usage:" in answer.stderr or answer.stderr == f"{line}\n"
    return line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["mutate", "/etc/hosts"], "No file matches /etc/hosts; name areas (cli, "),
        (["mutate", "**x"], "No file matches **x; name areas (cli, "),
        (["mutate", ""], "No file matches ; name areas (cli, "),
        (["mutate", "../*"], "No file matches ../*; name areas (cli, "),
        (["mutate", "cli", "--tests", "nowhere"], "There is no nowhere in "),
        (["rehearse", "--mix", "list=²"], "--mix list=²: give each kind a whole number"),
        (["rehearse", "--mix", f"list={'9' * 5000}"], "give each kind a whole number of at most nine digits"),
        (["rehearse", "--seed", "9" * 5000], "argument --seed: invalid int value"),
        (["rehearse", "--rate", "nan"], "nan is not a number above 0"),
        (["rehearse", "--stages", "split"], "give --stages such as placeholder,"),
        (["rehearse", "--faults", "flood"], "'flood' is not a fault"),
        (["rehearse", "--out", "/etc/passwd"], "--out /etc/passwd cannot be written to: /etc/passwd is a file"),
        (["rehearse", "--out", "/etc/passwd/x"], "--out /etc/passwd/x cannot be written to: /etc/passwd is a file"),
        (["bench", "--out", "/etc"], "--out /etc cannot be written to: it is a folder"),
        (["bench", "--out", "/etc/passwd/x.md"], "--out /etc/passwd/x.md cannot be written to: /etc/passwd is a file"),
        (["bench", "--seconds", "nan"], "nan is not a number of seconds"),
        (["bench", "--clients", "²"], "invalid _at_least_one value"),
        (["policy", "²"], "invalid choice: '²'"),
        (["policy", "--stages", "splt"], "did you mean --stages=split?"),
        (["policy", "--profiles", "prod"], "did you mean --profiles=production?"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line_before_anything_is_begun(
    arguments: list[str], line: str, place: Place
) -> None:
    assert line in told(place, arguments)
    assert list(place.folder.iterdir()) == []


@pytest.mark.parametrize("program", ["rehearse", "policy"])
def test_a_system_that_is_not_there_is_named(program: str, place: Place) -> None:
    assert told(place, [program], {"SYSTEM": "nowhere"}).startswith("SYSTEM=nowhere: there is no nowhere/system.py")


@pytest.mark.parametrize("name", ["STATE_DIR", "CDKTF_OUTDIR"])
def test_a_rehearsal_whose_folders_cannot_be_used_walks_nowhere_and_keeps_the_last_report(
    name: str, place: Place
) -> None:
    report = place.folder / "report" / "report.json"
    report.parent.mkdir()
    report.write_text(json.dumps("the last good one"))
    line = told(place, ["rehearse", "--out", str(report.parent)], {name: "/etc/passwd"})
    assert line.startswith(f"{name}=/etc/passwd cannot be written to: /etc/passwd is a file; ")
    assert json.loads(report.read_text()) == "the last good one"


def _heeds(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal, which Python has for SIGINT alone."""
    fields = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(fields["SigCgt"], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: str(program[0]))
def test_ctrl_c_is_told_in_one_line_also_while_a_program_is_still_loading(
    program: tuple[str, ...], seconds: float, place: Place
) -> None:
    """Python's own start, of some hundredths of a second, is over."""
    with subprocess.Popen(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env=environment(place, {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            wait_for(lambda: _heeds(process.pid, signal.SIGTERM), what="the program's own first line has run")
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert "Traceback" not in said
    if process.returncode == 130:
        assert said.splitlines()[-1].startswith("Interrupted; "), said
    else:  # it had refused already what this empty place lacks, and maybe was at its very end
        assert process.returncode in {1, 2, -signal.SIGINT}, said


def test_the_line_of_a_command_that_is_still_loading_is_the_one_of_all(place: Place) -> None:
    hangs = place.folder / "sitecustomize.py"
    hangs.write_text(
        "import builtins, sys, time\n"
        "load = builtins.__import__\n"
        "def late(name, *rest, **more):\n"
        "    if name == 'botocore':\n"
        "        print('loading', flush=True)\n"
        "        time.sleep(60)\n"
        "    return load(name, *rest, **more)\n"
        "builtins.__import__ = late\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "status"],
        cwd=ROOT,
        env=environment(place, {"PYTHONPATH": str(place.folder)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", f"{MESSAGE}\n")
    assert process.returncode == 130
