"""The ECS API as clients call it, with our backend behind it: a cluster with one service."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

PORT_80 = [{"containerPort": 80}]
BALANCER: dict[str, Any] = {"targetGroupArn": "arn:group", "containerName": "web", "containerPort": 80}

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Api:
    """A cluster with one service; calls are not checked by the client."""

    ecs: Any
    network: dict[str, Any]
    service: str

    def definition(self, container: str = "web", ports: list[dict[str, int]] = PORT_80) -> str:
        answer = self.ecs.register_task_definition(
            family="toy",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": container, "image": "toy:1", "portMappings": ports}],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def create(self, **differs: Any) -> dict[str, Any]:
        parameters = {
            "cluster": "one",
            "serviceName": f"service-{next(_numbers)}",
            "taskDefinition": "toy:1",
            "desiredCount": 1,
            "launchType": "FARGATE",
            "loadBalancers": [BALANCER],
            "networkConfiguration": self.network,
            **differs,
        }
        return dict(self.ecs.create_service(**{name: value for name, value in parameters.items() if value is not None}))

    def update(self, **properties: Any) -> None:
        self.ecs.update_service(**{"cluster": "one", "service": self.service, **properties})

    def run(self, **differs: Any) -> dict[str, Any]:
        parameters = {
            "cluster": "one",
            "taskDefinition": "toy:1",
            "launchType": "FARGATE",
            "networkConfiguration": self.network,
            **differs,
        }
        return dict(self.ecs.run_task(**{name: value for name, value in parameters.items() if value is not None}))

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster="one", services=[self.service])["services"][0]
        return found
