"""Web ACLs of WAF: moto keeps them and nothing filters, so nothing may count on one. Upstream issue: none."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.wafv2.exceptions import WAFNonexistentItemException, WAFv2ClientError
from moto.wafv2.models import WAFV2Backend

from embedded import patches


def refuse_associations() -> None:
    """Let AssociateWebACL fail, with a code of its description, before a web ACL seems to protect something."""
    patches.replace(WAFV2Backend, "associate_web_acl", _refuse, written_for="self, web_acl_arn, resource_arn")


def _refuse(self: Any, web_acl_arn: str, resource_arn: str) -> NoReturn:
    if web_acl_arn not in self.wacls:
        raise WAFNonexistentItemException
    raise WAFv2ClientError(
        "WAFInvalidOperationException",
        f"The embedded AWS has no WAF: whatever {web_acl_arn} blocks would pass. Leave {resource_arn} without it here "
        "(web_acl_arn = null in modules/alb).",
    )
