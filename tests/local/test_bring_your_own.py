"""docs/bring-your-own.md, command by command: the bookshop is deployed, rehearsed, carved up and destroyed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded import state
from settings.canary import CanarySettings
from settings.comparing import CompareSettings
from settings.settings import Settings
from systems.checkout import ROOT
from tests.ahead import Ahead
from tests.fenced import blocks
from tests.support import environment_of, local_settings, quiet_port

PAGE = ROOT / "docs" / "bring-your-own.md"
FIRST, *OTHERS = blocks(PAGE, "sh")
_MAKE_ENV = 'eval "$(make -s env SYSTEM=examples/bookshop)"\n'
_QUICK = {"CANARY_SECONDS": "5", "CANARY_REQUESTS": "20"}
"""Each step of a walk is watched for a shorter time than a person would."""
_AT_ONCE = {"CANARY": "off", "COMPARE": "off"}
"""The rehearsal walks there and back with new revisions; what comes before and in the steps of a hop, deploys show."""
_CONTRACT = ROOT / "examples" / "bookshop" / "contract.json"


@dataclass(frozen=True, kw_only=True)
class Bookshop:
    """An environment of the bookshop's own, with ports and folders of its own."""

    settings: Settings
    report: Path
    walked: list[str] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.settings.alb_port}"

    def run(self, block: str, *, after: str = "") -> str:
        """What the commands of a block print, as a person would type them but for what a busy machine needs."""
        process = self.start(block, after=after)
        printed, said = process.communicate()
        assert process.returncode == 0, f"{block}\nfailed:\n{printed}\n{said}"
        if "make deploy" in block:
            self.walked.append(said)
        return printed

    def start(self, block: str, *, after: str = "") -> subprocess.Popen[str]:
        """The commands of a block, under way."""
        patient = f'ARGS="--out {self.report} --hop-limit-seconds 240 --p50-limit-seconds 10 --p99-limit-seconds 10 '
        environ = environment_of(self.settings)
        del environ["STAGE"], environ["SYSTEM"]
        return subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-c", after + block.replace('ARGS="', patient)],
            cwd=ROOT,
            env={
                **environ,
                **(_AT_ONCE if "make rehearse" in block else _QUICK),
                "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def record(self, block: str, requests_sent: str) -> str:
        """What ``make record`` says while another terminal sends requests, ended by Ctrl-C."""
        port = str(quiet_port())
        process = self.start(block.replace("9090", port))
        assert process.stderr is not None
        said = next(line for line in process.stderr if "Recording" in line)
        try:
            self.run(requests_sent.replace("9090", port))
        finally:
            os.killpg(process.pid, signal.SIGINT)
            printed, more = process.communicate(timeout=60)
        return said + more + printed


def first_deploy(ahead: Ahead) -> Bookshop:
    """The page's first command, which waits for a load balancer."""
    folder = ahead.state_dir("bookshop")
    settings = local_settings(folder, system="examples/bookshop")
    watched = replace(settings, canary=CanarySettings(), compare=CompareSettings())
    shop = Bookshop(settings=watched, report=folder / "report")
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


@pytest.mark.timeout(1800)  # a walk in watched steps, a rehearsal and all that comes after
@pytest.mark.ahead(work=first_deploy)
def test_every_command_of_the_page_works(bookshop: Bookshop) -> None:
    seen: list[str] = []
    blocks_left = list(OTHERS)
    contract = _CONTRACT.read_text(encoding="utf-8")
    try:
        while blocks_left:
            block = blocks_left.pop(0)
            if "make record" in block:
                printed = bookshop.record(block, blocks_left.pop(0))
            else:
                printed = bookshop.run(block, after="" if block.startswith("eval") else _MAKE_ENV)
            for command, check in CHECKS.items():
                if command in block:
                    check(bookshop, printed)
                    seen.append(command)
        assert _CONTRACT.read_text(encoding="utf-8") == contract, "what the page records is recorded already"
    finally:
        _CONTRACT.write_text(contract, encoding="utf-8")
    assert seen == list(CHECKS), "the page lost a command that is checked here, or changed their order"


def _books_are_listed(_: Bookshop, printed: str) -> None:
    assert "The Ferry Timetable" in printed


def _plan_has_the_walk(_: Bookshop, printed: str) -> None:
    assert re.search(r"orders", printed)


def _what_is_asked_is_known(_: Bookshop, said: str) -> None:
    assert "GET /orders/{order_id}: 200" in said
    assert "0 new" in said


def _is_compared_and_moves_in_steps(shop: Bookshop, _: str) -> None:
    """The order service answers what was recorded as the monolith does, before it gets 10 %, then 50 % and all."""
    said = shop.walked[-1]
    assert re.search(r"\b([1-9]\d*) of \1 requests are answered the same", said), said
    done = ("Compare answers of orders with", "Watch orders at 10 %: done", "Watch orders at 50 %: done")
    compared, first, second = (said.find(text) for text in done)
    assert 0 < compared < first < second, said


def _nothing_differs(_: Bookshop, printed: str) -> None:
    assert "/orders/c692641f-e3e4-54b3-a6a6-1b104fc4b97c" in printed


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


def _the_monolith_takes_orders_again(shop: Bookshop, _: str) -> None:
    assert "split" in shop.run("make -s status SYSTEM=examples/bookshop")


CHECKS = {
    'curl -fsS "$API/books"': _books_are_listed,
    "make plan": _plan_has_the_walk,
    "make record": _what_is_asked_is_known,
    "make rehearse": _nothing_was_lost,
    "STAGE=split\n": _is_compared_and_moves_in_steps,
    "make compare": _nothing_differs,
    "STAGE=carved\nmake status": _each_path_has_its_service,
    "make rollback": _the_monolith_takes_orders_again,
    "make destroy": _nothing_is_left,
}
