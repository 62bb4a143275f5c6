"""How much longer things take because the machine does others besides; limits in seconds are for one that does not.

Three processes share the tests, so a deploy that takes 9 s alone has taken 20 s beside its neighbours.
"""

from __future__ import annotations

import threading
import time
from typing import Final, Self

_SPIN_SECONDS: Final = 0.03
_EVERY_SECONDS: Final = 0.5


class Stretched:
    """A stopwatch that counts the seconds it would have taken alone: the time, by the share of a processor one gets.

    While it runs, a thread works for 0.03 s of processor time twice a second and looks how long that took. What is
    measured hinders it as well as the neighbours do, so with two processes of its own it may take a little longer.
    """

    def __init__(self) -> None:
        self._waited: list[float] = []
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began
        self._ended.set()
        self._sampler.join()

    @property
    def factor(self) -> float:
        """How many times longer work takes than its processor time: 1 on a machine with nothing else to do."""
        return max(1.0, sum(self._waited) / (len(self._waited) * _SPIN_SECONDS))

    @property
    def alone(self) -> float:
        """Seconds that it would have taken with nothing beside it."""
        return self.seconds / self.factor

    def _sample(self) -> None:
        while True:
            began, worked = time.monotonic(), time.thread_time()
            while time.thread_time() - worked < _SPIN_SECONDS:
                pass
            self._waited.append(time.monotonic() - began)
            if self._ended.wait(_EVERY_SECONDS):
                return
