"""The ECS API refuses what AWS refuses, with AWS's codes, and changes nothing then."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends

from embedded.ecs.backend import EmbeddedEcs
from embedded.ecs.capacity import UNAVAILABLE, Capacity
from tests.unit.embedded.ecs.ecs_api import BALANCER, PORT_80, Api

INVALID = "InvalidParameterException"
NOWHERE = {"awsvpcConfiguration": {"subnets": ["subnet-0"], "securityGroups": []}}


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(error["Error"]["Code"]), str(error["Error"]["Message"])


BAD: list[tuple[dict[str, Any], str]] = [
    ({"desiredCount": -1}, "Desired count cannot be negative."),
    ({"desiredCount": 5001}, "Desired count exceeds limit."),
    ({"desiredCount": 100_000}, "Desired count exceeds limit."),
    ({"deploymentConfiguration": {"maximumPercent": 99}}, "maximumPercent must be at least 100."),
    ({"deploymentConfiguration": {"minimumHealthyPercent": -1}}, "minimumHealthyPercent must be between 0 and 100."),
    ({"deploymentConfiguration": {"minimumHealthyPercent": 101}}, "minimumHealthyPercent must be between 0 and 100."),
    (
        {"deploymentConfiguration": {"maximumPercent": 100}},
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    ),
    (
        {"loadBalancers": [{**BALANCER, "containerName": "gone"}]},
        "The container gone does not exist in the task definition.",
    ),
    (
        {"loadBalancers": [{**BALANCER, "containerPort": 81}]},
        "The container web did not have a container port 81 defined.",
    ),
    (
        {"loadBalancers": [{**BALANCER, "targetGroupArn": "arn:gone"}]},
        "The target group with targetGroupArn arn:gone does not exist.",
    ),
    ({"networkConfiguration": NOWHERE}, "The subnet ID 'subnet-0' does not exist"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty."),
]


@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_a_service_is_neither_made_nor_changed_into_what_aws_refuses(
    api: Api, parameters: dict[str, Any], message: str
) -> None:
    before = api.shown()
    assert refusal(api.create, **parameters) == (INVALID, message)
    assert refusal(api.update, **parameters) == (INVALID, message)
    assert api.shown() == before
    assert len(api.ecs.list_services(cluster="one")["serviceArns"]) == 1


@pytest.mark.parametrize(
    ("container", "ports", "message"),
    [
        ("other", PORT_80, "The container web does not exist in the task definition."),
        ("web", [], "The container web did not have a container port 80 defined."),
    ],
)
def test_a_service_keeps_its_task_definition_when_the_new_one_lacks_what_its_load_balancer_calls(
    api: Api, container: str, ports: list[dict[str, int]], message: str
) -> None:
    definition = api.definition(container, ports)
    assert refusal(api.update, taskDefinition=definition, desiredCount=3) == (INVALID, message)
    assert (api.shown()["taskDefinition"].rpartition("/")[2], api.shown()["desiredCount"]) == ("toy:1", 1)
    assert refusal(api.create, taskDefinition=definition) == (INVALID, message)


def test_what_is_right_is_taken(api: Api) -> None:
    definition = api.definition()
    api.update(taskDefinition=definition, desiredCount=5000, deploymentConfiguration={"minimumHealthyPercent": 50})
    assert (api.shown()["taskDefinition"], api.shown()["desiredCount"]) == (definition, 5000)
    api.update(desiredCount=0)
    other = api.definition("other")
    api.update(taskDefinition=other, loadBalancers=[{**BALANCER, "containerName": "other"}])
    assert api.shown()["taskDefinition"] == other
    api.create(
        desiredCount=0, loadBalancers=None, deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 0}
    )


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"serviceName": "web"}, (INVALID, "Creation of service was not idempotent.")),
        ({"taskDefinition": None}, (INVALID, "TaskDefinition can not be blank.")),
        ({"taskDefinition": "gone:1"}, ("ClientException", "Unable to describe task definition.")),
        ({"cluster": "gone"}, ("ClusterNotFoundException", "Cluster not found.")),
        (
            {"serviceName": "a b"},
            (INVALID, "Service name 'a b' must be up to 255 letters, numbers, underscores and hyphens."),
        ),
        ({"platformVersion": "9.9"}, ("PlatformUnknownException", "The specified platform does not exist.")),
        (
            {"networkConfiguration": None},
            (INVALID, "Network Configuration must be provided when networkMode 'awsvpc' is specified."),
        ),
    ],
)
def test_a_service_that_cannot_be_is_not_made(api: Api, parameters: dict[str, Any], refused: tuple[str, str]) -> None:
    before = api.shown()
    assert refusal(api.create, **parameters) == refused
    assert api.shown() == before


def test_a_cluster_with_services_or_tasks_is_not_deleted(api: Api) -> None:
    plain = [{"name": "web", "image": "toy:1", "memory": 1}]
    api.ecs.register_task_definition(family="plain", networkMode="none", containerDefinitions=plain)
    api.run(taskDefinition="plain")
    assert refusal(api.ecs.delete_cluster, cluster="one")[0] == "ClusterContainsServicesException"
    api.ecs.delete_service(cluster="one", service="web", force=True)
    assert refusal(api.ecs.delete_cluster, cluster="one")[0] == "ClusterContainsTasksException"
    ecs: Any = ecs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    for task in ecs.tasks["one"].values():
        task.last_status = "STOPPED"
    assert api.ecs.delete_cluster(cluster="one")["cluster"]["status"] == "INACTIVE"


def test_a_deleted_service_is_neither_changed_nor_made_again_before_it_is_gone(api: Api) -> None:
    api.ecs.delete_service(cluster="one", service="web", force=True)
    assert refusal(api.update, desiredCount=2) == ("ServiceNotActiveException", "Service was not ACTIVE.")
    assert refusal(api.create, serviceName="web") == (INVALID, "Unable to Start a service that is still Draining.")


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"service": "gone"}, "ServiceNotFoundException"),
        ({"cluster": "gone"}, "ClusterNotFoundException"),
        ({"taskDefinition": "gone:1"}, "ClientException"),
        ({"platformVersion": "9.9"}, "PlatformUnknownException"),
    ],
)
def test_what_is_not_there_is_not_changed(api: Api, parameters: dict[str, Any], refused: str) -> None:
    assert refusal(api.update, **{"desiredCount": 2, **parameters})[0] == refused
    assert api.shown()["desiredCount"] == 1


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"count": 0}, INVALID),
        ({"count": 11}, INVALID),
        ({"networkConfiguration": None}, INVALID),
        ({"cluster": "gone"}, "ClusterNotFoundException"),
    ],
)
def test_a_task_that_cannot_be_is_not_run(api: Api, parameters: dict[str, Any], code: str) -> None:
    assert refusal(api.run, **parameters)[0] == code
    assert api.ecs.list_tasks(cluster="one")["taskArns"] == []


def test_run_task_starts_what_there_is_room_for_and_tells_the_rest(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedEcs, "capacity", Capacity(max_tasks=4))
    plain = [{"name": "web", "image": "toy:1", "memory": 1}]
    api.ecs.register_task_definition(family="plain", networkMode="none", containerDefinitions=plain)
    answer = api.run(taskDefinition="plain", count=5)
    assert len(answer["tasks"]) == 3
    assert answer["failures"] == [{"reason": UNAVAILABLE}] * 2
    answer = api.run(taskDefinition="plain")
    assert (answer["tasks"], answer["failures"]) == ([], [{"reason": UNAVAILABLE}])
    assert len(api.ecs.list_tasks(cluster="one")["taskArns"]) == 3


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"serviceConnectConfiguration": {"enabled": True}}, "The embedded AWS has no Service Connect"),
        ({"serviceRegistries": [{"registryArn": "arn"}]}, "The embedded AWS has no Cloud Map"),
        ({"volumeConfigurations": [{"name": "x"}]}, "does not know volumeConfigurations"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "and not by CODE_DEPLOY"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "and not by BLUE_GREEN"),
        ({"schedulingStrategy": "DAEMON"}, "does not support the DAEMON scheduling strategy"),
        ({"loadBalancers": None, "healthCheckGracePeriodSeconds": 5}, "only valid for services configured to use load"),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]}, "both a launch type and"),
        (
            {"launchType": None, "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            "not associated with the cluster",
        ),
    ],
)
def test_what_cannot_be_carried_is_refused_in_one_line(api: Api, parameters: dict[str, Any], message: str) -> None:
    code, text = refusal(api.create, **parameters)
    assert (code, "\n" in text) == (INVALID, False)
    assert message in text


def test_requests_cannot_come_to_two_containers_of_a_task(api: Api) -> None:
    containers = [{"name": name, "image": "toy:1", "portMappings": PORT_80} for name in ("web", "admin")]
    api.ecs.register_task_definition(
        family="two",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=containers,
    )
    balancers = [BALANCER, {**BALANCER, "containerName": "admin"}]
    message = "The embedded AWS sends requests to one container, and not to admin and web."
    assert refusal(api.create, taskDefinition="two:1", loadBalancers=balancers) == (INVALID, message)


def test_a_service_without_a_load_balancer_runs_by_the_strategy_of_its_cluster_or_its_own(api: Api) -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    api.ecs.put_cluster_capacity_providers(
        cluster="one", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=spot
    )
    own = [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
    for name, given, strategy in (("by-default", None, spot), ("by-its-own", own, own)):
        made = api.create(serviceName=name, launchType=None, loadBalancers=None, capacityProviderStrategy=given)
        service = made["service"]
        assert service["capacityProviderStrategy"] == strategy
        assert "launchType" not in service
    assert "capacityProviderStrategy" not in api.shown() or api.shown()["capacityProviderStrategy"] == []
    plain = [{"name": "web", "image": "toy:1", "memory": 1}]
    api.ecs.register_task_definition(family="plain", networkMode="none", containerDefinitions=plain)
    (task,) = api.run(taskDefinition="plain", launchType=None, capacityProviderStrategy=own)["tasks"]
    assert (task["launchType"], task["capacityProviderName"]) == ("FARGATE", "FARGATE")


def test_each_container_of_a_task_is_shown(api: Api) -> None:
    containers = [{"name": name, "image": f"{name}:1", "memory": 1} for name in ("web", "agent")]
    api.ecs.register_task_definition(family="two", networkMode="none", containerDefinitions=containers)
    (task,) = api.run(taskDefinition="two:1")["tasks"]
    shown = [(one["name"], one["image"], one["healthStatus"], one["taskArn"]) for one in task["containers"]]
    assert shown == [
        ("web", "web:1", "UNKNOWN", task["taskArn"]),
        ("agent", "agent:1", "UNKNOWN", task["taskArn"]),
    ]
