"""Every change is in style and typed."""

from __future__ import annotations

import subprocess

from systems.checkout import ROOT


def test_make_lint_finds_nothing() -> None:
    answer = subprocess.run(["make", "lint"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
