"""The monolith's facade: the key to it, the way to it, and listener rules that keep the public out.

Where everyone shares one load balancer, a path alone cannot tell a service from a stranger. Whoever does not even bring
the key's header is refused here; whether the key is right is checked by the monolith, in constant time. The key itself
must not stand in a rule: it would stand in the state. With an internal load balancer, which only the services in front
can reach, the public one refuses the facade's paths to all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cdktf import Fn
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleActionFixedResponse,
    LbListenerRuleActionForward,
    LbListenerRuleActionForwardTargetGroup,
    LbListenerRuleCondition,
    LbListenerRuleConditionHttpHeader,
    LbListenerRuleConditionPathPattern,
)
from constructs import Construct

from modules.alb.construct import Alb
from modules.fargate_service.construct import FargateService
from modules.fargate_service.options import EgressRule
from modules.fargate_service.shapes import InternalListener, ListenerRule
from modules.rotating_key.construct import RotatingKey
from settings.settings import Settings
from systems.facade_way import FacadeWay
from systems.rules import FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY, INTERNAL_FACADE_PRIORITY
from systems.system import Facade

_RULE: Final = "facade"


@dataclass(frozen=True, kw_only=True)
class InsideWay:
    """The internal load balancer: what the monolith is told of it, and the services in front.

    Attributes:
        alb: the load balancer.
        rules: the monolith's rules that stand on its listener.
        listener: what these rules stand on.
        egress: by which services in front may call it.
    """

    alb: Alb
    rules: Mapping[str, ListenerRule]
    listener: InternalListener
    egress: Mapping[str, EgressRule]

    def let_in(self, services: Mapping[str, FargateService]) -> None:
        """Let these services in, and nobody else; by their names."""
        self.alb.let_in({name: service.security_group_id for name, service in services.items()})


def inside_way(scope: Construct, *, settings: Settings, vpc_id: str, subnet_ids: Sequence[str]) -> InsideWay | None:
    """The internal load balancer, which answers on the facade's paths only; None where services call the public one.

    It speaks HTTP: so does the public one to the monolith's tasks, and its own name is in no certificate.
    """
    facade, way = settings.system.facade, settings.facade_way
    if facade is None or way is FacadeWay.PUBLIC:
        return None
    alb = Alb(
        scope,
        "alb_internal",
        name=settings.internal_balancer_name,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        listener_port=settings.internal_listener_port,
        ingress_cidr_blocks={},
        internal=True,
        deletion_protection=settings.profile_here.is_protected or None,
    )
    return InsideWay(
        alb=alb,
        rules={_RULE: ListenerRule(priority=INTERNAL_FACADE_PRIORITY, path_patterns=(facade.pattern,))},
        listener=InternalListener(
            arn=alb.listener_arn,
            security_group_id=alb.security_group_id,
            rules=(_RULE,),
            registers=way >= FacadeWay.READY,
        ),
        egress={
            _RULE: EgressRule(port=settings.internal_listener_port, security_group_id=alb.security_group_id),
        },
    )


def facade_key(scope: Construct, *, settings: Settings, facade: Facade) -> RotatingKey:
    """The key by which the monolith knows the services in front of it."""
    return RotatingKey(
        scope,
        facade.key_name.replace("-", "_"),
        name=settings.path(facade.key_name),
        description="Opens the facade of the monolith to the services in front of it",
    )


def facade_rules(
    scope: Construct, *, facade: Facade, way: FacadeWay, listener_arn: str, monolith: FargateService
) -> None:
    """Let requests to the facade through when they bring a key, if services come this way; answer 403 to all others."""
    path = LbListenerRuleCondition(path_pattern=LbListenerRuleConditionPathPattern(values=[facade.pattern]))
    if way < FacadeWay.INTERNAL:
        _let_keys_through(scope, facade=facade, path=path, listener_arn=listener_arn, monolith=monolith)
    problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "This path is not public."}
    refused = LbListenerRuleActionFixedResponse(
        content_type="application/json", message_body=Fn.jsonencode(problem), status_code="403"
    )
    LbListenerRule(
        scope,
        "facade_without_key",
        listener_arn=listener_arn,
        priority=FACADE_WITHOUT_KEY_PRIORITY,
        condition=[path],
        action=[LbListenerRuleAction(type="fixed-response", fixed_response=refused)],
    )


def _let_keys_through(
    scope: Construct, *, facade: Facade, path: LbListenerRuleCondition, listener_arn: str, monolith: FargateService
) -> None:
    groups = [LbListenerRuleActionForwardTargetGroup(arn=arn, weight=share) for arn, share in monolith.target_shares]
    brings_key = LbListenerRuleConditionHttpHeader(http_header_name=facade.key_header, values=["*"])
    LbListenerRule(
        scope,
        "facade_with_key",
        listener_arn=listener_arn,
        priority=FACADE_WITH_KEY_PRIORITY,
        condition=[path, LbListenerRuleCondition(http_header=brings_key)],
        action=[LbListenerRuleAction(type="forward", forward=LbListenerRuleActionForward(target_group=groups))],
    )
