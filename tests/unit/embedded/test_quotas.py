"""Service Quotas as SDKs ask for them: a list, one of it, and AWS's default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.servicequotas.responses import ServiceQuotasResponse

from embedded.quotas import answer_what_moto_lacks

VPCS = "L-F678F1CE"


@pytest.fixture
def quotas() -> Iterator[Any]:
    """A client of the API, which is as it was in the end."""
    answer_what_moto_lacks()
    with mock_aws():
        yield boto3.client("service-quotas", region_name="us-east-1")
    for name in ("list_service_quotas", "get_aws_default_service_quota"):
        delattr(ServiceQuotasResponse, name)


def test_quotas_are_listed_as_they_are_got(quotas: Any) -> None:
    own = quotas.get_service_quota(ServiceCode="vpc", QuotaCode=VPCS)["Quota"]
    assert own["QuotaName"] == "VPCs per Region"
    assert own in quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]
    assert quotas.list_service_quotas(ServiceCode="vpc", QuotaCode=VPCS)["Quotas"] == [own]
    assert quotas.get_aws_default_service_quota(ServiceCode="vpc", QuotaCode=VPCS)["Quota"] == own


def test_a_service_without_quotas_here_is_no_such_resource(quotas: Any) -> None:
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.list_service_quotas(ServiceCode="fargate")
