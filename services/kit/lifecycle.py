"""Whether this process still wants new requests."""

from __future__ import annotations


class Lifecycle:
    """Serving from the start; draining from SIGTERM on, while the load balancer looks elsewhere."""

    def __init__(self) -> None:
        self._draining = False

    @property
    def draining(self) -> bool:
        """Whether the process is on its way out."""
        return self._draining

    def start_draining(self) -> None:
        """Turn readiness off; there is no way back."""
        self._draining = True
