"""A stage for one ECS task, a service with fake tasks, and the API before a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends

from embedded import images, session_priority
from embedded.ecs import call_answers
from embedded.ecs import task as task_module
from embedded.ecs.backend import EmbeddedEcs
from embedded.ecs.process import ContainerProcess
from embedded.ecs.service_deployment_calls import answer_service_deployments
from tests.unit.embedded.ecs.ecs_api import BALANCER, Api
from tests.unit.embedded.ecs.fakes import Toy
from tests.unit.embedded.ecs.task_stage import Stage


@pytest.fixture(autouse=True)
def niceness(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Of each session, by the process that leads it; the machine's own stay as they are."""
    found: dict[int, int] = {}

    def set_niceness(pid: int, value: int) -> bool:
        found[pid] = value
        return True

    monkeypatch.setattr(session_priority, "niceness", lambda pid: found.get(pid, 0))
    monkeypatch.setattr(session_priority, "set_niceness", set_niceness)
    return found


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(task_module, "_POLL_SECONDS", 0.0)
    stage = Stage(tmp_path)
    folder = images.snapshot_dir(tmp_path, "toy", "v1") / "services" / "toy"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM x\nCMD ["serve", "--port", "{port}", "{port}s"]\n')
    (tmp_path / "bin").mkdir()
    for name in ("serve", "from"):
        (tmp_path / "bin" / name).touch(mode=0o700)
    monkeypatch.setattr(ContainerProcess, "start", stage.start_process)
    return stage


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def steady(toy: Toy) -> Toy:
    toy.tick()
    toy.bring_up()
    return toy


@pytest.fixture(scope="module")
def client() -> Any:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    return boto3.client("ecs", region_name="us-east-1", config=Config(parameter_validation=False), **keys)


@pytest.fixture
def api(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        for name in ("create_service", "run_task"):  # as they are now, once the test is over
            monkeypatch.setattr(EC2ContainerServiceResponse, name, vars(EC2ContainerServiceResponse)[name])
        monkeypatch.setattr(ecs_backends, "backend", EmbeddedEcs)
        call_answers.keep_what_create_service_was_given()
        call_answers.tell_what_run_task_could_not_place()
        for name in ("list_service_deployments", "describe_service_deployments"):
            monkeypatch.delattr(EC2ContainerServiceResponse, name, raising=False)
        answer_service_deployments()
        client.create_cluster(clusterName="one")
        ec2 = ec2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        subnet = ec2.create_subnet(ec2.create_vpc("10.9.0.0/16").id, "10.9.1.0/24").id
        network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}
        groups: Any = elbv2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].target_groups
        monkeypatch.setitem(groups, BALANCER["targetGroupArn"], object())
        made = Api(ecs=client, network=network, service="web")
        made.definition()
        made.create(serviceName="web")
        yield made
