"""A live deployment as other users of the machine, and tools without its keys, find it."""

from __future__ import annotations

import ipaddress
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import pytest
import requests
from botocore.exceptions import ClientError

from cli import aws
from embedded import credentials, state
from systems.checkout import ROOT
from tests.conftest import Deployed
from tests.support import environment_of

EVANGELINE = "4e53920c-505a-4a90-a694-b9300791f0ae"


def everything_in(folder: Path) -> Iterator[Path]:
    """The folder and all below it, without following links."""
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent) / name for name in (*folders, *files))


def test_folders_are_700_and_files_600_or_less(deployment: Deployed) -> None:
    settings = deployment.settings
    # What is synthesised has nothing secret in it, and only here lies in the state folder.
    # Also what the environment beside it synthesised, into a folder whose name begins with the same.
    synthesised = set(settings.out_dir.parent.glob(f"{settings.out_dir.name}*"))
    found = [path for path in everything_in(settings.state_dir) if not synthesised & {path, *path.parents}]
    assert {"daemon.log", "credentials.ini", "control.sock", "terraform", "images"} <= {path.name for path in found}
    modes = {path: path.lstat().st_mode for path in found if not path.is_symlink()}
    assert {str(path): oct(mode) for path, mode in modes.items() if stat.S_IMODE(mode) & 0o077} == {}


def test_nothing_of_it_listens_beyond_loopback(deployment: Deployed) -> None:
    running = state.read(deployment.settings.state_dir)
    assert running is not None
    processes = state.processes(deployment.settings.state_dir)
    pids = {process.pid for process in processes}
    assert running.pid in pids
    assert len(pids) >= 6, "the daemon, the proxy and two tasks for each service"
    bound = {
        (connection.pid, connection.laddr.ip, connection.laddr.port)
        for connection in psutil.net_connections(kind="inet")
        if connection.pid in pids and connection.laddr and not connection.raddr
    }
    ports = {port for _, _, port in bound}
    assert {deployment.settings.alb_port, deployment.settings.aws_port, deployment.settings.site_port} <= ports
    assert {ip for _, ip, _ in bound if not ipaddress.ip_address(ip).is_loopback} == set()


def test_the_secret_key_stands_in_one_file_and_in_no_state_stack_or_log(deployment: Deployed) -> None:
    keys = aws.embedded_credentials(deployment.settings)
    folders = (deployment.settings.state_dir, deployment.settings.stack_dir)
    files = [
        path
        for folder in folders
        for path in everything_in(folder)
        if path.is_file() and ".terraform" not in path.parts
    ]
    assert len(files) > 50
    secret = keys.secret_access_key.encode()
    assert [path for path in files if secret in path.read_bytes()] == [credentials.path(deployment.settings.state_dir)]


def test_the_keys_of_make_env_are_taken_and_those_of_before_are_not(deployment: Deployed) -> None:
    script = 'eval "$(make -s env)" && env -0'
    answer = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment_of(deployment.settings),
        capture_output=True,
        text=True,
        check=True,
    )
    exported = dict(line.split("=", 1) for line in answer.stdout.split("\0") if "=" in line)

    def account(key_id: str, secret: str) -> str:
        client = boto3.client(
            "sts",
            region_name=exported["AWS_REGION"],
            endpoint_url=exported["AWS_ENDPOINT_URL"],
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )
        return str(client.get_caller_identity()["Account"])

    assert account(exported["AWS_ACCESS_KEY_ID"], exported["AWS_SECRET_ACCESS_KEY"]) == "000000000000"
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        account("test", "test")


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_like_asked_for_by_another_page_is_refused_and_not_counted(deployment: Deployed, origin: str) -> None:
    def likes() -> int:
        return int(requests.get(f"{deployment.api}/mysfits/{EVANGELINE}", timeout=5).json()["likes"])

    before = likes()
    address = f"{deployment.api}/mysfits/{EVANGELINE}/like"
    assert requests.post(address, headers={"Origin": origin}, timeout=5).status_code == 403
    assert likes() == before
    assert requests.post(address, headers={"Origin": deployment.site}, timeout=5).status_code == 200
    assert likes() == before + 1


@pytest.mark.parametrize("service", ["monolith", "like"])
def test_tasks_hand_their_keys_to_nobody(deployment: Deployed, service: str) -> None:
    """The keys are no part of what DescribeTaskDefinition and DescribeTasks tell."""
    ecs, name = deployment.client("ecs"), deployment.settings.name(service)
    definition = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    tasks = ecs.list_tasks(cluster=deployment.settings.name(), serviceName=name)["taskArns"]
    told = str((definition, ecs.describe_tasks(cluster=deployment.settings.name(), tasks=tasks)["tasks"]))
    keys = aws.embedded_credentials(deployment.settings)
    assert keys.access_key_id not in told
    assert keys.secret_access_key not in told
