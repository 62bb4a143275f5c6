"""``make mutate`` on one small module: mutants are made, tests run against them, the share is printed."""

from __future__ import annotations

import subprocess

from systems.checkout import ROOT


def mutate(arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-s", "mutate", f"ARGS={arguments}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_mutants_of_a_tested_module_are_noticed() -> None:
    answer = mutate("embedded/code_version.py --tests tests/unit/embedded/test_code_version.py --show")
    assert "noticed" in answer.stdout, answer.stderr
    noticed, mutants = (int(word) for word in answer.stdout.splitlines()[-1].split() if word.isdecimal())
    assert 0 < noticed <= mutants
    assert answer.returncode in (0, 2), "make's 2 is the command's 1: the goal is missed"


def test_a_glob_without_files_is_an_error_in_one_line() -> None:
    answer = mutate("embedded/nothing.py")
    assert answer.returncode == 2
    assert "No file matches embedded/nothing.py" in answer.stderr
    assert "Traceback" not in answer.stderr
