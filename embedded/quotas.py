"""Calls of Service Quotas that moto lacks: both know what GetServiceQuota knows. Upstream issue: none."""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from embedded import patches


def answer_what_moto_lacks() -> None:
    """Let moto answer ListServiceQuotas and GetAWSDefaultServiceQuota; nothing here has quotas but AWS's defaults."""
    patches.add(ServiceQuotasResponse, "list_service_quotas", _list_service_quotas)
    patches.add(ServiceQuotasResponse, "get_aws_default_service_quota", ServiceQuotasResponse.get_service_quota)


def _list_service_quotas(self: Any) -> str:
    asked = json.loads(self.body)
    quotas = self.backend.list_aws_default_service_quotas(str(asked.get("ServiceCode")))
    wanted = asked.get("QuotaCode")
    return json.dumps({"Quotas": [quota for quota in quotas if wanted in (None, quota["QuotaCode"])]})
