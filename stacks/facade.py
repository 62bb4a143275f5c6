"""The monolith's facade: the key to it, and listener rules that keep the public out.

Everyone shares one load balancer, so a path alone cannot tell a service from a stranger. Whoever does not even bring
the key's header is refused here; whether the key is right is checked by the monolith, in constant time. The key itself
must not stand in a rule: it would stand in the state.
"""

from __future__ import annotations

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

from modules.fargate_service.construct import FargateService
from modules.rotating_key.construct import RotatingKey
from settings.settings import Settings
from systems.rules import FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY
from systems.system import Facade


def facade_key(scope: Construct, *, settings: Settings, facade: Facade) -> RotatingKey:
    """The key by which the monolith knows the services in front of it."""
    return RotatingKey(
        scope,
        facade.key_name.replace("-", "_"),
        name=settings.path(facade.key_name),
        description="Opens the facade of the monolith to the services in front of it",
    )


def facade_rules(scope: Construct, *, facade: Facade, listener_arn: str, monolith: FargateService) -> None:
    """Let requests to the facade through when they bring a key, and answer 403 to all others."""
    path = LbListenerRuleCondition(path_pattern=LbListenerRuleConditionPathPattern(values=[facade.pattern]))
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
