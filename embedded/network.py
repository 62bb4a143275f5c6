"""Private addresses of the embedded VPC and the loopback ports that stand for them."""

from __future__ import annotations

import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
"""DNS name of every embedded load balancer and public address of every task: no resolver has to know it."""


class Addresses:
    """Maps the address of a task's network interface to the loopback port its process listens on."""

    def __init__(self) -> None:
        self._port_of: dict[str, int] = {}

    def claim(self, address: str) -> int:
        """A free loopback port for ``address``, the same one at every call until it is released."""
        if address not in self._port_of:
            self._port_of[address] = free_port(avoid=set(self._port_of.values()))
        return self._port_of[address]

    def release(self, address: str) -> None:
        """Forget ``address``."""
        self._port_of.pop(address, None)

    def port(self, address: str) -> int | None:
        """The loopback port of ``address``, or None when nothing has it."""
        return self._port_of.get(address)


def free_port(*, avoid: set[int] | None = None) -> int:
    """A TCP port on 127.0.0.1 that nothing listens on now and that is not in ``avoid``."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in (avoid or ()):
            return port
