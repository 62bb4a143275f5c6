"""Visitors of the deployed system while a test does something to it: lists, profiles, likes and adoptions."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from typing import Final

import requests
import urllib3

from tests.local.load import Threads, visitor

_PAUSE_SECONDS: Final = 0.1
_VISITORS: Final = 3
EVANGELINE: Final = "4e53920c-505a-4a90-a694-b9300791f0ae"


class Visits(Threads):
    """Runs visitors until the block ends.

    Attributes:
        answered: how many requests were answered with 200.
        likes: how many of those were likes of Evangeline.
        failures: every other answer, and every request without one.
    """

    def __init__(self, api: str) -> None:
        super().__init__(_VISITORS)
        self._api = api
        self._lock = threading.Lock()
        self.answered = 0
        self.likes = 0
        self.failures: list[str] = []

    def work(self) -> None:
        paths = [
            ("GET", ""),
            ("POST", f"/{EVANGELINE}/like"),
            ("GET", f"/{EVANGELINE}"),
            ("POST", f"/{EVANGELINE}/adopt"),
        ]
        with visitor(self._api, timeout_seconds=20) as pool:
            for method, path in itertools.cycle(paths):
                if self.over.wait(_PAUSE_SECONDS):
                    return
                self._count(pool, method, path)

    def _count(self, pool: urllib3.HTTPConnectionPool, method: str, path: str) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        began = time.strftime("%H:%M:%S")
        try:
            answer = pool.request(method, f"/mysfits{path}", headers=headers)
            problem = "" if answer.status == 200 else f"{answer.status} {answer.data[:200].decode()}"
        except urllib3.exceptions.HTTPError as error:
            problem = repr(error)
        with self._lock:
            if problem:
                self.failures.append(f"{began} {method} {path}: {problem}")
            else:
                self.answered += 1
                self.likes += path.endswith("/like")


def likes_of_evangeline(api: str) -> int:
    """As her profile tells it."""
    return int(requests.get(f"{api}/mysfits/{EVANGELINE}", timeout=5).json()["likes"])
