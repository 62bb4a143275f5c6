"""Requests in a row to a toy service while a test does something to it."""

from __future__ import annotations

import threading

import requests


class Load:
    """Requests one after the other until stopped; keeps every answer and every failure."""

    def __init__(self, url: str, *, path: str = "/load") -> None:
        self.url = url + path
        self.answers: list[str] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                try:
                    answer = session.get(self.url, timeout=10)
                    (self.answers if answer.ok else self.failures).append(answer.text)
                except requests.RequestException as problem:
                    self.failures.append(repr(problem))
