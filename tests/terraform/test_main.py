"""``python main.py``: exit status, messages, determinism, and what keeps it fast."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from rehearse.calibration import slowness
from systems.checkout import ROOT
from tests.terraform.conftest import environ_with, run_main

LIMIT_SECONDS: Final = 1.5


def test_wrong_settings_exit_2_with_one_line_each() -> None:
    answer = run_main(STAGE="splt", TARGET="azure", ENV="Dev_1", AWS_PORT="0")
    lines = answer.stderr.splitlines()
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(lines) == 4
    assert any("STAGE=splt" in line and "STAGE=split" in line for line in lines)
    assert any("TARGET=azure" in line and "local, aws" in line for line in lines)
    assert any("ENV=Dev_1" in line and "ENV=dev1" in line for line in lines)
    assert any("AWS_PORT=0" in line for line in lines)


def test_wrong_settings_write_nothing(tmp_path: Path) -> None:
    assert run_main(STAGE="splt", CDKTF_OUTDIR=str(tmp_path / "out")).returncode == 2
    assert not (tmp_path / "out").exists()


def test_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (_synthesised(tmp_path / seed, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    relative = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert relative == {Path("cdk.tf.json"), Path(".terraform.lock.hcl"), Path("embedded-aws.ini")}
    # Both folders lie side by side, so the relative paths in the files are equal too.
    for path in relative:
        assert (first / path).read_bytes() == (second / path).read_bytes()


def _synthesised(out_dir: Path, **environ: str) -> Path:
    """The stack's folder."""
    out_dir.mkdir()
    answer = run_main(STAGE="split", CDKTF_OUTDIR=str(out_dir), **environ)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", ""), "synthesis says nothing when all is well"
    return out_dir / "stacks" / "mysfits"


def test_checksums_that_terraform_added_to_the_lock_file_stay(tmp_path: Path) -> None:
    lock = tmp_path / "stacks" / "mysfits" / ".terraform.lock.hcl"
    assert run_main(STAGE="split", CDKTF_OUTDIR=str(tmp_path)).returncode == 0
    assert '"5.100.0"' in lock.read_text(encoding="utf-8")
    grown = lock.read_text(encoding="utf-8") + '# hashes = ["h1:abc"]\n'
    lock.write_text(grown, encoding="utf-8")
    assert run_main(STAGE="glue", CDKTF_OUTDIR=str(tmp_path)).returncode == 0
    assert lock.read_text(encoding="utf-8") == grown


def test_lock_of_another_provider_version_is_replaced(tmp_path: Path) -> None:
    lock = tmp_path / "stacks" / "mysfits" / ".terraform.lock.hcl"
    lock.parent.mkdir(parents=True)
    lock.write_text('provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.99.1"\n}\n', encoding="utf-8")
    assert run_main(STAGE="split", CDKTF_OUTDIR=str(tmp_path)).returncode == 0
    assert '"5.100.0"' in lock.read_text(encoding="utf-8")


def test_synthesis_takes_at_most_a_second_and_a_half(tmp_path: Path) -> None:
    """Of processor time of the machine that the limits are set on, and the best of three: no busy machine fails it."""

    def once() -> float:
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run_main(STAGE="split", CDKTF_OUTDIR=str(tmp_path)).returncode == 0
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        return end.ru_utime - begin.ru_utime + end.ru_stime - begin.ru_stime

    limit = LIMIT_SECONDS * slowness()
    best = once()
    for _ in range(2):
        best = best if best <= limit else min(best, once())
    assert best <= limit


def test_bindings_that_are_not_used_are_not_loaded(tmp_path: Path) -> None:
    """Python loads tens of the 1,300 binding modules, and Node's share is turned into getters by our hook."""
    program = (
        "import sys, main\n"
        "assert main.main() == 0\n"
        "print(sum(name.startswith('cdktf_cdktf_provider_aws.') for name in sys.modules))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environ_with(CDKTF_OUTDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0 < int(answer.stdout) < 50


@pytest.mark.parametrize("stage", ["placeholder", "split"])
def test_synthesised_stack_names_no_path_of_this_machine(stage: str, tmp_path: Path) -> None:
    """Seen from the default output folder every path in the stack is relative."""
    out_dir = tmp_path / "out"
    answer = run_main(STAGE=stage, CDKTF_OUTDIR=str(out_dir), STATE_DIR=str(tmp_path / "state"))
    assert answer.returncode == 0, answer.stderr
    text = (out_dir / "stacks" / "mysfits" / "cdk.tf.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert str(ROOT) not in text.replace(os.path.relpath(ROOT, out_dir / "stacks" / "mysfits"), "")
