"""DynamoDB's calls wait for nobody; of the others two are answered at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from embedded.lanes import Lanes

SECONDS = 10.0


class App:
    """Answers a call when it is let; ``begun`` has those that came so far."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._changed = threading.Condition()
        self._let: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        with self._changed:
            self.begun.append(target)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: target in self._let, SECONDS)
        if target == "broken":
            raise ValueError(target)
        start_response("200 OK", [])
        return [target.encode(), b"!"]

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) == count, SECONDS)

    def let(self, *targets: str) -> None:
        with self._changed:
            self._let |= set(targets)
            self._changed.notify_all()


Ask = Callable[[str], Future[bytes]]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def ask(app: App) -> Iterator[Ask]:
    lanes = Lanes(app)
    with ThreadPoolExecutor(8) as pool:
        yield lambda target: pool.submit(
            lambda: b"".join(lanes({"HTTP_X_AMZ_TARGET": target} if target else {}, lambda *_: None))
        )


def test_a_third_call_waits_and_dynamodbs_do_not(app: App, ask: Ask) -> None:
    first, second = ask("SSM.GetParameter"), ask("")
    app.wait_for(2)
    third = ask("Logs.Describe")
    passing = [ask("DynamoDB_20120810.PutItem"), ask("AmazonEC2ContainerServiceV20141113.DescribeServices")]
    app.wait_for(4)
    assert "Logs.Describe" not in app.begun
    app.let("DynamoDB_20120810.PutItem", "AmazonEC2ContainerServiceV20141113.DescribeServices")
    assert passing[0].result(SECONDS) == b"DynamoDB_20120810.PutItem!"
    assert "Logs.Describe" not in app.begun, "who passes frees no place"
    app.let("SSM.GetParameter", "Logs.Describe", "")
    assert [one.result(SECONDS) for one in (first, second, third)] == [b"SSM.GetParameter!", b"!", b"Logs.Describe!"]


def test_a_call_that_fails_frees_its_place(app: App, ask: Ask) -> None:
    app.let("broken", "SSM.GetParameter")
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            ask("broken").result(SECONDS)
    assert ask("SSM.GetParameter").result(SECONDS)
