"""docs/bring-your-own.md, command by command: the bookshop is deployed, rehearsed, carved up and destroyed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded import state
from settings.settings import Settings
from systems.checkout import ROOT
from tests.ahead import Ahead
from tests.fenced import blocks
from tests.support import environment_of, local_settings

PAGE = ROOT / "docs" / "bring-your-own.md"
FIRST, *OTHERS = blocks(PAGE, "sh")
_MAKE_ENV = 'eval "$(make -s env SYSTEM=examples/bookshop)"\n'


@dataclass(frozen=True, kw_only=True)
class Bookshop:
    """An environment of the bookshop's own, with ports and folders of its own."""

    settings: Settings
    report: Path

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.settings.alb_port}"

    def run(self, block: str, *, after: str = "") -> str:
        """What the commands of a block print, as a person would type them but for what a busy machine needs."""
        patient = f'ARGS="--out {self.report} --hop-limit-seconds 240 --p50-limit-seconds 10 --p99-limit-seconds 10 '
        environ = environment_of(self.settings)
        del environ["STAGE"], environ["SYSTEM"]
        answer = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", after + block.replace('ARGS="', patient)],
            cwd=ROOT,
            env={**environ, "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, f"{block}\nfailed:\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout


def first_deploy(ahead: Ahead) -> Bookshop:
    """The page's first command, which waits for a load balancer."""
    folder = ahead.state_dir("bookshop")
    shop = Bookshop(settings=local_settings(folder, system="examples/bookshop"), report=folder / "report")
    shop.run(FIRST)
    return shop


@pytest.fixture
def bookshop(ahead: Ahead) -> Iterator[Bookshop]:
    """The bookshop in stage monolith; nothing of it is left afterwards."""
    shop = ahead.result(first_deploy)
    try:
        yield shop
    finally:
        shop.run("make -s down")
        left = state.processes(shop.settings.state_dir)
        assert not left, f"processes left behind: {left}"


@pytest.mark.ahead(work=first_deploy)
def test_every_command_of_the_page_works(bookshop: Bookshop) -> None:
    seen: list[str] = []
    for block in OTHERS:
        printed = bookshop.run(block, after="" if block.startswith("eval") else _MAKE_ENV)
        for command, check in CHECKS.items():
            if command in block:
                check(bookshop, printed)
                seen.append(command)
    assert seen == list(CHECKS), "the page lost a command that is checked here, or changed their order"


def _books_are_listed(_: Bookshop, printed: str) -> None:
    assert "The Ferry Timetable" in printed


def _plan_has_the_walk(_: Bookshop, printed: str) -> None:
    assert re.search(r"orders", printed)


def _nothing_was_lost(shop: Bookshop, _: str) -> None:
    report: dict[str, Any] = json.loads((shop.report / "report.json").read_text(encoding="utf-8"))
    everything = report["totals"]["all"]
    assert report["passed"] is True
    assert everything["requests"] == everything["visits"] >= 400
    assert set(everything["by_status"]) == {"200", "201"}


def _each_path_has_its_service(shop: Bookshop, _: str) -> None:
    """POST /orders and GET /orders/{id} have left, GET /orders has not; both services run their own packages."""
    order = {"customer": "ada", "isbn": "9780200000017", "copies": 2}
    before = _sold(shop)
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (requests.post(f"{shop.api}/orders", json=order, headers=headers, timeout=10) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert _sold(shop) == before + 2
    shown = requests.get(shop.api + first.headers["Location"], timeout=10)
    listed = requests.get(f"{shop.api}/orders?customer=ada", timeout=10)
    assert [answer.headers["Server"] for answer in (first, shown, listed)] == ["hypercorn-h11"] * 2 + ["gunicorn"]
    assert shown.json() in listed.json()["orders"]
    assert "no changes" in shop.run("make -s plan SYSTEM=examples/bookshop STAGE=carved")


def _sold(shop: Bookshop) -> int:
    return int(requests.get(f"{shop.api}/books/9780200000017/stock", timeout=10).json()["sold"])


def _nothing_is_left(_: Bookshop, printed: str) -> None:
    assert re.search(r"^Objects +0$", printed, re.MULTILINE)


CHECKS = {
    'curl -fsS "$API/books"': _books_are_listed,
    "make plan": _plan_has_the_walk,
    "make rehearse": _nothing_was_lost,
    "make deploy": _each_path_has_its_service,
    "make destroy": _nothing_is_left,
}
