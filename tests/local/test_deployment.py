"""The main job, as a person does it: deploy, use, look, walk, restart, stop."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from cli.history import History
from embedded import state
from systems.checkout import ROOT
from tests.ahead import Ahead
from tests.conftest import Deployed, run_make
from tests.local.stretch import Stretched
from tests.support import environment_of, kill_embedded_aws, local_settings, wait_for

EVANGELINE = "4e53920c-505a-4a90-a694-b9300791f0ae"


def likes(deployment: Deployed) -> int:
    answer = requests.get(f"{deployment.api}/mysfits/{EVANGELINE}", timeout=5)
    return int(answer.json()["likes"])


def like(deployment: Deployed) -> requests.Response:
    return requests.post(f"{deployment.api}/mysfits/{EVANGELINE}/like", timeout=5)


def exports(deployment: Deployed) -> dict[str, str]:
    """The process's environment after ``eval "$(make -s env)"``."""
    script = 'eval "$(make -s env)" && env -0'
    answer = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment_of(deployment.settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in answer.stdout.split("\0") if "=" in line)


@pytest.fixture(scope="module", autouse=True)
def back_in_split(deployment: Deployed) -> Iterator[None]:
    yield
    deployment.make("deploy")


def test_the_report_names_the_urls_and_what_runs(deployment: Deployed) -> None:
    report = deployment.first_report
    assert deployment.api in report
    assert deployment.site in report
    assert deployment.aws_endpoint_url in report
    assert re.search(r"mysfits-test-monolith +2/2 tasks", report)
    assert re.search(r"mysfits-test-like +2/2 tasks", report)


def test_the_list_has_the_twelve_mysfits(deployment: Deployed) -> None:
    answer = requests.get(f"{deployment.api}/mysfits", timeout=5)
    assert len(answer.json()["mysfits"]) == 12
    assert answer.headers["X-Served-By"] == "monolith"


def test_a_like_travels_through_the_like_service_and_counts_once(deployment: Deployed) -> None:
    before = likes(deployment)
    answer = like(deployment)
    assert (answer.status_code, answer.json()) == (200, {"Update": "Success"})
    assert answer.headers["X-Served-By"] == "like"
    assert answer.headers["X-Fulfilled-By"] == "monolith"
    assert likes(deployment) == before + 1


def test_like_processed_stands_in_the_log_group_of_the_like_service(deployment: Deployed) -> None:
    like(deployment)
    logs = deployment.client("logs")

    def processed() -> bool:
        events = logs.filter_log_events(logGroupName="/mysfits/test/like", filterPattern="processed")["events"]
        return any("Like processed." in event["message"] for event in events)

    wait_for(processed, what="the like service's log says so")


def test_paths_that_no_rule_knows_are_answered_by_the_monolith_as_problems(deployment: Deployed) -> None:
    answer = requests.get(f"{deployment.api}/nowhere", timeout=5)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_descriptions_of_the_api_that_the_readme_names_are_there(deployment: Deployed) -> None:
    paths = re.findall(r"`\$API(/[a-z.]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"/docs", "/openapi.json"} <= set(paths)
    answers = {path: requests.get(f"{deployment.api}{path}", timeout=5) for path in paths}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 200)
    assert "/mysfits/{mysfit_id}" in answers["/openapi.json"].json()["paths"]
    assert answers["/docs"].headers["Content-Type"].startswith("text/html")


def test_deploying_again_changes_nothing(deployment: Deployed) -> None:
    before = set(_tasks(deployment))
    report = deployment.make("deploy").stdout
    assert report == deployment.first_report
    assert set(_tasks(deployment)) == before


def _tasks(deployment: Deployed) -> list[str]:
    return list(deployment.client("ecs").list_tasks(cluster="mysfits-test")["taskArns"])


def test_at_a_terminal_the_phases_and_services_are_shown_while_it_works(deployment: Deployed) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "cli", "deploy"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment_of(deployment.settings), stdout=subprocess.DEVNULL, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal is gone when the last program on it ends
            while chunk := os.read(master, 65536):
                shown += chunk
        os.close(master)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert process.returncode == 0, text
    assert re.search(r"✓ +[0-9.]+ s  1\. publish monolith", text)
    assert re.search(r"\d+\. apply split", text)


def test_the_state_has_readable_addresses(deployment: Deployed) -> None:
    addresses = deployment.make("state").stdout.split()
    assert "module.network.aws_vpc.this" in addresses
    assert "module.like.aws_ecs_service.this" in addresses
    assert "module.alb.aws_lb.this" in addresses


def test_bare_terraform_sees_the_state_and_no_change(deployment: Deployed) -> None:
    environ = exports(deployment)
    stack = Path(environ["CDKTF_OUTDIR"]) / "stacks" / "mysfits"
    listed = subprocess.run(
        ["terraform", "state", "list"], cwd=stack, env=environ, capture_output=True, text=True, check=True
    )
    assert "module.alb.aws_lb.this" in listed.stdout
    planned = subprocess.run(
        ["terraform", "plan", "-input=false", "-detailed-exitcode", "-no-color"],
        cwd=stack,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stdout


def test_what_a_cut_off_run_made_in_part_or_did_not_write_down_is_finished_and_not_made_anew(
    deployment: Deployed,
) -> None:
    address = "module.like.aws_iam_role.execution"
    zone = f"{deployment.settings.region}a"
    unwritten = ("module.network.aws_route.internet", f'module.network.aws_route_table_association.public["{zone}"]')
    environ = exports(deployment)
    for command in (("taint", address), ("state", "rm", *unwritten)):
        subprocess.run(
            ["terraform", *command], cwd=deployment.settings.stack_dir, env=environ, capture_output=True, check=True
        )
    role = deployment.client("iam").get_role(RoleName="mysfits-test-like-execution")["Role"]["RoleId"]
    History(deployment.settings).begin()
    said = deployment.make("deploy").stderr
    assert f"{address} was made in part; finishing it" in said
    for one in unwritten:
        assert f"{one} exists already; taking it over" in said
    assert deployment.client("iam").get_role(RoleName="mysfits-test-like-execution")["Role"]["RoleId"] == role


def _cdktf_installed(ahead: Ahead) -> None:
    """The pinned command line, 420 MB of it."""
    run_make(local_settings(ahead.state_dir("cdktf")), "cdktf")


@pytest.mark.ahead(work=_cdktf_installed)
def test_the_cdktf_command_line_plans_no_change_without_a_stack_name(deployment: Deployed, ahead: Ahead) -> None:
    ahead.result(_cdktf_installed)
    environ = {**exports(deployment), "STAGE": "split", "CI": "1"}
    planned = subprocess.run(
        ["cdktf", "plan", "--output", environ["CDKTF_OUTDIR"]],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "No changes" in planned.stdout


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [("STAGE", "splt", "STAGE=split"), ("TARGET", "locl", "TARGET=local"), ("ENV", "Dev", "ENV=dev")],
)
def test_a_misspelt_setting_is_one_line_with_the_nearest_valid_value(name: str, value: str, hint: str) -> None:
    environ = {**os.environ, name: value}
    answer = subprocess.run(
        ["make", "-s", "deploy"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    (line,) = [line for line in answer.stderr.splitlines() if not line.startswith("make")]
    assert hint in line


@pytest.mark.parametrize("command", ["deploy", "status", "destroy"])
def test_another_region_than_that_of_the_embedded_aws_is_refused_before_anything_happens(
    command: str, deployment: Deployed
) -> None:
    answer = run_make(replace(deployment.settings, region="eu-west-1"), command, check=False)
    assert answer.returncode == 2
    assert "The embedded AWS runs in REGION=us-east-1 and has no other region" in answer.stderr
    assert requests.get(f"{deployment.api}/mysfits", timeout=5).status_code == 200


def test_a_plan_shows_the_phases_and_applies_nothing(deployment: Deployed) -> None:
    answer = deployment.make("plan", stage="glue")
    assert "like gets 0 %" in answer.stderr
    assert requests.post(f"{deployment.api}/mysfits/{EVANGELINE}/like", timeout=5).headers["X-Served-By"] == "like"


def test_a_port_in_use_is_named_with_the_variable_to_set(deployment: Deployed, tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    environ = environment_of(settings) | {"ALB_PORT": str(deployment.settings.alb_port)}
    answer = subprocess.run(
        ["make", "-s", "deploy"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert answer.returncode != 0
    assert f"Port {deployment.settings.alb_port} is in use by" in answer.stderr
    assert "set ALB_PORT" in answer.stderr
    assert state.read(settings.state_dir) is None, "an embedded AWS that was started in vain is stopped again"


def test_the_resident_memory_of_an_idle_monolith_task_is_small(deployment: Deployed) -> None:
    sizes = {
        " ".join(process.cmdline()): process.memory_info().rss / 2**20
        for process in state.processes(deployment.settings.state_dir)
        if process.cmdline()[-2:] == ["services", "monolith"]
    }
    assert sizes
    assert max(sizes.values()) <= 110


def test_after_down_or_a_kill_the_next_deploy_serves_the_same_again_at_once(deployment: Deployed) -> None:
    """No resource is made anew: the Terraform state stays as it is, byte for byte."""
    terraform_state = deployment.settings.terraform_state
    before = terraform_state.read_bytes()
    for end in ("down", "kill"):
        like(deployment)
        counted = likes(deployment)
        former = set(_tasks(deployment))
        if end == "kill":
            kill_embedded_aws(deployment.settings)
        else:
            deployment.make("down")
        assert state.read(deployment.settings.state_dir) is None
        with Stretched() as took:
            report = deployment.make("deploy").stdout
        assert took.alone <= 20, f"{took.seconds:.1f} s on a machine that takes {took.factor:.2f} times as long"
        assert like(deployment).headers["X-Served-By"] == "like"
        assert likes(deployment) == counted + 1
        assert report == deployment.first_report
        assert terraform_state.read_bytes() == before
        assert not set(_tasks(deployment)) & former
        stopped = deployment.client("ecs").describe_tasks(cluster="mysfits-test", tasks=list(former))["tasks"]
        assert {task["lastStatus"] for task in stopped} == {"STOPPED"}
