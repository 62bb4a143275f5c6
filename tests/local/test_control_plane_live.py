"""The control plane on disk, with the whole daemon: kills, damage, a full disk, a removed folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from botocore.exceptions import ClientError

from cli import local
from cli.progress import Progress
from embedded import state
from settings.settings import Settings
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, kill_embedded_aws, local_settings, running_embedded_aws, wait_for


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = local_settings(tmp_path / "state")
    yield made
    local.stop(made, Progress())


def start(settings: Settings) -> EmbeddedAws:
    local.ensure_running(settings, Progress())
    return EmbeddedAws(settings=settings)


def running(settings: Settings) -> state.DaemonState:
    found = state.read(settings.state_dir)
    assert found is not None
    return found


def test_what_was_answered_before_a_kill_is_there_after_it_and_services_run_again(settings: Settings) -> None:
    aws = start(settings)
    toy = ToyService(aws)
    toy.create(toy.revision("one"))
    toy.steady()
    toy.roll(second := toy.revision("two"))
    toy.steady(second)
    alone = toy.ecs.run_task(
        cluster=toy.name, taskDefinition=second, launchType="FARGATE", networkConfiguration=toy.network
    )["tasks"][0]["taskArn"]
    before, former = toy.describe(), {task["taskArn"] for task in toy.tasks()}
    aws.client("ssm").put_parameter(Name="/last/call", Value="kept", Type="String")
    plane = running(settings).control_plane_id
    kill_embedded_aws(settings)

    again = start(settings)
    assert running(settings).control_plane_id == plane
    assert again.client("ssm").get_parameter(Name="/last/call")["Parameter"]["Value"] == "kept"
    toy.reconnect()
    after = toy.describe()
    for name in ("id", "taskDefinition", "rolloutState", "createdAt"):
        assert after["deployments"][0][name] == before["deployments"][0][name]
    assert len(after["deployments"]) == 1
    assert requests.get(f"{toy.url}/who", timeout=5).text.startswith("two ")
    assert len(toy.tasks()) == 2
    stopped = toy.ecs.describe_tasks(cluster=toy.name, tasks=[*former, alone])["tasks"]
    assert {task["lastStatus"] for task in stopped} == {"STOPPED"}
    assert {task["stoppedReason"] for task in stopped} == {"The embedded AWS was restarted"}
    assert toy.target_states() == ["healthy", "healthy"]
    interfaces = again.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    former_details = {one.get("value") for task in stopped for one in task["attachments"][0]["details"]}
    assert not former_details & {interface["NetworkInterfaceId"] for interface in interfaces}

    toy.roll(toy.revision("broken", EXIT_CODE="3"))
    wait_for(
        lambda: any("rolling back" in event["message"] for event in toy.describe()["events"]),
        what="the circuit breaker still knows what completed last",
        timeout_seconds=60,
    )
    toy.steady(second)
    toy.delete()


def test_a_damaged_control_plane_is_a_fresh_start_that_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = start(settings)
    client = aws.client("dynamodb")
    client.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="kept", Item={"Id": {"S": "x"}})
    local.drop_stale_state(settings, running(settings), Progress())
    settings.terraform_state.write_text("{}")
    kill_embedded_aws(settings)
    snapshot = settings.state_dir / "control-plane.snapshot"
    snapshot.write_bytes(snapshot.read_bytes()[:-100])

    again = start(settings)
    why = "control-plane.snapshot is damaged, so the embedded AWS starts afresh"
    assert again.control("GET", "/status")["warnings"] == [why]
    assert again.client("dynamodb").list_tables()["TableNames"] == []
    capsys.readouterr()
    local.drop_stale_state(settings, running(settings), Progress())
    assert f"{why}; deploying afresh (the table's items are kept)" in capsys.readouterr().err
    assert not settings.terraform_state.exists()
    local.drop_stale_state(settings, running(settings), Progress())
    assert capsys.readouterr().err == ""
    assert (settings.state_dir / "dynamodb.sqlite3").exists()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("plane"))) as one:
        yield one


def test_on_a_full_disk_changes_are_refused_and_nothing_else(aws: EmbeddedAws) -> None:
    ssm: Any = aws.client("ssm")
    ssm.put_parameter(Name="/before", Value="1", Type="String")
    daemon = psutil.Process(running(aws.settings).pid)
    usual = daemon.rlimit(psutil.RLIMIT_FSIZE)
    daemon.rlimit(psutil.RLIMIT_FSIZE, (0, usual[1]))  # every write to a file fails from here on
    try:
        for name in ("/first", "/second"):
            with pytest.raises(ClientError, match=r"control plane cannot be kept .* free space on its disk"):
                ssm.put_parameter(Name=name, Value="1", Type="String")
        with pytest.raises(ClientError, match="InternalFailure"):
            aws.client("elbv2").create_target_group(Name="refused", Protocol="HTTP", Port=80, VpcId="vpc-1")
        assert ssm.get_parameter(Name="/before")["Parameter"]["Value"] == "1"
        assert any("control plane cannot be kept" in line for line in aws.control("GET", "/status")["warnings"])
    finally:
        daemon.rlimit(psutil.RLIMIT_FSIZE, usual)
    ssm.put_parameter(Name="/after", Value="1", Type="String")
    assert aws.control("GET", "/status")["warnings"] == []


def test_a_removed_state_folder_is_made_anew_with_everything(settings: Settings) -> None:
    first = start(settings)
    first.client("ssm").put_parameter(Name="/before", Value="1", Type="String")
    client = first.client("dynamodb")
    client.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="kept", Item={"Id": {"S": "x"}})
    pid = running(settings).pid
    shutil.rmtree(settings.state_dir)
    for name in ("control-plane.snapshot", "dynamodb.sqlite3"):
        wait_for((settings.state_dir / name).exists, what=f"{name} is there again")
    client.put_item(TableName="kept", Item={"Id": {"S": "y"}})
    psutil.Process(pid).kill()
    wait_for(lambda: not psutil.pid_exists(pid) or not state.processes(settings.state_dir), what="it is dead")

    second = start(settings)
    assert second.client("ssm").get_parameter(Name="/before")["Parameter"]["Value"] == "1"
    assert second.client("dynamodb").scan(TableName="kept", Select="COUNT")["Count"] == 2
