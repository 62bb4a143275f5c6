"""Calls of ECS that AWS refuses and moto takes. Codes are AWS's; messages too, as far as they are known.

Sources: the API reference, "Amazon ECS service quotas" and what callers were answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from moto.ecs.exceptions import ECSException, InvalidParameterException

from embedded.ecs.strategy import check_strategy

_MAX_TASKS_OF_SERVICE: Final = 5000
"""AWS's quota "Tasks per service"."""

_MAX_TASKS_OF_RUN_TASK: Final = 10


_SERVICE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PLATFORMS: Final = frozenset({"LATEST", "1.3.0", "1.4.0"})
"""Of Fargate, for Linux."""


class ClusterContainsServices(ECSException):
    """DeleteCluster of a cluster with services."""

    def __init__(self) -> None:
        super().__init__("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")


class ClusterContainsTasks(ECSException):
    """DeleteCluster of a cluster with tasks."""

    def __init__(self) -> None:
        super().__init__("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")


class PlatformUnknown(ECSException):
    """A platform version that Fargate does not have."""

    def __init__(self) -> None:
        super().__init__("PlatformUnknownException", "The specified platform does not exist.")


class ServiceNotActive(ECSException):
    """UpdateService of a service that was deleted."""

    def __init__(self) -> None:
        super().__init__("ServiceNotActiveException", "Service was not ACTIVE.")


def check_desired_count(count: int | None) -> None:
    """Refuse a number of tasks that no service can have; None was not given."""
    if count is None:
        return
    if count < 0:
        raise InvalidParameterException("Desired count cannot be negative.")
    if count > _MAX_TASKS_OF_SERVICE:
        raise InvalidParameterException("Desired count exceeds limit.")


def check_run_count(count: int) -> None:
    """Refuse a number of tasks that RunTask does not start at once."""
    if not 1 <= count <= _MAX_TASKS_OF_RUN_TASK:
        raise InvalidParameterException(f"Count must be between 1 and {_MAX_TASKS_OF_RUN_TASK}.")


def check_deployment_configuration(configuration: Mapping[str, Any]) -> None:
    """Refuse percentages of which none makes sense, or with which no deployment could ever begin."""
    minimum, maximum = configuration.get("minimumHealthyPercent", 100), configuration.get("maximumPercent", 200)
    if not 0 <= minimum <= 100:
        raise InvalidParameterException("minimumHealthyPercent must be between 0 and 100.")
    if maximum < 100:
        raise InvalidParameterException("maximumPercent must be at least 100.")
    if minimum == maximum:
        raise InvalidParameterException(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )


def check_containers(load_balancers: Iterable[Mapping[str, Any]], definition: Any) -> None:
    """Refuse a task definition (moto's) without the containers and ports that a service's load balancers name."""
    ports = {
        container["name"]: {int(mapping["containerPort"]) for mapping in container.get("portMappings", ())}
        for container in definition.container_definitions
    }
    named = []
    for balancer in load_balancers:
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name is None or port is None:
            continue
        if name not in ports:
            raise InvalidParameterException(f"The container {name} does not exist in the task definition.")
        if int(port) not in ports[name]:
            raise InvalidParameterException(f"The container {name} did not have a container port {port} defined.")
        named.append(str(name))
    if len(set(named)) > 1:
        several = " and ".join(sorted(set(named)))
        raise InvalidParameterException(f"The embedded AWS sends requests to one container, and not to {several}.")


def check_platform(version: str | None) -> None:
    """Refuse a platform version that there is none of; None was not given."""
    if version and version not in _PLATFORMS:
        raise PlatformUnknown


def check_surroundings(
    load_balancers: Iterable[Mapping[str, Any]] | None,
    network: Mapping[str, Any] | None,
    *,
    has_group: Callable[[str], bool],
    has_subnet: Callable[[str], bool],
) -> None:
    """Refuse target groups and subnets that do not exist; None was not given."""
    for balancer in load_balancers or ():
        arn = str(balancer.get("targetGroupArn") or "")
        if arn and not has_group(arn):
            raise InvalidParameterException(f"The target group with targetGroupArn {arn} does not exist.")
    configuration = (network or {}).get("awsvpcConfiguration")
    if configuration is None:
        return
    subnets = configuration.get("subnets") or ()
    if not subnets:
        raise InvalidParameterException("subnets can not be empty.")
    for subnet in subnets:
        if not has_subnet(subnet):
            raise InvalidParameterException(f"The subnet ID '{subnet}' does not exist")


def check_network(configuration: Mapping[str, Any] | None, definition: Any) -> None:
    """Refuse a task whose definition (moto's) wants an interface of its own, and that is not told where."""
    if definition.network_mode == "awsvpc" and not (configuration or {}).get("awsvpcConfiguration"):
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )


def check_carried(parameters: Mapping[str, Any]) -> None:
    """Refuse what a service cannot have here; ``parameters`` as CreateService or UpdateService has them."""
    if (parameters.get("serviceConnectConfiguration") or {}).get("enabled"):
        raise InvalidParameterException(
            "The embedded AWS has no Service Connect, whose proxies stand between containers that share a network."
        )
    if parameters.get("serviceRegistries"):
        raise InvalidParameterException("The embedded AWS has no Cloud Map, which serviceRegistries name.")
    for name in ("volumeConfigurations", "vpcLatticeConfigurations"):
        if parameters.get(name):
            raise InvalidParameterException(f"The embedded AWS does not know {name} of a service.")
    controller = (parameters.get("deploymentController") or {}).get("type", "ECS")
    strategy = (parameters.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    if other := next((one for one in (controller, strategy) if one not in ("ECS", "ROLLING")), None):
        raise InvalidParameterException(f"The embedded AWS deploys by ECS's rolling updates, and not by {other}.")
    if parameters.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise InvalidParameterException("The Fargate launch type does not support the DAEMON scheduling strategy.")


def check_grace_period(seconds: int | None, load_balancers: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a grace period for health checks that no load balancer makes; None was not given."""
    if seconds is not None and not list(load_balancers):
        raise InvalidParameterException(
            "Health check grace period is only valid for services configured to use load balancers"
        )


def check_new_service(parameters: Mapping[str, Any], backend: Any) -> None:
    """Refuse what CreateService cannot make; ``parameters`` as the call has them, ``backend`` is moto's."""
    cluster = backend._get_cluster(parameters.get("cluster", "default"))
    name = str(parameters.get("serviceName") or "")
    if not _SERVICE_NAME.fullmatch(name):
        raise InvalidParameterException(
            f"Service name '{name}' must be up to 255 letters, numbers, underscores and hyphens."
        )
    check_carried(parameters)
    check_grace_period(parameters.get("healthCheckGracePeriodSeconds"), parameters.get("loadBalancers") or ())
    check_strategy(
        parameters.get("capacityProviderStrategy"),
        launch_type=parameters.get("launchType"),
        associated=cluster.capacity_providers or (),
    )
    check_platform(parameters.get("platformVersion"))
    check_desired_count(parameters.get("desiredCount"))
    check_deployment_configuration(parameters.get("deploymentConfiguration") or {})
    there = backend.services.get(f"{cluster.name}:{parameters.get('serviceName')}")
    if there is not None and there.status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    if there is not None and there.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")
    if not parameters.get("taskDefinition"):
        raise InvalidParameterException("TaskDefinition can not be blank.")
    definition = backend.describe_task_definition(parameters["taskDefinition"])
    check_containers(parameters.get("loadBalancers") or (), definition)
    check_network(parameters.get("networkConfiguration"), definition)
    backend.check_surroundings(parameters.get("loadBalancers"), parameters.get("networkConfiguration"))
