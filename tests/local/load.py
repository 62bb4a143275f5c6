"""Requests while a test does something to who answers them: threads until a block ends, and a toy service's load."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Final, Self

import urllib3

_PAUSE_SECONDS: Final = 0.1


def visitor(url: str, *, timeout_seconds: float) -> urllib3.HTTPConnectionPool:
    """One visitor of the server of ``url``, who keeps a connection and tries nothing twice.

    Not one of requests: that takes three times the processor time, which the tests beside it miss.
    """
    return urllib3.connection_from_url(url, maxsize=1, retries=False, timeout=timeout_seconds)


class Threads(ABC):
    """Runs ``work`` of a subclass in several threads until the block ends; ``work`` returns when ``over`` is set."""

    def __init__(self, count: int) -> None:
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self.work, name=f"load {number}") for number in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    @abstractmethod
    def work(self) -> None:
        """What each thread does."""


class Load(Threads):
    """Requests one after the other in each of ``threads``, with a pause, until stopped; keeps answers and failures."""

    def __init__(
        self, url: str, *, path: str = "/load", threads: int = 4, pause_seconds: float = _PAUSE_SECONDS
    ) -> None:
        super().__init__(threads)
        self._path = path
        self._pause_seconds = pause_seconds
        self.url = url + path
        self.answers: list[str] = []
        self.failures: list[str] = []

    def work(self) -> None:
        with visitor(self.url, timeout_seconds=10) as pool:
            while not self.over.wait(self._pause_seconds):
                try:
                    answer = pool.request("GET", self._path)
                    (self.answers if answer.status < 400 else self.failures).append(answer.data.decode())
                except urllib3.exceptions.HTTPError as problem:
                    self.failures.append(repr(problem))
