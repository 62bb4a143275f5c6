"""A short rehearsal on a live deployment: what it counts, what it catches, what it leaves."""

from __future__ import annotations

import itertools
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli import inventory
from embedded import state
from embedded.control_client import ask
from embedded.faults import ROUTE
from mysfits.traffic import workload
from rehearse import report
from rehearse.hops import CommandDeployer, Hop
from rehearse.options import parse
from rehearse.rehearsal import RECORDS, Rehearsal, Story
from settings.settings import Settings
from systems.checkout import ROOT
from tests.conftest import Deployed
from tests.support import environment_of, wait_for

# A machine that runs the tests is busy: what is judged here is what was answered, not how soon.
WORKLOAD = workload()
PATIENT = [
    "--rate",
    "12",
    "--hop-limit-seconds",
    "240",
    "--recovery-limit-seconds",
    "30",
    "--p50-limit-seconds",
    "10",
    "--p99-limit-seconds",
    "10",
    "--hold-seconds",
    "2",
]
STAYS = "--no-delivery"
QUICK_CANARY = {"CANARY": "50", "CANARY_SECONDS": "2", "CANARY_REQUESTS": "10", "CANARY_MIN_REQUESTS": "5"}


@pytest.fixture(scope="module", autouse=True)
def back_in_split(deployment: Deployed) -> Iterator[None]:
    yield
    deployment.make("deploy")


class Deployer:
    """The real deployer, but for hops that would change nothing: the deployment is in stage split already."""

    def __init__(self, settings: Settings, **variables: str) -> None:
        self._command = CommandDeployer({**environment_of(settings), **variables}, say=lambda _: None)

    def __call__(self, start: str, goal: str, *, revision: str = "") -> Hop:
        if revision or start not in ("", goal):
            return self._command(start, goal, revision=revision)
        now = time.monotonic()
        return Hop(start=start, goal=goal, began=now, ended=now, exit_code=0)


class WeightFirst(Deployer):
    """Moves the weight of likes to a target group of which no target is healthy yet, and back when that has hurt."""

    def __init__(self, deployment: Deployed, records: Path) -> None:
        super().__init__(deployment.settings)
        self._elb = deployment.client("elbv2")
        self._records = records

    def __call__(self, start: str, goal: str, *, revision: str = "") -> Hop:
        if not start:
            return super().__call__(start, goal, revision=revision)
        (rule,) = [rule for rule in self._rules() if "/mysfits/*/like" in str(rule["Conditions"])]
        group = self._elb.describe_target_groups()["TargetGroups"][0]
        new = self._elb.create_target_group(
            Name="too-early", Protocol="HTTP", Port=80, VpcId=group["VpcId"], TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        self._forward(rule, [{"TargetGroupArn": new, "Weight": 100}])
        try:
            wait_for(lambda: "status 503" in self._recorded(), what="a visitor meets it")
        finally:
            self._forward(rule, rule["Actions"][0]["ForwardConfig"]["TargetGroups"])
            self._elb.delete_target_group(TargetGroupArn=new)
        return super().__call__(start, goal)

    def _recorded(self) -> str:
        """What the load has written by now; the first visit makes the file."""
        return self._records.read_text(encoding="utf-8") if self._records.exists() else ""

    def _rules(self) -> list[dict[str, Any]]:
        balancer = self._elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        listener = self._elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
        rules = self._elb.describe_rules(ListenerArn=listener)["Rules"]
        return [rule for rule in rules if not inventory.is_preview(rule)]

    def _forward(self, rule: dict[str, Any], groups: list[dict[str, Any]]) -> None:
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        self._elb.modify_rule(RuleArn=rule["RuleArn"], Actions=[action])


def rehearse(deployment: Deployed, out: Path, *flags: str, deployer: Deployer | None = None) -> Story:
    settings = deployment.settings
    arguments = [*PATIENT, "--out", str(out), *flags]
    options = parse(arguments, {}, system=settings.system, mix=WORKLOAD.mix)
    hops = deployer or Deployer(settings)
    slowness = itertools.count(2.0, 0.5).__next__
    return Rehearsal(options, settings, WORKLOAD, deployer=hops, say=lambda _: None, slowness=slowness).run()


def missed(story: Story) -> dict[str, str]:
    return {criterion.name: criterion.measured for criterion in story.criteria if not criterion.met}


def test_a_walk_there_and_back_under_load_loses_nothing_and_is_reported(deployment: Deployed, tmp_path: Path) -> None:
    """The canary is on, and in the wider stage each service gets a new revision."""
    compares = Deployer(deployment.settings, COMPARE="on", COMPARE_RUN=secrets.token_hex(4), **QUICK_CANARY)
    flags = ("--stages", "split,glue,split", "--min-requests", "300")
    story = rehearse(deployment, tmp_path, *flags, deployer=compares)
    assert not missed(story)
    assert [(hop.goal, hop.delivers) for hop in story.hops] == [
        ("split", False),
        ("glue", False),
        ("split", False),
        ("split", True),
    ]
    assert {"Visits that failed", "New revision of each service", "Writes"} <= {one.name for one in story.criteria}
    assert [hop.slowness for hop in story.hops[:3]] == [2.5, 3.0, 3.5], "the machine was slower after each"
    there, back = (sorted(write.key for write in hop.writes if write.acknowledged) for hop in story.hops[1:3])
    assert there == back != [], "what is compared on the way there and on the way back counts once"
    document: dict[str, Any] = report.document(story)
    everything = document["totals"]["all"]
    assert everything["requests"] == everything["visits"] >= 300
    assert everything["by_status"] == {"200": everything["requests"]}
    assert set(document["totals"]) == {"all", "list", "filter", "profile", "like", "adopt"}
    weights = [max(rule.get("like", 0) for rule in sample["weights"].values()) for sample in document["samples"]]
    assert {0, 100} <= set(weights)
    texts = [phase["text"] for hop in document["hops"] for phase in hop["phases"]]
    assert any("like gets 0 %" in text for text in texts)
    assert {"Compare like", "Compare monolith"} <= set(texts)
    assert {"Watch, like gets 50 %", "Watch, monolith gets 50 %", "Watch, the new like gets 50 %"} <= set(texts)
    running = deployment.make("status").stdout
    assert all("-rehearsed" in line for line in running.splitlines() if " tasks of " in line), running
    page = report.write(story)
    assert "every criterion met" in page.read_text(encoding="utf-8")
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["passed"] is True


def test_a_weight_that_moves_before_its_service_is_steady_is_caught(deployment: Deployed, tmp_path: Path) -> None:
    flags = (STAYS, "--stages", "split,split", "--min-requests", "60", "--mix", "like=1")
    story = rehearse(deployment, tmp_path, *flags, deployer=WeightFirst(deployment, tmp_path / RECORDS))
    assert "Visits that failed" in missed(story)
    assert not story.passed


def test_with_faults_every_visit_is_done_in_the_end_and_every_like_counts_once(
    deployment: Deployed, tmp_path: Path
) -> None:
    flags = ("--faults", "kill,slow,throttle,drop", "--min-requests", "450", "--hold-seconds", "12")
    story = rehearse(deployment, tmp_path, "--stages", "split,split", *flags)
    assert not missed(story)
    assert story.loaded.kills
    assert all(story.loaded.fault_counts[fault] > 0 for fault in ("slow", "throttle", "drop"))


def test_an_interrupted_rehearsal_leaves_no_load_no_fault_and_no_deployer(deployment: Deployed, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "rehearse",
        *PATIENT,
        STAYS,
        "--stages",
        "split,glue,split",
        "--out",
        str(tmp_path),
    ]
    environ = {**environment_of(deployment.settings), "FAULTS": "slow"}
    records = tmp_path / RECORDS
    told = tmp_path / "told"
    with told.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=file)
    try:
        # First it puts the images of split in the place of those that were rehearsed.
        wait_for(lambda: records.is_file() and records.stat().st_size > 0, what="load runs", timeout_seconds=400)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=300)
    said = told.read_text(encoding="utf-8")
    assert process.returncode == 143, said
    assert "Interrupted" in said
    assert records.read_text(encoding="utf-8").splitlines()[-1].startswith('{"end"')
    assert not [process for process in _children_of(deployment.settings) if process.is_running()]
    assert ask(state.control_socket(deployment.settings.state_dir), "GET", ROUTE)["active"] is False


def _children_of(settings: Settings) -> list[psutil.Process]:
    """Deployers, Terraforms and loads that were started for these settings."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("STATE_DIR") == str(settings.state_dir)
            command = process.cmdline()
        except psutil.Error:
            continue
        if ours and ({"cli", "rehearse.load"} & set(command) or (command[:1] and command[0].endswith("/terraform"))):
            found.append(process)
    return found
