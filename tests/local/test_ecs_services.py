"""The embedded ECS with live tasks: rolling deployments, crashes, the circuit breaker, draining, logs and secrets."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cli import daemon_health, local
from cli.progress import Progress
from embedded import session_priority, state
from embedded.ecs.capacity import UNAVAILABLE
from embedded.ecs.task_processes import ROUTE
from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, kill_embedded_aws, local_settings, running_embedded_aws, wait_for


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("ecs"))) as running:
        yield running


def pids(toy: ToyService) -> set[int]:
    """Process ids behind the load balancer, as its answers tell them."""
    return {int(requests.get(f"{toy.url}/who", timeout=5).text.split()[1]) for _ in range(8)}


def test_a_rolling_deployment_loses_no_request(toy: ToyService) -> None:
    first, second = toy.revision("one"), toy.revision("two")
    toy.create(first)
    toy.steady()
    with Load(toy.url) as load:
        wait_for(lambda: len(load.answers) > 20, what="load flows")
        toy.roll(second)
        assert len(toy.describe()["deployments"]) == 2
        toy.steady(second)
        seen = len(load.answers)
        wait_for(lambda: len(load.answers) > seen + 20, what="load still flows")
    assert load.failures == []
    assert load.answers[0].startswith("one ")
    assert load.answers[-1].startswith("two ")


def test_both_versions_serve_during_a_rollout_and_capacity_never_falls_below_desired(toy: ToyService) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    second = toy.revision("two")
    toy.roll(second)
    seen: list[list[str]] = []

    def watch() -> bool:
        seen.append(toy.target_states())
        return len(toy.describe()["deployments"]) == 1

    wait_for(watch, what="the rollout ends")
    assert min(states.count("healthy") for states in seen) >= 2
    # Old and new side by side: the new ones still becoming healthy, or the old ones already draining.
    assert max(len(states) for states in seen) == 4


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no priorities of sessions")
def test_who_starts_gets_what_those_that_serve_leave(aws: EmbeddedAws, toy: ToyService) -> None:
    def niceness() -> set[int]:
        return {session_priority.niceness(one.pid) for one in state.processes(aws.settings.state_dir)}

    toy.create(toy.revision("one", START_SECONDS="1"))
    wait_for(lambda: 10 in niceness(), what="a container starts with less")
    toy.steady()
    wait_for(lambda: niceness() == {0}, what="all that serve have the same")


def test_a_killed_task_is_replaced(toy: ToyService) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    before = {task["taskArn"] for task in toy.tasks()}
    shown = {task["process_group"] for task in toy.aws.control("GET", ROUTE) if task["group"] == f"service:{toy.name}"}
    assert shown == pids(toy)
    victim = shown.pop()
    os.killpg(victim, signal.SIGKILL)
    stopped = wait_for(
        lambda: [task for task in toy.tasks("STOPPED") if task["taskArn"] in before], what="its end is noticed"
    )
    wait_for(lambda: toy.target_states().count("healthy") == 2 and toy.describe()["runningCount"] == 2, what="replaced")
    assert [task["stopCode"] for task in stopped] == ["EssentialContainerExited"]
    assert stopped[0]["containers"][0]["exitCode"] == 137
    assert victim not in pids(toy)


@pytest.mark.parametrize("fault", [{"EXIT_CODE": "3"}, {"STATUS": "500"}], ids=["exits", "unhealthy"])
def test_a_broken_revision_is_rolled_back_without_a_failed_request(toy: ToyService, fault: dict[str, Any]) -> None:
    good = toy.revision("good")
    toy.create(good)
    toy.steady()
    with Load(toy.url) as load:
        toy.roll(toy.revision("broken", **fault))
        wait_for(
            lambda: any("rolling back" in event["message"] for event in toy.describe()["events"]),
            what="the circuit breaker opens",
            timeout_seconds=60,
        )
        toy.steady(good)
    assert load.failures == []
    assert {answer.split()[0] for answer in load.answers} == {"good"}


def test_a_first_revision_that_cannot_start_fails_and_says_why(toy: ToyService) -> None:
    toy.create(toy.revision("one", image=f"{toy.image.rpartition(':')[0]}:missing"))
    wait_for(lambda: toy.describe()["deployments"][0]["rolloutState"] == "FAILED", what="the deployment fails")
    reasons = {task["stoppedReason"] for task in toy.tasks("STOPPED")}
    assert all("CannotPullContainerError" in reason and "missing" in reason for reason in reasons)
    assert toy.describe()["deployments"][0]["failedTasks"] >= 3


def test_draining_lets_a_request_under_way_finish_and_takes_the_deregistration_delay(aws: EmbeddedAws) -> None:
    toy = ToyService(aws, desired=1, drain_seconds=3)
    try:
        toy.create(toy.revision("one"))
        toy.steady()
        answers: list[str] = []
        slow = threading.Thread(target=lambda: answers.append(requests.get(f"{toy.url}/slow", timeout=10).text))
        slow.start()
        toy.roll(toy.revision("two"))
        wait_for(lambda: "draining" in toy.target_states(), what="the old target drains")
        assert toy.describe()["deployments"][-1]["status"] == "ACTIVE"
        toy.steady()
        slow.join()
        assert answers[0].startswith(("one ", "two "))
        old = next(task for task in toy.tasks("STOPPED") if task["stopCode"] == "ServiceSchedulerInitiated")
        assert (old["stoppingAt"] - old["startedAt"]).total_seconds() >= 3
        assert "draining" not in toy.target_states()
    finally:
        toy.delete()


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(aws: EmbeddedAws) -> None:
    toy = ToyService(aws, desired=1, drain_seconds=0, stop_timeout_seconds=2)
    try:
        toy.create(toy.revision("one", IGNORE_TERM="1"))
        toy.steady()
        (task,) = toy.tasks()
        toy.ecs.stop_task(cluster=toy.name, task=task["taskArn"], reason="test")
        stopped = wait_for(lambda: _stopped(toy, task["taskArn"]), what="the task stops")
        assert stopped["containers"][0]["exitCode"] == 137
        assert (stopped["stoppedAt"] - stopped["stoppingAt"]).total_seconds() == pytest.approx(2, abs=1)
    finally:
        toy.delete()


def _stopped(toy: ToyService, arn: str) -> dict[str, Any] | None:
    task: dict[str, Any] = toy.ecs.describe_tasks(cluster=toy.name, tasks=[arn])["tasks"][0]
    return task if task["lastStatus"] == "STOPPED" else None


def test_lines_of_a_task_stand_in_its_log_stream(toy: ToyService) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    wait_for(lambda: toy.log_lines().count("toy one listens") == 2, what="both tasks logged")
    streams = {
        stream["logStreamName"] for stream in toy.logs.describe_log_streams(logGroupName=toy.group)["logStreams"]
    }
    assert streams == {f"toy/toy/{task['taskArn'].rpartition('/')[2]}" for task in toy.tasks()}


def test_a_secret_reaches_the_container_and_a_missing_one_stops_the_task(toy: ToyService) -> None:
    toy.aws.client("ssm").put_parameter(Name="/toy/secret", Value="s3cret", Type="SecureString", Overwrite=True)
    arn = "arn:aws:ssm:us-east-1:000000000000:parameter/toy/secret"
    toy.create(toy.revision("one", secret=arn))
    toy.steady()
    assert requests.get(f"{toy.url}/who", timeout=5).text.split()[2] == "s3cret"
    toy.roll(toy.revision("two", secret=f"{arn}-gone"))
    wait_for(
        lambda: any("unable to pull secrets" in event["message"] for event in toy.describe()["events"]), what="said"
    )


def test_an_old_tag_runs_old_code(toy: ToyService) -> None:
    old = toy.image
    new = toy.publish(toy_program_saying("changed"))
    toy.create(toy.revision("one", image=new))
    toy.steady()
    assert requests.get(f"{toy.url}/who", timeout=5).text.startswith("changed ")
    toy.roll(toy.revision("one", image=old))
    toy.steady()
    assert requests.get(f"{toy.url}/who", timeout=5).text.startswith("one ")


def toy_program_saying(word: str) -> str:
    from tests.local.toy_service import PROGRAM  # noqa: PLC0415

    return PROGRAM.replace("{os.environ['VERSION']} {os.getpid()}", f"{word} {{os.getpid()}}")


def test_tasks_have_an_address_in_their_subnet(toy: ToyService) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    details = [task["attachments"][0]["details"] for task in toy.tasks()]
    addresses = {item["value"] for group in details for item in group if item["name"] == "privateIPv4Address"}
    assert len(addresses) == 2
    assert all(address.startswith("10.9.1.") for address in addresses)


def test_run_task_starts_a_task_outside_any_service(toy: ToyService) -> None:
    definition = toy.revision("alone")
    toy.create(definition)
    (task,) = toy.ecs.run_task(
        cluster=toy.name, taskDefinition=definition, launchType="FARGATE", networkConfiguration=toy.network
    )["tasks"]
    arn = task["taskArn"]
    wait_for(
        lambda: toy.ecs.describe_tasks(cluster=toy.name, tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING",
        what="runs",
    )
    toy.steady()
    assert len(toy.target_states()) == 2
    toy.ecs.stop_task(cluster=toy.name, task=arn, reason="seen enough")
    stopped = wait_for(lambda: _stopped(toy, arn), what="stops")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "seen enough")


def test_scaling_to_zero_stops_all_tasks(toy: ToyService) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    toy.ecs.update_service(cluster=toy.name, service=toy.name, desiredCount=0)
    wait_for(lambda: toy.describe()["runningCount"] == 0 and not toy.target_states(), what="no task is left")
    assert requests.get(f"{toy.url}/who", timeout=5).status_code == 503


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An embedded AWS on a machine that bears eight tasks."""
    settings = dataclasses.replace(local_settings(tmp_path_factory.mktemp("small")), max_tasks=8)
    with running_embedded_aws(settings) as running:
        yield running


def test_a_service_that_wants_thousands_gets_what_the_machine_bears_and_goes_on_serving(small: EmbeddedAws) -> None:
    toy, state_dir = ToyService(small), small.settings.state_dir
    first = toy.revision("one")
    toy.create(first)
    toy.steady()

    def scale(count: int) -> None:
        toy.ecs.update_service(cluster=toy.name, service=toy.name, desiredCount=count)

    with Load(toy.url) as load:
        wait_for(lambda: len(load.answers) > 20, what="load flows")
        scale(5000)
        wait_for(lambda: UNAVAILABLE in toy.describe()["events"][0]["message"], what="ECS says that there is no room")
        wait_for(lambda: toy.describe()["runningCount"] == 6, what="what was placed runs")
        ((label, text),) = daemon_health.warning_rows(state_dir)
        assert label == daemon_health.LABEL
        assert f"ECS service {toy.name} wants 5000 tasks and has 6" in text
        options = {"launchType": "FARGATE", "networkConfiguration": toy.network}
        answer = toy.ecs.run_task(cluster=toy.name, taskDefinition=first, count=10, **options)
        assert (len(answer["tasks"]), len(answer["failures"])) == (2, 8), "places are left for others"
        for task in answer["tasks"]:
            toy.ecs.stop_task(cluster=toy.name, task=task["taskArn"])
        scale(2)
        toy.steady()
        assert daemon_health.warning_rows(state_dir) == []
        seen = len(load.answers)
        wait_for(lambda: len(load.answers) > seen + 20, what="load still flows")
    assert load.failures == []
    scale(5000)
    kill_embedded_aws(small.settings)
    local.ensure_running(small.settings, Progress())
    toy.reconnect()
    assert toy.describe()["desiredCount"] == 5000
    wait_for(lambda: toy.describe()["runningCount"] == 6, what="the next start bears it as well")
    scale(2)
    toy.steady()
    assert len(toy.tasks()) == 2


def test_a_killed_daemon_takes_its_tasks_with_it(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings) as aws:
        toy = ToyService(aws)
        toy.create(toy.revision("one"))
        toy.steady()
        daemon = state.read(settings.state_dir)
        assert daemon is not None
        assert len(state.processes(settings.state_dir)) >= 3
        os.kill(daemon.pid, signal.SIGKILL)
        wait_for(lambda: not state.processes(settings.state_dir), what="every task died with the daemon")
