"""Reading what there is to pay for, from the synthesised stack and from a Terraform state.

From the stack and not from a plan: ``terraform plan`` asks AWS for account and zones, and so needs a login before
anybody knows what a stage costs. The stack has all that counts as plain values: the inputs of the modules, and for what
the deployer varies the defaults of its Terraform variables. What a module makes of its inputs is repeated here, and a
test compares it with what Terraform makes of them. A canary has no tasks in rest, and so costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from cli import state_file
from modules.fargate_service.scaling import AUTOSCALED
from modules.fargate_service.shapes import CANARY_SUFFIX, service_of
from systems.checkout import ROOT
from systems.layout import Layout, TaskGroup
from systems.service import Architecture

Attributes = Mapping[str, Any]

_VARIABLE: Final = re.compile(r"\$\{var\.(\w+)\}")
_SPOT: Final = "FARGATE_SPOT"
_TRACKED: Final = frozenset({"cpu", "memory", "requests_per_target"})
_ALARMS_OF_TARGET: Final = 2
_RESOURCE: Final = re.compile(r'^resource "(\w+)"', re.MULTILINE)


def layout_of_stack(document: Mapping[str, Any]) -> Layout:
    """What applying a synthesised stack makes, with the default of each Terraform variable.

    Args:
        document: ``cdk.tf.json``.
    """
    modules = list(_modules(document))
    services = [inputs for name, inputs in modules if name == "fargate_service"]
    networks = [inputs for name, inputs in modules if name == "network"]
    balancers = [inputs for name, inputs in modules if name == "alb"]
    watches = [inputs for name, inputs in modules if name == "alarms"]
    zones = sum(len(network["zones"]) for network in networks)
    resources = document.get("resource", {})
    return Layout(
        tasks=_sorted(group for inputs in services for group in _groups(inputs, document)),
        nat_gateways=sum(_nat_gateways(network) for network in networks),
        load_balancers=len(balancers),
        load_balancer_addresses=zones * sum(not inputs.get("internal", False) for inputs in balancers),
        log_groups=len(resources.get("aws_cloudwatch_log_group", {}))
        + sum(inputs.get("log_group") is None for inputs in services)
        + sum(_writes_flow_logs_to_a_group(network) for network in networks),
        tables=len(resources.get("aws_dynamodb_table", {})),
        registries=len(resources.get("aws_ecr_repository", {})),
        buckets=len(resources.get("aws_s3_bucket", {})),
        distributions=sum(name == "site_distribution" for name, _ in modules),
        endpoint_addresses=sum(len(one.get("interface_endpoints", ())) * len(one["zones"]) for one in networks),
        alarm_metrics=sum(_alarm_metrics(one) for one in watches)
        + sum(_scaling_alarms(inputs.get("autoscaling") or {}) for inputs in services),
        dashboards=sum(one.get("dashboard", True) for one in watches),
        internal_load_balancers=sum(bool(one.get("internal", False)) for one in balancers),
    )


def types_of_stack(document: Mapping[str, Any]) -> set[str]:
    """Types of the resources that a synthesised stack and the modules in it may make."""
    sources = (
        path.read_text(encoding="utf-8")
        for name, _ in _modules(document)
        for path in (ROOT / "modules" / name).glob("*.tf")
    )
    return {*document.get("resource", {}), *(kind for text in sources for kind in _RESOURCE.findall(text))}


def layout_of_resources(resources: Iterable[tuple[str, Attributes]]) -> Layout:
    """What these resources are, each given as its type and its attributes."""
    of_type: dict[str, list[Attributes]] = {}
    for kind, attributes in resources:
        of_type.setdefault(kind, []).append(attributes)

    def count(kind: str) -> int:
        return len(of_type.get(kind, ()))

    sizes = {one["family"]: one for one in of_type.get("aws_ecs_task_definition", ())}
    public = [one for one in of_type.get("aws_lb", ()) if not one["internal"]]
    return Layout(
        tasks=_sorted(_group(one, sizes) for one in of_type.get("aws_ecs_service", ())),
        nat_gateways=count("aws_nat_gateway"),
        load_balancers=count("aws_lb"),
        load_balancer_addresses=sum(len(one["subnets"]) for one in public),
        internal_load_balancers=count("aws_lb") - len(public),
        log_groups=count("aws_cloudwatch_log_group"),
        tables=count("aws_dynamodb_table"),
        registries=count("aws_ecr_repository"),
        buckets=count("aws_s3_bucket"),
        distributions=count("aws_cloudfront_distribution"),
        alarm_metrics=sum(
            sum(len(query["metric"]) for query in one["metric_query"]) or 1
            for one in of_type.get("aws_cloudwatch_metric_alarm", ())
        )
        + _ALARMS_OF_TARGET
        * sum(one["policy_type"] == "TargetTrackingScaling" for one in of_type.get("aws_appautoscaling_policy", ())),
        dashboards=count("aws_cloudwatch_dashboard"),
        endpoint_addresses=sum(
            len(one["subnet_ids"])
            for one in of_type.get("aws_vpc_endpoint", ())
            if one["vpc_endpoint_type"] == "Interface"
        ),
    )


def of_state(document: Mapping[str, Any]) -> tuple[str, Layout] | None:
    """The stage of a Terraform state and what it has; None where nothing was applied to its end."""
    stage = state_file.outputs(document).get("stage")
    return None if stage is None else (str(stage), layout_of_resources(state_file.resources(document)))


def _modules(document: Mapping[str, Any]) -> Iterator[tuple[str, Attributes]]:
    """Folder name and inputs of each module, whichever edition of it."""
    for inputs in document.get("module", {}).values():
        path = PurePosixPath(inputs["source"])
        yield path.parent.name if path.name == AUTOSCALED else path.name, inputs


def _scaling_alarms(autoscaling: Attributes) -> int:
    """Alarms of a service that scales: those of its steps, and those that AWS makes for a target that is tracked."""
    return len(autoscaling.get("steps", {})) + _ALARMS_OF_TARGET * len(_TRACKED & autoscaling.keys())


def _nat_gateways(network: Attributes) -> int:
    return {"none": 0, "single": 1, "per_az": len(network["zones"])}[network.get("nat_mode", "single")]


def _alarm_metrics(watch: Attributes) -> int:
    """Metrics of a service with a target group: 2 for 5xx, 2 for p99, 1 for unhealthy hosts."""
    grouped = sum("target_group" in service for service in watch["services"].values())
    of_tasks = (2 if watch.get("container_insights", False) else 1) * len(watch["services"])
    return 5 * grouped + of_tasks + 1 + 2 * len(watch.get("table_names", ()))


def _writes_flow_logs_to_a_group(network: Attributes) -> bool:
    flow_logs = network.get("flow_logs")
    return flow_logs is not None and flow_logs.get("bucket") is None


def _groups(inputs: Attributes, document: Mapping[str, Any]) -> Iterator[TaskGroup]:
    canary = inputs.get("canary") or {"desired_count": 0}
    for suffix, count in (("", inputs["desired_count"]), (CANARY_SUFFIX, canary["desired_count"])):
        yield TaskGroup(
            name=f"{inputs['name']}{suffix}",
            count=_number(count, document),
            cpu_units=_number(inputs["cpu_units"], document),
            memory_mib=_number(inputs["memory_mib"], document),
            public_addresses=bool(inputs.get("assign_public_ip", False)),
            is_spot=set(inputs.get("capacity_provider_strategy", ())) == {_SPOT},
            architecture=Architecture(inputs.get("cpu_architecture", Architecture.X86_64)),
        )


def _group(service: Attributes, sizes: Mapping[str, Attributes]) -> TaskGroup:
    size = sizes[service_of(service["name"])]
    platforms = size.get("runtime_platform") or ()
    (network,) = service["network_configuration"]
    return TaskGroup(
        name=service["name"],
        count=int(service["desired_count"]),
        cpu_units=int(size["cpu"]),
        memory_mib=int(size["memory"]),
        public_addresses=bool(network["assign_public_ip"]),
        is_spot={share["capacity_provider"] for share in service.get("capacity_provider_strategy") or ()} == {_SPOT},
        architecture=Architecture(platforms[0]["cpu_architecture"] if platforms else Architecture.X86_64),
    )


def _sorted(groups: Iterable[TaskGroup]) -> tuple[TaskGroup, ...]:
    return tuple(sorted(group for group in groups if group.count))


def _number(value: Any, document: Mapping[str, Any]) -> int:
    """A number, or the default of the Terraform variable that stands for one."""
    match = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    return int(document["variable"][match[1]]["default"] if match else value)
