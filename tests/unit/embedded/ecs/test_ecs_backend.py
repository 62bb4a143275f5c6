"""ECS records wait for the scheduler: moto sets no count and no state of its own."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.ecs import models as moto_models
from moto.ecs.exceptions import InvalidParameterException
from moto.moto_api import state_manager

from embedded.ecs import backend as backend_module
from embedded.ecs.backend import EmbeddedEcs
from embedded.ecs.capacity import Capacity

CONTAINER = {"name": "toy", "image": "toy:1", "essential": True, "cpu": 0}


class Cluster:
    """A cluster with a definition of two revisions, and one service."""

    def __init__(self) -> None:
        self.ecs = EmbeddedEcs("us-east-1", "000000000000")
        self.ecs.create_cluster("one")
        self.first, self.second = self.define(), self.define()
        service: Any = self.ecs.create_service("one", "web", 2, "toy:1", launch_type="FARGATE")
        self.service = service
        service.deployment_configuration = {"maximumPercent": 200, "minimumHealthyPercent": 100}
        service.running_count, service.pending_count = 1, 1

    def define(self) -> str:
        definition = self.ecs.register_task_definition(
            family="toy", container_definitions=[dict(CONTAINER)], cpu="256", memory="512", network_mode="none"
        )
        return str(definition.arn)

    def update(self, **properties: Any) -> Any:
        return self.ecs.update_service({"cluster": "one", "service": "web", **properties})

    def run(self, count: int = 1, **options: Any) -> list[Any]:
        return list(self.ecs.run_task("one", "toy:1", count, None, "", None, "FARGATE", **options))


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_an_update_leaves_the_counts_to_the_scheduler(cluster: Cluster) -> None:
    record = cluster.update(desired_count=5)
    assert (record.desired_count, record.running_count, record.pending_count) == (5, 1, 1)


def test_an_update_to_another_revision_is_announced_at_once(cluster: Cluster) -> None:
    record = cluster.update(task_definition="toy:2")
    assert record.task_definition == cluster.second
    primary, active = record.deployments
    assert (primary["status"], primary["taskDefinition"], primary["runningCount"]) == ("PRIMARY", cluster.second, 0)
    assert (active["status"], active["taskDefinition"]) == ("ACTIVE", cluster.first)
    assert primary["rolloutState"] == "IN_PROGRESS"


def test_what_is_announced_is_under_way_and_none_of_it_runs_yet(cluster: Cluster) -> None:
    primary = {**cluster.service.deployments[0], "rolloutState": "COMPLETED", "runningCount": 2}
    former = [{**primary, "id": "former"}, {**primary, "id": "oldest"}]
    cluster.service.deployments = [primary, *former]
    record = cluster.update(task_definition="toy:2")
    states = [(one["rolloutState"], one["runningCount"]) for one in record.deployments]
    assert states == [("IN_PROGRESS", 0), ("COMPLETED", 2), ("COMPLETED", 2), ("COMPLETED", 2)]
    assert record.deployments[2:] == former


def test_an_update_to_the_same_revision_announces_nothing(cluster: Cluster) -> None:
    assert len(cluster.update(task_definition="toy:1").deployments) == 1


def test_each_forced_deployment_is_another_one(cluster: Cluster) -> None:
    assert cluster.update(force_new_deployment=True).deployment_nonce == 1
    assert cluster.update(force_new_deployment=True).deployment_nonce == 2
    assert cluster.update(desired_count=1).deployment_nonce == 2


@pytest.mark.parametrize(
    "change",
    [
        {"load_balancers": [{"targetGroupArn": "arn:group", "containerName": "toy", "containerPort": 80}]},
        {"network_configuration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}},
        {"platform_version": "1.3.0"},
    ],
)
def test_what_tasks_begin_with_is_deployed_anew_when_it_changes(
    change: dict[str, Any], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.ecs, "check_surroundings", lambda *_: None)
    cluster.ecs.register_task_definition(
        family="toy",
        container_definitions=[{**CONTAINER, "portMappings": [{"containerPort": 80}]}],
        cpu="256",
        memory="512",
        network_mode="none",
    )
    cluster.update(task_definition="toy:3").deployments = cluster.service.deployments[:1]
    record = cluster.update(**change)
    assert record.deployment_nonce == 1
    assert [one["status"] for one in record.deployments] == ["PRIMARY", "ACTIVE"]
    record.deployments = record.deployments[:1]
    assert cluster.update(**change).deployment_nonce == 1, "the same again changes nothing"
    assert len(record.deployments) == 1


def test_a_part_of_the_deployment_configuration_keeps_the_rest(cluster: Cluster) -> None:
    record = cluster.update(deployment_configuration={"maximumPercent": 150})
    assert record.deployment_configuration == {"maximumPercent": 150, "minimumHealthyPercent": 100}


def test_a_deleted_service_drains_and_is_listed_until_it_is_gone(cluster: Cluster) -> None:
    with pytest.raises(InvalidParameterException):
        cluster.ecs.delete_service("one", "web", False)
    record = cluster.ecs.delete_service("one", "web", True)
    assert record.status == "DRAINING"
    assert cluster.ecs.delete_service("one", "web", True).status == "DRAINING"
    assert cluster.ecs.list_services("one") == [record.arn]
    record.status = "INACTIVE"
    assert cluster.ecs.list_services("one") == []
    assert cluster.ecs.delete_service("one", "web", True).status == "INACTIVE"


def test_a_task_waits_for_the_scheduler_with_the_size_of_its_definition(cluster: Cluster) -> None:
    (task,) = cluster.run()
    assert (task.last_status, task.desired_status, task.stop_code) == ("PROVISIONING", "RUNNING", None)
    assert (task.cpu, task.memory) == ("256", "512")
    assert [container.exitCode for container in task.containers] == [None]


@pytest.mark.parametrize(("asked", "address"), [("ENABLED", "127.0.0.1"), ("DISABLED", None)])
def test_a_task_that_asks_for_a_public_address_is_on_loopback(
    cluster: Cluster, asked: str, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    ec2 = ec2_backends["000000000000"]["us-east-1"]
    vpc = ec2.create_vpc("10.7.0.0/16")
    vpc.enable_dns_hostnames = True
    subnet = ec2.create_subnet(vpc.id, "10.7.1.0/24")
    cluster.ecs.register_task_definition(
        family="toy", container_definitions=[dict(CONTAINER)], cpu="256", memory="512", network_mode="awsvpc"
    )
    network = {"awsvpcConfiguration": {"subnets": [subnet.id], "securityGroups": [], "assignPublicIp": asked}}
    (task,) = cluster.ecs.run_task("one", "toy:3", 1, None, "", None, "FARGATE", networking_configuration=network)
    attachment: Any = task.attachments[0]
    details = {detail["name"]: detail["value"] for detail in attachment["details"]}
    assert ec2.enis[details["networkInterfaceId"]].public_ip == address


def test_a_task_keeps_what_it_was_started_with(cluster: Cluster) -> None:
    overrides = {"containerOverrides": [{"name": "toy", "command": ["x"]}]}
    tags = [{"key": "Env", "value": "test"}]
    (task,) = cluster.ecs.run_task(
        "one", "toy:1", 1, overrides, "make run-task", tags, "FARGATE", platform_version="1.4.0"
    )
    assert (task.started_by, task.overrides, task.tags, task.launch_type) == (
        "make run-task",
        overrides,
        tags,
        "FARGATE",
    )
    assert task.group == "family:toy"


def test_tasks_and_services_are_listed_by_cluster_and_launch_type(cluster: Cluster) -> None:
    cluster.ecs.create_cluster("two")
    (mine,) = cluster.run()
    (other,) = cluster.ecs.run_task("two", "toy:1", 1, None, "", None, "FARGATE")
    assert cluster.ecs.list_tasks("one") == [mine]
    assert cluster.ecs.list_tasks("two") == [other]
    assert cluster.ecs.list_services("one", launch_type="FARGATE") == [cluster.service.arn]
    assert cluster.ecs.list_services("one", launch_type="EC2") == []
    assert cluster.ecs.list_services("one", scheduling_strategy="DAEMON") == []


def test_room_is_shared_by_all_clusters_and_each_service_leaves_some(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmbeddedEcs, "capacity", Capacity(max_tasks=4))
    cluster.ecs.create_cluster("two")
    first = cluster.ecs.run_task("two", "toy:1", 5, None, "", None, "FARGATE", group="service:web")
    assert (len(first), len(cluster.run(5, group="service:web"))) == (3, 1)


def test_a_tasks_state_changes_by_nobody_but_the_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(state_manager, "set_transition", said.__setitem__)
    monkeypatch.setattr(moto_models, "random_private_ip", vars(moto_models)["random_private_ip"])
    backend_module.leave_states_to_the_scheduler()
    assert said["ecs::task"]["progression"] == "manual"
    assert said["ecs::task"]["times"] > 10**9
    assert vars(moto_models)["random_private_ip"]() == ""


def test_stopping_a_task_only_asks_for_it(cluster: Cluster) -> None:
    (task,) = cluster.run()
    assert cluster.ecs.stop_task("one", task.id, "enough") is task
    assert (task.desired_status, task.last_status, task.stopped_reason) == ("STOPPED", "PROVISIONING", "enough")
    assert cluster.ecs.stop_task("one", task.task_arn, "again").stopped_reason == "enough"
    (other,) = cluster.run()
    assert cluster.ecs.stop_task("one", other.task_arn, "").stopped_reason == "Task stopped by user"


@pytest.mark.parametrize("task", ["unknown", ""])
def test_stopping_a_task_that_is_not_there_is_refused(cluster: Cluster, task: str) -> None:
    with pytest.raises(InvalidParameterException, match="The referenced task was not found"):
        cluster.ecs.stop_task("one", task, "x")
    cluster.run()
    with pytest.raises(InvalidParameterException, match="The referenced task was not found"):
        cluster.ecs.stop_task("one", task, "x")


def test_tasks_are_listed_by_service_family_and_wish(cluster: Cluster) -> None:
    (mine,) = cluster.run(group="service:web")
    (other,) = cluster.run(group="service:web-2")
    (stopped,) = cluster.run()
    stopped.desired_status = "STOPPED"
    listed = cluster.ecs.list_tasks
    assert listed("one") == [mine, other]
    assert listed("one", service_name="web") == [mine]
    assert listed("one", service_name=f"{cluster.service.arn}") == [mine]
    assert listed("one", desiredStatus="STOPPED") == [stopped]
    assert listed("one", family="toy") == [mine, other]
    assert listed("one", family="to") == []
    assert listed("one", None, None, "nobody") == []
