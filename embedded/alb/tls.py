"""What an HTTPS listener says of its certificates and protocol, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Version = Literal["TLSv1_2", "TLSv1_3"]
"""As Envoy spells it. Older ones are no longer spoken, whatever a policy allows: no client of today asks for them."""

_ONLY_1_3: Final = "TLS13-1-3"
"""In the name of a security policy that takes TLS 1.3 and nothing below."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """PEM of a certificate with the chain below its root, and of its private key."""

    chain: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How a listener ends TLS.

    Attributes:
        certificates: the default one first; a client that names a server gets the one that has its name.
        at_least: the oldest version that is spoken.
    """

    certificates: tuple[Certificate, ...]
    at_least: Version = "TLSv1_2"


def oldest_version(policy: str) -> Version:
    """The oldest version that a security policy, such as ELBSecurityPolicy-TLS13-1-2-2021-06, allows."""
    return "TLSv1_3" if _ONLY_1_3 in policy else "TLSv1_2"
