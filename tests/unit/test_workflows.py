"""The pipeline of a team: every workflow for AWS has all settings of it, and a deploy comes after the tests."""

from __future__ import annotations

import subprocess
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from policy.sources import WORKFLOWS
from settings import ports
from settings.settings import DESCRIPTIONS

ON_AWS: Final = ("deploy", "drift", "plan")
NOT_A_TEAMS: Final = {
    **dict.fromkeys(("TARGET", "FORCE"), "the workflow says it itself"),
    **dict.fromkeys(("MAX_TASKS", "SCALING_SPEED", *ports.DESCRIPTIONS), "of the embedded AWS"),
    **dict.fromkeys(("STATE_DIR", "CDKTF_OUTDIR", "EVENTS_FILE"), "folders of a machine"),
    **dict.fromkeys(("RECORD_PORT", "RECORD_SECONDS", "COMPARE_RUN", "REVISION"), "of one run"),
}
"""Settings that are no variable of the repository, and why."""


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ON_AWS)
def test_every_workflow_for_aws_has_all_settings_that_a_team_makes(name: str) -> None:
    env = workflow(name)["jobs"][name]["env"]
    assert env["TARGET"] == "aws"
    assert {setting: text for setting, text in env.items() if setting not in NOT_A_TEAMS} == {
        setting: "${{ vars." + ("AWS_REGION" if setting == "REGION" else f"DEPLOY_{setting}") + " }}"
        for setting in DESCRIPTIONS
        if setting not in NOT_A_TEAMS
    }


def test_a_deploy_agrees_to_what_it_costs_and_to_nothing_else() -> None:
    forces = {name: workflow(name)["jobs"][name]["env"].get("FORCE") for name in ON_AWS}
    assert forces == {"deploy": "cost", "drift": None, "plan": None}


@pytest.mark.parametrize("lacks", ["ENV", "STAGE", "PROFILE", "REGION"])
def test_a_variable_that_somebody_deleted_is_no_default(lacks: str) -> None:
    """It would be another environment, or a walk back to the default stage."""
    first = workflow("deploy")["jobs"]["deploy"]["steps"][0]["run"]
    settings = dict.fromkeys(("ENV", "STAGE", "PROFILE", "REGION"), "x")
    assert _bash(first, settings).returncode == 0
    answer = _bash(first, {**settings, lacks: ""})
    assert (answer.returncode, answer.stdout.split()[-1]) == (1, lacks)


def _bash(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_a_deploy_waits_for_the_tests_of_what_it_deploys() -> None:
    jobs = workflow("deploy")["jobs"]
    assert jobs[jobs["deploy"]["needs"]]["uses"] == "./.github/workflows/test.yml"
    called = workflow("test")
    triggers = called[True]  # YAML 1.1 takes `on` for a word that means yes
    assert set(triggers) == {"pull_request", "workflow_call"}
    assert {"make test", "make check ARGS=--complete"} <= {
        step.get("run") for job in called["jobs"].values() for step in job["steps"]
    }


def test_deploys_come_one_after_the_other() -> None:
    assert workflow("deploy")["concurrency"] == {"group": "deploy", "cancel-in-progress": False}
