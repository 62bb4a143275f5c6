"""Stands before moto's ELBv2: each call that changes something is checked first, and made under one lock.

moto lets through much that AWS refuses, and such a record would reach the proxy. Upstream issue: none for all of it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.elbv2 import exceptions
from moto.elbv2.responses import ELBV2Response

from embedded import patches
from embedded.alb.api.actions import check_actions
from embedded.alb.api.attributes import check_balancer_attributes, check_group_attributes
from embedded.alb.api.conditions import check_conditions
from embedded.alb.api.refusals import Refusal, bad_configuration, invalid
from embedded.alb.api.shapes import check_shape
from embedded.alb.api.target_groups import check_health_check

Parameters = Mapping[str, Any]
_BALANCER_NAME: Final = re.compile(r"(?!internal-|-)[A-Za-z0-9-]{1,32}(?<!-)")
_FEWEST_SUBNETS: Final = 2
_CHANGES: Final = ("create_", "modify_", "delete_", "set_", "register_", "deregister_")


def install(lock: threading.RLock) -> None:
    """Check every changing call of moto's ELBv2, and hold ``lock`` while it is made."""
    for name, original in list(vars(ELBV2Response).items()):
        if name.startswith(_CHANGES):
            patches.replace(ELBV2Response, name, _guarded(name, original, lock), written_for="self")


def _guarded(name: str, original: Callable[[Any], Any], lock: threading.RLock) -> Callable[[Any], Any]:
    operation = "".join(part.capitalize() for part in name.split("_"))

    def call(self: Any) -> Any:
        parameters: Parameters = self._get_params()
        with lock:
            if operation in _CHECKS:
                check_shape(operation, parameters)
                _CHECKS[operation](self.elbv2_backend, parameters)
            answer = original(self)
            if operation in ("CreateRule", "ModifyRule"):
                _keep_transforms(answer.result["Rules"][0], parameters)
            return answer

    return call


def _keep_transforms(rule: Any, parameters: Parameters) -> None:
    """moto forgets them; the rule would then be served as if it had none."""
    if parameters.get("Transforms"):
        rule.transforms = parameters["Transforms"]
    elif parameters.get("ResetTransforms"):
        rule.transforms = []


def _create_rule(backend: Any, parameters: Parameters) -> None:
    listener = _listener(backend, parameters["ListenerArn"])
    if not parameters["Conditions"]:
        raise invalid("At least one condition must be specified")
    check_conditions(parameters["Conditions"])
    _check_actions(parameters["Actions"], backend, listener)
    priority = int(parameters["Priority"])
    if any(rule.priority != "default" and int(rule.priority) == priority for rule in listener.rules.values()):
        raise Refusal("PriorityInUse", f"Priority '{priority}' is currently in use")


def _modify_rule(backend: Any, parameters: Parameters) -> None:
    rule = _changeable_rule(backend, parameters["RuleArn"], "modified")
    listener = _listener(backend, rule.listener_arn)
    if parameters.get("Conditions"):
        check_conditions(parameters["Conditions"])
    if parameters.get("Actions"):
        _check_actions(parameters["Actions"], backend, listener)


def _check_actions(actions: list[Mapping[str, Any]], backend: Any, listener: Any) -> None:
    check_actions(
        actions,
        backend=backend,
        balancer=listener.load_balancer_arn,
        protocol=listener.protocol,
        port=int(listener.port),
    )


def _delete_rule(backend: Any, parameters: Parameters) -> None:
    _changeable_rule(backend, parameters["RuleArn"], "deleted")


def _create_listener(backend: Any, parameters: Parameters) -> None:
    balancer = backend.load_balancers.get(parameters["LoadBalancerArn"])
    if balancer is None:
        raise exceptions.LoadBalancerNotFoundError
    backend._validate_port_and_protocol(balancer.type, parameters.get("Port"), parameters.get("Protocol"))
    if balancer.type != "application":
        return
    port, protocol = int(parameters["Port"]), parameters["Protocol"]
    _check_port(balancer, port, but=None)
    if protocol == "HTTPS" and not parameters.get("Certificates"):
        raise invalid("A certificate must be specified for HTTPS listeners")
    _check_clients_are_not_asked(parameters)
    check_actions(parameters["DefaultActions"], backend=backend, balancer=balancer.arn, protocol=protocol, port=port)


def _modify_listener(backend: Any, parameters: Parameters) -> None:
    listener = _listener(backend, parameters["ListenerArn"])
    balancer = backend.load_balancers[listener.load_balancer_arn]
    port = int(parameters.get("Port") or listener.port)
    protocol = parameters.get("Protocol") or listener.protocol
    backend._validate_port_and_protocol(balancer.type, port, protocol)
    _check_port(balancer, port, but=listener)
    _check_clients_are_not_asked(parameters)
    if parameters.get("DefaultActions"):
        check_actions(
            parameters["DefaultActions"], backend=backend, balancer=balancer.arn, protocol=protocol, port=port
        )


def _check_clients_are_not_asked(parameters: Parameters) -> None:
    """AWS can ask clients for certificates. Whoever wants that must not believe to have it."""
    if (parameters.get("MutualAuthentication") or {}).get("Mode", "off") != "off":
        raise invalid("The embedded load balancer has no mutual TLS; leave mutual authentication off here")


def _check_port(balancer: Any, port: int, *, but: Any) -> None:
    if any(int(each.port) == port and each is not but for each in balancer.listeners.values()):
        raise exceptions.DuplicateListenerError


def _create_load_balancer(_backend: Any, parameters: Parameters) -> None:
    name, subnets = str(parameters["Name"]), parameters.get("Subnets") or parameters.get("SubnetMappings") or ()
    if not _BALANCER_NAME.fullmatch(name):
        raise invalid(
            f"The load balancer name '{name}' must be 1 to 32 letters, digits and hyphens, with none at its ends, "
            "and not begin with 'internal-'"
        )
    if parameters.get("Type", "application") == "application" and len(subnets) < _FEWEST_SUBNETS:
        raise invalid("At least two subnets in two different Availability Zones must be specified")


def _delete_load_balancer(backend: Any, parameters: Parameters) -> None:
    arn = parameters["LoadBalancerArn"]
    balancer = backend.load_balancers.get(arn)
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise Refusal("OperationNotPermitted", text)


def _create_target_group(_backend: Any, parameters: Parameters) -> None:
    check_health_check(parameters, record=None)


def _modify_target_group(backend: Any, parameters: Parameters) -> None:
    check_health_check(parameters, record=_group(backend, parameters))


def _modify_target_group_attributes(backend: Any, parameters: Parameters) -> None:
    check_group_attributes(parameters["Attributes"], record=_group(backend, parameters), backend=backend)


def _modify_load_balancer_attributes(_backend: Any, parameters: Parameters) -> None:
    check_balancer_attributes(parameters["Attributes"])


def _check_priorities(backend: Any, parameters: Parameters) -> None:
    wanted: dict[str, int] = {each.get("RuleArn", ""): int(each["Priority"]) for each in parameters["RulePriorities"]}
    priorities = [int(each["Priority"]) for each in parameters["RulePriorities"]]
    for priority in priorities:
        if priorities.count(priority) > 1:
            raise exceptions.DuplicatePriorityError(str(priority))
    rules = [_changeable_rule(backend, arn, "modified") for arn in wanted]
    listeners = {rule.listener_arn for rule in rules}
    if len(listeners) > 1:
        raise bad_configuration("All rules must belong to the same listener")
    for arn in listeners:
        for rule in _listener(backend, arn).rules.values():
            if not rule.is_default and rule.arn not in wanted and int(rule.priority) in priorities:
                raise Refusal("PriorityInUse", f"Priority '{rule.priority}' is currently in use")


def _listener(backend: Any, arn: str) -> Any:
    for balancer in backend.load_balancers.values():
        if arn in balancer.listeners:
            return balancer.listeners[arn]
    raise exceptions.ListenerNotFoundError


def _changeable_rule(backend: Any, arn: str, change: str) -> Any:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    if rule.is_default:
                        raise Refusal("OperationNotPermitted", f"Default rule '{arn}' cannot be {change}")
                    return rule
    raise exceptions.RuleNotFoundError


def _group(backend: Any, parameters: Parameters) -> Any:
    group = backend.target_groups.get(parameters["TargetGroupArn"])
    if group is None:
        raise exceptions.TargetGroupNotFoundError
    return group


_CHECKS: Final[Mapping[str, Callable[[Any, Parameters], None]]] = {
    "CreateRule": _create_rule,
    "ModifyRule": _modify_rule,
    "DeleteRule": _delete_rule,
    "SetRulePriorities": _check_priorities,
    "CreateListener": _create_listener,
    "ModifyListener": _modify_listener,
    "CreateLoadBalancer": _create_load_balancer,
    "DeleteLoadBalancer": _delete_load_balancer,
    "CreateTargetGroup": _create_target_group,
    "ModifyTargetGroup": _modify_target_group,
    "ModifyTargetGroupAttributes": _modify_target_group_attributes,
    "ModifyLoadBalancerAttributes": _modify_load_balancer_attributes,
}
