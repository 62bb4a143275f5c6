"""The embedded load balancer before the monolith and the like service, with the stack's own paths."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from embedded.alb.actions import Forward, WeightedGroup
from embedded.alb.conditions import HttpHeader, PathPattern
from embedded.alb.model import Listener, Rule
from embedded.alb.proxy import EnvoyProxy
from embedded.alb.targets import Target, TargetGroup
from embedded.network import free_port
from mysfits.system import SYSTEM


class Balancer:
    """Two listeners: ``inline_port`` leads to the monolith, ``split_port`` by the rules of stage split."""

    def __init__(self, directory: Path, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.inline_port = free_port()
        self.split_port = free_port(avoid={self.inline_port})
        self._proxies = [
            EnvoyProxy(directory=directory / str(port), port=port) for port in (self.inline_port, self.split_port)
        ]

    def start(self) -> None:
        """Answer 503 until ``carry``."""
        for proxy in self._proxies:
            self._runner.run(proxy.start())

    def carry(self, *, monolith: int, like: int) -> None:
        """Lead to the processes on these ports."""
        inline, split = self._proxies
        to_monolith, to_like = _forward("monolith", monolith), _forward("like", like)
        (rule,), declared = SYSTEM.rules("like"), SYSTEM.facade
        assert declared is not None  # noqa: S101 - the system has one
        likes = Rule(priority=rule.priority, conditions=(PathPattern(values=rule.path_patterns),), action=to_like)
        facade = Rule(
            priority=rule.priority + 1,
            conditions=(PathPattern(values=(declared.pattern,)), HttpHeader(name=declared.key_header, values=("*",))),
            action=to_monolith,
        )
        self._runner.run(inline.apply(Listener(port=self.inline_port, rules=(), default=to_monolith)))
        self._runner.run(split.apply(Listener(port=self.split_port, rules=(likes, facade), default=to_monolith)))

    def processes(self) -> list[psutil.Process]:
        """Its process for each listener."""
        return [psutil.Process(proxy.pid) for proxy in self._proxies]

    def close(self) -> None:
        """End both."""
        for proxy in self._proxies:
            self._runner.run(proxy.close())


@contextlib.contextmanager
def running_balancer(directory: Path) -> Iterator[Balancer]:
    """A load balancer that lasts as long as the context."""
    with asyncio.Runner() as runner, contextlib.closing(Balancer(directory, runner)) as balancer:
        balancer.start()
        yield balancer


def _forward(name: str, port: int) -> Forward:
    group = TargetGroup(name=name, targets=(Target(host="127.0.0.1", port=port),))
    return Forward(groups=(WeightedGroup(group=group, weight=1),))
