"""One listener and the proxy that serves it; its troubles stay here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

from embedded.alb.metrics import GroupMetrics
from embedded.alb.model import Listener
from embedded.alb.proxy import EnvoyProxy, ProxyError
from embedded.alb.target_registry import Key

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 0.5


class ServedListener:
    """Makes the proxy of one port follow what the listener says.

    Attributes:
        port: the listener's port, which never changes here.
        problem: why the proxy does not follow; empty when it does.
        in_service: the targets that the proxy sends requests to.
    """

    def __init__(
        self,
        *,
        arn: str,
        port: int,
        make_proxy: Callable[[int], EnvoyProxy],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port: Final = port
        self.problem = ""
        self.in_service: frozenset[Key] = frozenset()
        self._arn = arn
        self._make_proxy = make_proxy
        self._clock = clock
        self._proxy: EnvoyProxy | None = None
        self._applied: Listener | None = None
        self._change: asyncio.Task[None] | None = None
        self._retry_at = float("-inf")

    def follow(self, model: Listener, targets: frozenset[Key]) -> None:
        """Begin to follow ``model``, which sends requests to ``targets``; called again and again, it waits for nothing.

        A change that is under way goes on, and one that failed is tried again after ``RETRY_SECONDS``.
        """
        if self._change is not None and not self._change.done():
            return
        if self.is_running and self._applied == model:
            self.in_service = targets
        elif self._clock() >= self._retry_at:
            self._change = asyncio.create_task(self._carry_out(model, targets))

    @property
    def is_running(self) -> bool:
        """Whether its proxy runs."""
        return self._proxy is not None and self._proxy.pid is not None

    async def settled(self) -> None:
        """Return when the change under way has ended, however it did."""
        if self._change is not None:
            await asyncio.wait({self._change})

    async def metrics(self) -> dict[str, GroupMetrics]:
        """What each target group did since the proxy started; nothing while it does not run."""
        return dict(await self._proxy.metrics()) if self._proxy is not None and self._proxy.pid is not None else {}

    async def close(self) -> None:
        """End the proxy."""
        if self._change is not None:
            self._change.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._change
        if self._proxy is not None:
            await self._proxy.close()
            self._proxy = None

    async def _carry_out(self, model: Listener, targets: frozenset[Key]) -> None:
        try:
            await self._apply(model)
        except Exception as error:  # whatever it is, it is this listener's own
            text = str(error) or type(error).__name__
            if text != self.problem:
                is_foreseen = isinstance(error, ProxyError | OSError)
                log.error("listener %s: %s", self._arn, text, exc_info=None if is_foreseen else error)
            self.problem, self._retry_at = text, self._clock() + RETRY_SECONDS
        else:
            self.problem, self.in_service = "", targets

    async def _apply(self, model: Listener) -> None:
        proxy = self._proxy
        if proxy is not None and proxy.pid is None:
            log.error("the proxy on port %s ended; starting it again", self.port)
            await proxy.close()
            self._proxy = proxy = None
        if proxy is None:
            proxy = self._make_proxy(self.port)
            await proxy.start()
            self._proxy = proxy
        self._applied = None
        await proxy.apply(model)
        self._applied = model
