"""What a rule may ask of a request. Meanings are those of ``RuleCondition`` in the ELBv2 API reference (2015-12-01).

A condition holds when one of its values does; ``*`` stands for any number of characters, ``?`` for exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, kw_only=True)
class PathPattern:
    """The path as the client sent it, without the query string. Case-sensitive, with wildcards."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HostHeader:
    """The host name without a port. Case-insensitive, with wildcards."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HttpRequestMethod:
    """The method. Case-sensitive, nothing is wild."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HttpHeader:
    """One header. Case-insensitive, with wildcards; of a header that is sent in several lines one line is enough."""

    name: str
    values: tuple[str, ...]

    @property
    def is_presence(self) -> bool:
        """Whether any value will do."""
        return "*" in self.values


@dataclass(frozen=True, kw_only=True)
class QueryParameter:
    """``key=value`` in the query string, or this value under any key when ``key`` is None.

    Case-insensitive, with wildcards; ``\\*`` and ``\\?`` mean the characters themselves.
    """

    key: str | None
    value: str


@dataclass(frozen=True, kw_only=True)
class QueryString:
    """One of the parameters in the query string."""

    values: tuple[QueryParameter, ...]


@dataclass(frozen=True, kw_only=True)
class SourceIp:
    """The address the connection comes from, whatever X-Forwarded-For says."""

    networks: tuple[IPv4Network | IPv6Network, ...]


Condition = PathPattern | HostHeader | HttpRequestMethod | HttpHeader | QueryString | SourceIp

REPEATABLE = (HttpHeader, QueryString)
"""Kinds of which a rule may have several; of the others one."""
