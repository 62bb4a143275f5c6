"""``make cost`` and the question before a deploy on AWS, as commands: no login, no deployment, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from systems.checkout import ROOT
from tests.local.bad_place import Place

_HIDDEN = ("TARGET", "ENV", "STAGE", "REGION", "FORCE", "SYSTEM")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def run(place: Place, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in _HIDDEN and not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", command],
        cwd=ROOT,
        env={**environ, **place.variables, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def amounts(table: str) -> list[int]:
    """Cents in the column of a table, its total the last."""
    lines = table.splitlines()[1:]
    numbers = [next(word for word in line.replace(" %", "%").split()[::-1] if not word.endswith("%")) for line in lines]
    return [round(float(number.replace(",", "")) * 100) for number in numbers]


@pytest.mark.parametrize("target", ["local", "aws"])
def test_without_login_state_or_daemon_a_stage_has_its_price(target: str, place: Place) -> None:
    answer = run(place, "cost", TARGET=target, STAGE="split")
    assert (answer.returncode, answer.stderr) == (0, "")
    heading, monthly, traffic, *_ = answer.stdout.split("\n\n")
    assert "stage split, on AWS in us-east-1; prices of 20" in heading
    for table in (monthly, traffic):
        *rows, total = amounts(table)
        assert sum(rows) == total
    assert "4 × 0.25 vCPU 512 MiB" in monthly
    assert "Compared with the workshop's layout" in answer.stdout
    assert "Not priced" not in answer.stdout
    assert "which is deployed" not in answer.stdout
    assert not (place.folder / "out").exists(), "the stack of the settings' folder is left alone"


def test_what_is_deployed_is_compared_with(place: Place) -> None:
    place.deployed()
    answer = run(place, "cost", STAGE="glue")
    assert answer.returncode == 0, answer.stderr
    assert "Compared with stage split, which is deployed, 0.00 USD: +" in answer.stdout


def test_another_system_has_its_price_and_no_workshop(place: Place) -> None:
    answer = run(place, "cost", SYSTEM="examples/bookshop", REGION="eu-central-1")
    assert answer.returncode == 0, answer.stderr
    assert "on AWS in eu-central-1" in answer.stdout
    assert "workshop" not in answer.stdout


@pytest.mark.parametrize(
    ("variables", "hint"),
    [
        ({"REGION": "eu-west-3"}, "Did you mean REGION=eu-west-1?"),
        ({"REGION": "mars"}, "REGION=us-east-1"),
        ({"STAGE": "splt"}, "did you mean STAGE=split?"),
    ],
)
def test_what_cannot_be_priced_is_named_with_what_can(variables: dict[str, str], hint: str, place: Place) -> None:
    answer = run(place, "cost", **variables)
    assert (answer.returncode, answer.stdout) == (2, "")
    (line,) = answer.stderr.splitlines()
    assert hint in line


def test_a_state_that_cannot_be_read_is_named(place: Place) -> None:
    place.damaged_state()
    answer = run(place, "cost")
    assert answer.returncode == 1
    assert "mysfits-dev.tfstate.backup" in answer.stderr


def test_a_deploy_on_aws_without_a_person_or_force_is_refused_and_changes_nothing(place: Place) -> None:
    answer = run(place, "deploy", TARGET="aws", ENV="nowhere", STAGE="split")
    figure, refusal = answer.stderr.splitlines()
    assert answer.returncode == 2
    assert "USD a month" in figure
    assert "FORCE=cost" in refusal
    assert not (place.folder / "out").exists()


def test_with_force_a_deploy_on_aws_goes_on_to_the_login(place: Place) -> None:
    answer = run(place, "deploy", TARGET="aws", ENV="nowhere", STAGE="split", FORCE="1")
    assert answer.returncode == 1
    assert "USD a month" in answer.stderr
    assert "log in and try again" in answer.stderr


def test_the_makefile_has_the_command() -> None:
    answer = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "make cost" in answer.stdout
