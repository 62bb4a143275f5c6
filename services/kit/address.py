"""Where the load balancer is: host[:port] as in the workshop, or ``https://host[:port]`` where it speaks HTTPS."""

from __future__ import annotations

from typing import Final

from services.kit.environment import EnvironmentReader

_HTTPS: Final = "https://"
_PATTERN: Final = rf"({_HTTPS})?[A-Za-z0-9.-]+(:[0-9]{{1,5}})?"


def read_address(reader: EnvironmentReader, name: str) -> str:
    """Address in the variable ``name``; problems stay in ``reader``."""
    means = f"host[:port], or {_HTTPS}host[:port], without http:// or a path"
    return reader.text(name, pattern=_PATTERN, means=means)


def base_url(address: str) -> str:
    """URL that begins at an address: over HTTP unless the address says otherwise."""
    return address if address.startswith(_HTTPS) else f"http://{address}"
