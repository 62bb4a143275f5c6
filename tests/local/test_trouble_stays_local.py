"""One part's trouble stays there: a killed proxy, a stopped daemon, a taken port, a task that hangs."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import time
from collections.abc import Iterator

import psutil
import pytest
import requests

from cli import daemon_health
from embedded import state
from tests.ahead import Ahead
from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

STOPPED_SECONDS = 30.0


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("trouble"))) as running:
        yield running


@pytest.fixture
def toy(aws: EmbeddedAws) -> Iterator[ToyService]:
    with running_toy(aws) as service:
        yield service


@contextlib.contextmanager
def running_toy(aws: EmbeddedAws) -> Iterator[ToyService]:
    """A steady service of two tasks."""
    service = ToyService(aws)
    service.create(service.revision("one"))
    service.steady()
    yield service
    service.delete()


def daemon(aws: EmbeddedAws) -> psutil.Process:
    running = state.read(aws.settings.state_dir)
    assert running is not None
    return psutil.Process(running.pid)


def proxy(aws: EmbeddedAws) -> psutil.Process:
    """The one Envoy of the daemon."""
    (found,) = (child for child in daemon(aws).children(recursive=True) if "envoy" in child.name())
    return found


def serves(toy: ToyService) -> bool:
    try:
        return requests.get(f"{toy.url}/who", timeout=2).ok
    except requests.RequestException:
        return False


def took(thief: socket.socket, port: int) -> bool:
    try:
        thief.bind(("127.0.0.1", port))
    except OSError:
        return False
    thief.listen()
    return True


def test_a_killed_proxy_is_started_again_at_once(aws: EmbeddedAws, toy: ToyService) -> None:
    tasks = {task["taskArn"] for task in toy.tasks()}
    with Load(toy.url) as load:
        wait_for(lambda: len(load.answers) > 20, what="load flows")
        killed = time.monotonic()
        proxy(aws).kill()
        wait_for(lambda: load.failures, what="somebody noticed")
        wait_for(lambda: serves(toy), what="it serves again")
        down_seconds = time.monotonic() - killed
        seen = len(load.answers)
        wait_for(lambda: len(load.answers) > seen + 20, what="load flows again")
    assert down_seconds < 3
    assert {task["taskArn"] for task in toy.tasks()} == tasks


def _stopped_for_30_seconds(ahead: Ahead) -> None:
    with running_embedded_aws(local_settings(ahead.state_dir("stopped"))) as aws, running_toy(aws) as toy:
        tasks = {task["taskArn"] for task in toy.tasks()}
        stopped = daemon(aws)
        with Load(toy.url) as load:
            wait_for(lambda: len(load.answers) > 20, what="load flows")
            stopped.suspend()
            try:
                until = time.monotonic() + STOPPED_SECONDS
                wait_for(lambda: time.monotonic() > until, what="the time is over", timeout_seconds=STOPPED_SECONDS + 5)
            finally:
                stopped.resume()
            toy.steady()
            seen = len(load.answers)
            wait_for(lambda: len(load.answers) > seen + 100, what="load still flows")
        assert load.failures == []
        assert {task["taskArn"] for task in toy.tasks()} == tasks
        assert toy.target_states() == ["healthy", "healthy"]


@pytest.mark.ahead(work=_stopped_for_30_seconds)
def test_a_daemon_that_is_stopped_for_30_seconds_costs_no_request_and_no_task(ahead: Ahead) -> None:
    ahead.result(_stopped_for_30_seconds)


def test_a_port_that_somebody_took_is_named_and_used_again_when_it_is_free(aws: EmbeddedAws, toy: ToyService) -> None:
    port = aws.settings.alb_port
    stopped, victim = daemon(aws), proxy(aws)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stopped.suspend()
        try:
            victim.kill()
            wait_for(lambda: took(thief, port), what="the proxy is gone and its port taken")
        finally:
            stopped.resume()
        log = aws.settings.state_dir / "daemon.log"
        complaint = f"Port {port} "
        wait_for(lambda: complaint in log.read_text(), what="the log names the port")
        # No environment has claimed this port, so there is no ALB_PORT to name.
        assert "stop that process or set the listener's port" in log.read_text().partition(complaint)[2]
        toy.steady()
    wait_for(lambda: serves(toy), what="it serves again")


def _a_task_hangs(ahead: Ahead) -> None:
    with running_embedded_aws(local_settings(ahead.state_dir("hung"))) as aws, running_toy(aws) as toy:
        hung, _ = (
            process for process in state.processes(aws.settings.state_dir) if "toy.py" in " ".join(process.cmdline())
        )
        os.kill(hung.pid, signal.SIGSTOP)
        wait_for(lambda: "unhealthy" in toy.target_states(), what="it is unhealthy")
        wait_for(lambda: len(toy.tasks()) == 3, what="another one is started beside it")
        wait_for(lambda: not hung.is_running(), what="it was killed after its stop timeout")
        toy.steady()
        assert toy.target_states() == ["healthy", "healthy"]
        wait_for(
            lambda: any("failed ELB health checks" in event["message"] for event in toy.describe()["events"]),
            what="an event says why",
        )


@pytest.mark.ahead(work=_a_task_hangs)
def test_a_task_that_hangs_becomes_unhealthy_and_is_replaced(ahead: Ahead) -> None:
    ahead.result(_a_task_hangs)


def test_status_names_what_is_wrong_with_the_daemon(aws: EmbeddedAws) -> None:
    assert daemon_health.warning_rows(aws.settings.state_dir) == []
    running = state.read(aws.settings.state_dir)
    assert running is not None
    stopped = daemon(aws)
    stopped.suspend()
    try:
        ((label, text),) = daemon_health.warning_rows(aws.settings.state_dir)
    finally:
        stopped.resume()
    assert label == daemon_health.LABEL
    assert "does not answer" in text
    state.write(aws.settings.state_dir, dataclasses.replace(running, code_version="older"))
    try:
        ((_, text),) = daemon_health.warning_rows(aws.settings.state_dir)
    finally:
        state.write(aws.settings.state_dir, running)
    assert "make deploy restarts it" in text
