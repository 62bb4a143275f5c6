"""Task definitions that Fargate refuses, or that are not supported here."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ecs.exceptions import EcsClientException

from embedded.ecs.definition_refusals import Definition, check_definition

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/toy:1"


def container(name: str = "web", **settings: Any) -> dict[str, Any]:
    return {"name": name, "image": "toy:1", "essential": True, **settings}


def depends(name: str, condition: str) -> dict[str, Any]:
    return {"dependsOn": [{"containerName": name, "condition": condition}]}


def fargate(*containers: dict[str, Any], **settings: Any) -> Definition:
    given = {"compatibilities": ("FARGATE",), "network_mode": "awsvpc", "cpu": "256", "memory": "512", **settings}
    return Definition(containers=containers or (container(),), **given)


DB = container("db")
SECRETS = [{"name": "KEY", "valueFrom": "arn"}]
CHECK = {"command": ["CMD", "true"]}
LOGS = {"logDriver": "awslogs", "options": {}}
EFS = {"name": "media", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (fargate(network_mode="bridge"), "Fargate only supports network mode ‘awsvpc’."),
        (fargate(cpu=None), "Fargate requires that 'cpu' be defined at the task level."),
        (fargate(memory=None), "Fargate requires that 'memory' be defined at the task level."),
        (fargate(memory="4096"), "No Fargate configuration exists for given values: 256 CPU, 4096 memory."),
        (fargate(cpu="300"), "No Fargate configuration exists for given values: 300 CPU, 512 memory."),
        (fargate(cpu="much"), "No Fargate configuration exists for given values: 0 CPU, 512 memory."),
        (fargate(container(privileged=True)), "Fargate does not support privileged containers."),
        (fargate(container(links=["db"])), "Fargate does not support 'links' of a container."),
        (
            fargate(container(portMappings=[{"containerPort": 80, "hostPort": 8080}])),
            "the host ports and container ports in port mappings must match",
        ),
        (
            fargate(container(secrets=[{"name": "KEY", "valueFrom": "arn"}])),
            "also specify a value for 'executionRoleArn'",
        ),
        (fargate(container(image=ECR)), "execution role ARN to support ECR images"),
        (fargate(container(logConfiguration=LOGS)), "execution role ARN to support log driver awslogs"),
        (fargate(ephemeral_storage={"sizeInGiB": 20}), "ephemeral storage must be between 21 GiB and 200 GiB"),
        (fargate(container(), container()), "Container names must be unique in a task definition; web is there twice."),
        (fargate(container(essential=False)), "At least one container must be essential."),
        (fargate(*(container(f"c{number}") for number in range(11))), "at most 10 containers"),
        (fargate(container(**depends("db", "START"))), "web depends on db, which is not in the task definition."),
        (
            fargate(container(**depends("db", "READY")), container("db")),
            "it must be START, HEALTHY, COMPLETE or SUCCESS.",
        ),
        (
            fargate(container(**depends("db", "HEALTHY")), container("db")),
            "being HEALTHY, and that has no health check.",
        ),
        (fargate(container(**depends("db", "SUCCESS")), DB), "which an essential container cannot have."),
        (
            fargate(container(**depends("db", "START")), container("db", **depends("web", "START"))),
            "depend on each other in a circle: db, web.",
        ),
        (fargate(volumes=(EFS,)), "The embedded AWS has no EFS, which volume media needs."),
        (fargate(volumes=({"name": "tmp"},)), "has no volumes that containers share, which volume tmp needs."),
        (fargate(proxy={"type": "APPMESH"}), "The embedded AWS has no App Mesh"),
        (fargate(platform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}), "The embedded AWS runs LINUX only."),
        (fargate(container(restartPolicy={"enabled": True})), "does not know restartPolicy, which container web has."),
        (
            fargate(container(logConfiguration={"logDriver": "awsfirelens"})),
            "has no log driver awsfirelens, which container web names; use awslogs.",
        ),
    ],
)
def test_it_is_refused_in_one_line(definition: Definition, message: str) -> None:
    with pytest.raises(EcsClientException) as refused:
        check_definition(definition)
    assert message in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    "definition",
    [
        fargate(),
        fargate(cpu=".25 vCPU", memory="0.5 GB"),
        fargate(cpu="16384", memory="122880"),
        fargate(container(portMappings=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}])),
        fargate(
            container(image=ECR, logConfiguration=LOGS, secrets=SECRETS),
            execution_role="arn:role",
        ),
        fargate(
            container(dependsOn=[{"containerName": "db", "condition": "HEALTHY"}]), container("db", healthCheck=CHECK)
        ),
        fargate(container(**depends("once", "SUCCESS")), container("once", essential=False)),
        fargate(platform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}),
        fargate(ephemeral_storage={"sizeInGiB": 200}),
        Definition(containers=(container(),), network_mode="bridge"),
    ],
)
def test_what_fargate_takes_is_taken(definition: Definition) -> None:
    check_definition(definition)
