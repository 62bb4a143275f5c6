"""Many connections at once, as a deployment brings them when it shifts traffic to new tasks."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.local.services.service_process import ROOT
from tests.support import quiet_ports

_VISITORS = 48


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What a server saw of its visitors, all of whom had connected while it was busy."""
    (port,) = quiet_ports(1)
    command = [sys.executable, "-m", "tests.local.services.burst", str(port), str(_VISITORS)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def test_connections_that_come_together_do_not_wait_a_turn_of_the_loop_each(seen: dict[str, Any]) -> None:
    assert seen["heard"] == _VISITORS
    assert seen["turns"] <= _VISITORS // 8


def test_the_garbage_collector_is_spared_what_is_loaded_at_start(seen: dict[str, Any]) -> None:
    assert seen["spared"] > 10_000
