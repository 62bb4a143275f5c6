"""A web ACL that would filter nothing cannot be put before anything."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.wafv2.models import WAFV2Backend

from embedded.web_acls import refuse_associations

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1"


def test_a_web_acl_cannot_be_associated_and_the_caller_hears_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WAFV2Backend, "associate_web_acl", WAFV2Backend.associate_web_acl)  # as it is now, in the end
    refuse_associations()
    with mock_aws():
        waf: Any = boto3.client("wafv2", region_name="us-east-1")
        seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        made = waf.create_web_acl(Name="w", Scope="REGIONAL", DefaultAction={"Block": {}}, VisibilityConfig=seen)
        arn = made["Summary"]["ARN"]
        with pytest.raises(waf.exceptions.WAFInvalidOperationException, match="has no WAF"):
            waf.associate_web_acl(WebACLArn=arn, ResourceArn=BALANCER)
        with pytest.raises(waf.exceptions.WAFNonexistentItemException):
            waf.associate_web_acl(WebACLArn=f"{arn}x", ResourceArn=BALANCER)
        assert waf.get_web_acl_for_resource(ResourceArn=BALANCER).get("WebACL") is None
