"""The key by which testers and the deployer pick a side while requests are shared.

Unlike the facade's key it stands in the rules, since the load balancer has to compare it, and so in the state. It opens
nothing: a preview takes the paths that its rule takes, which are public, and comes after the facade's rules.
"""

from __future__ import annotations

from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from constructs import Construct

from modules.fargate_service.shapes import PreviewHeader
from modules.rotating_key.construct import RotatingKey
from settings.settings import Settings
from systems.rules import CANARY_HEADER


def canary_key(scope: Construct, *, settings: Settings) -> RotatingKey:
    """The key that goes with the side in the header."""
    return RotatingKey(
        scope,
        "canary_key",
        name=settings.path("canary-key"),
        description="Picks the new or the old side while requests are shared",
    )


def preview_header(scope: Construct, *, key: RotatingKey) -> PreviewHeader:
    """The header of the previews, with what the parameter has when it is applied."""
    # A key that is renewed is read after that, not before.
    found = DataAwsSsmParameter(scope, "canary_key_value", name=key.current_name, depends_on=[key])
    return PreviewHeader(name=CANARY_HEADER, key=found.value)
