"""How the ELBv2 API says no."""

from __future__ import annotations

from moto.elbv2.exceptions import ELBClientError


class Refusal(ELBClientError):
    """A 400 with AWS's error code."""


def invalid(message: str) -> Refusal:
    """The usual one."""
    return Refusal("ValidationError", message)


def bad_action(message: str) -> Refusal:
    """An action that no rule can have."""
    return Refusal("InvalidLoadBalancerAction", message)


def bad_configuration(message: str) -> Refusal:
    """Settings that do not go together."""
    return Refusal("InvalidConfigurationRequest", message)
