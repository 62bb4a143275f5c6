"""Listener rules that keep the monolith's facade from the public.

Everyone shares one load balancer, so a path alone cannot tell a service from a stranger. Whoever does not even bring
the key's header is refused here; whether the key is right is checked by the monolith, in constant time. The key itself
must not stand in a rule: it would stand in the state.
"""

from __future__ import annotations

from typing import Final

from cdktf import Fn
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleActionFixedResponse,
    LbListenerRuleCondition,
    LbListenerRuleConditionHttpHeader,
    LbListenerRuleConditionPathPattern,
)
from constructs import Construct

from stacks.microservices import FACADE_PATTERN, KEY_HEADER

_WITH_KEY_PRIORITY: Final = 40
_WITHOUT_KEY_PRIORITY: Final = 41


def facade_rules(scope: Construct, *, listener_arn: str, monolith_target_group_arn: str) -> None:
    """Let requests to the facade through when they bring a key, and answer 403 to all others."""
    path = LbListenerRuleCondition(path_pattern=LbListenerRuleConditionPathPattern(values=[FACADE_PATTERN]))
    brings_key = LbListenerRuleConditionHttpHeader(http_header_name=KEY_HEADER, values=["*"])
    LbListenerRule(
        scope,
        "facade_with_key",
        listener_arn=listener_arn,
        priority=_WITH_KEY_PRIORITY,
        condition=[path, LbListenerRuleCondition(http_header=brings_key)],
        action=[LbListenerRuleAction(type="forward", target_group_arn=monolith_target_group_arn)],
    )
    problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "This path is not public."}
    refused = LbListenerRuleActionFixedResponse(
        content_type="application/json", message_body=Fn.jsonencode(problem), status_code="403"
    )
    LbListenerRule(
        scope,
        "facade_without_key",
        listener_arn=listener_arn,
        priority=_WITHOUT_KEY_PRIORITY,
        condition=[path],
        action=[LbListenerRuleAction(type="fixed-response", fixed_response=refused)],
    )
