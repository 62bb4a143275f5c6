"""The commands for the bad day, live and with visitors: changes by hand, rollback, canaries, killed deploys."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from cli import inventory, live
from cli.history import History, Release
from modules.fargate_service.shapes import CANARY_SUFFIX
from systems.checkout import ROOT
from tests.conftest import Deployed
from tests.local.visits import EVANGELINE, Visits, likes_of_evangeline
from tests.support import environment_of, wait_for

LIKE_PATH = "/mysfits/*/like"
SHADOWED = "POST /mysfits/{mysfit_id}/like"


@pytest.fixture(scope="module", autouse=True)
def back_in_split(deployment: Deployed) -> Iterator[None]:
    yield
    deployment.make("deploy")


def run(
    deployment: Deployed, command: str, *, stage: str = "split", **variables: str
) -> subprocess.CompletedProcess[str]:
    """What ``make`` runs, with further variables."""
    environ = environment_of(replace(deployment.settings, stage=stage)) | variables
    return subprocess.run(
        [sys.executable, "-m", "cli", command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def rule(elb: Any) -> dict[str, Any]:
    """The listener rule that leads visitors to the like service."""
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]
    return next(one for one in rules if LIKE_PATH in str(one["Conditions"]) and not inventory.is_preview(one))


def share_of_like(elb: Any) -> int | None:
    """Percent that the like service gets of its path; None without a rule."""
    try:
        groups = rule(elb)["Actions"][0]["ForwardConfig"]["TargetGroups"]
    except StopIteration:
        return None
    return next(int(group["Weight"]) for group in groups if "-like/" in group["TargetGroupArn"])


@contextlib.contextmanager
def watched_shares(deployment: Deployed) -> Iterator[list[int | None]]:
    """Every share that the like service has while the block runs, without repetitions."""
    elb, stop, seen = deployment.client("elbv2"), threading.Event(), list[int | None]()

    def look() -> None:
        while not stop.wait(0.05):
            share = share_of_like(elb)
            if not seen or seen[-1] != share:
                seen.append(share)

    thread = threading.Thread(target=look, name="shares")
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def test_changes_by_hand_are_told_and_no_weight_moves_through_nothing(deployment: Deployed) -> None:
    elb, ecs = deployment.client("elbv2"), deployment.client("ecs")
    found = rule(elb)
    groups = [
        group if f"{CANARY_SUFFIX}/" in group["TargetGroupArn"] else {**group, "Weight": 50}
        for group in found["Actions"][0]["ForwardConfig"]["TargetGroups"]
    ]
    elb.modify_rule(RuleArn=found["RuleArn"], Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    ecs.update_service(cluster="mysfits-test", service="mysfits-test-monolith", desiredCount=3)
    weights = f"weights of {LIKE_PATH}"
    planned = run(deployment, "plan")
    assert f"{weights}" in planned.stdout
    assert "like 100 %, monolith 0 % by the last deploy, like 50 %, monolith 50 % live" in planned.stdout
    assert "2 by the last deploy, 3 live" in planned.stdout
    assert share_of_like(elb) == 50
    with Visits(deployment.api) as visits, watched_shares(deployment) as shares:
        done = run(deployment, "deploy")
    assert done.returncode == 0, done.stderr
    assert f"{weights}: the last deploy left like 100 %, monolith 0 %, live is like 50 %, monolith 50 %" in done.stderr
    assert "desired count of mysfits-test-monolith: the last deploy left 2, live is 3" in done.stderr
    assert shares == [50, 100]
    assert visits.failures == []
    assert visits.answered > 100
    described = ecs.describe_services(cluster="mysfits-test", services=["mysfits-test-monolith"])["services"][0]
    assert described["desiredCount"] == 2


def test_a_rollback_from_split_to_glue_fails_no_request(deployment: Deployed) -> None:
    running = live.read(deployment.settings, "split").image_tags
    history = History(deployment.settings)
    history.remember(Release(stage="glue", image_tags={"monolith": running["monolith"]}), before=None)
    history.conclude("done")
    before = likes_of_evangeline(deployment.api)
    with Visits(deployment.api) as visits:
        done = run(deployment, "rollback")
    assert done.returncode == 0, done.stderr
    assert "glue:" in done.stdout
    assert visits.failures == []
    assert visits.answered > 100
    assert likes_of_evangeline(deployment.api) == before + visits.likes
    _the_lines_of_the_service_that_left_are_still_there(deployment)


def _the_lines_of_the_service_that_left_are_still_there(deployment: Deployed) -> None:
    assert "mysfits-test-like" not in deployment.make("status").stdout
    lines = deployment.client("logs").filter_log_events(logGroupName="/mysfits/test/like", filterPattern="processed")
    assert any("Like processed." in event["message"] for event in lines["events"])


def test_a_path_moves_by_steps_and_shadowed_and_every_like_counts_once(deployment: Deployed) -> None:
    """From glue, where the rollback went. All of the monolith's likes also go to the service that is to get them."""
    walk = {"SHADOW": "100", "CANARY": "50", "CANARY_SECONDS": "3", "CANARY_REQUESTS": "30"}
    nothing_yet = run(deployment, "shadow", **walk)
    assert "has gone to a new side" in nothing_yet.stderr or "Nothing was compared" in nothing_yet.stderr
    before = likes_of_evangeline(deployment.api)
    with Visits(deployment.api) as visits, watched_shares(deployment) as shares:
        done = run(deployment, "deploy", **walk)
    assert done.returncode == 0, done.stderr
    assert [share for share in shares if share is not None] == [0, 50, 100]
    assert "like at 50 %: " in done.stderr
    assert visits.failures == []
    assert likes_of_evangeline(deployment.api) == before + visits.likes

    def compared() -> tuple[list[str], str] | None:
        """Counts of the monolith's likes, once the lines of them are there, and the whole report."""
        report = run(deployment, "shadow", **walk)
        rows = [line.split()[3:] for line in report.stdout.splitlines() if f"monolith  {SHADOWED}" in line]
        return (rows[0], report.stdout + report.stderr) if rows and int(rows[0][0]) > 20 else None

    (asked, same, moved, different, failed, *_), told = wait_for(compared, what="the monolith's likes are counted")
    assert (same, moved, different, failed) == (asked, "0", "0", "0"), told
    assert "no changes" in run(deployment, "plan", **walk).stdout
    answer = requests.post(f"{deployment.api}/mysfits/{EVANGELINE}/like", timeout=5)
    assert answer.headers["X-Served-By"] == "like"


def test_the_status_is_what_the_deploy_reported(deployment: Deployed) -> None:
    assert run(deployment, "status").stdout == deployment.first_report


def test_an_unknown_service_is_named_with_one_that_runs(deployment: Deployed) -> None:
    answer = run(deployment, "run-task", SERVICE="liek")
    assert answer.returncode == 2
    assert "SERVICE=liek does not run in this stage; try SERVICE=" in answer.stderr


def test_a_deployer_that_is_killed_at_any_moment_is_followed_by_one_that_goes_on(deployment: Deployed) -> None:
    """From split to strangled. Terraform lives on for a moment, in a process group of its own."""
    chance = random.Random(os.environ.get("PYTEST_SEED", "9"))  # noqa: S311 - not for secrets
    before = likes_of_evangeline(deployment.api)
    environ = environment_of(replace(deployment.settings, stage="strangled"))
    with Visits(deployment.api) as visits:
        for _ in range(2):
            process = subprocess.Popen(
                [sys.executable, "-m", "cli", "deploy"],
                cwd=ROOT,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(1.5, 6))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        done = run(deployment, "deploy", stage="strangled")
    assert done.returncode == 0, done.stderr
    assert "strangled: " in done.stdout
    assert visits.failures == []
    assert visits.answered > 100
    assert likes_of_evangeline(deployment.api) == before + visits.likes
