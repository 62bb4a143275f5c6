"""Who closes a silent connection: always the client of two, or a request that is just sent meets a closed socket.

Nobody sees a wrong order when it is made: the load balancer answers a few requests a day with 502.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import hcl2
import pytest

from embedded.alb.targets import TargetGroup
from embedded.alb.translate import connection_settings
from services.facade import monolith_facade
from services.kit import server, shadow_calls
from systems.checkout import ROOT

DOCKERFILES: Final = sorted((ROOT / "examples").rglob("Dockerfile"))


def load_balancer_seconds() -> float:
    """What every load balancer of a stack has: the module's default, which no stack overrides."""
    parsed = hcl2.loads((ROOT / "modules" / "alb" / "variables.tf").read_text(encoding="utf-8"))
    (found,) = [value for one in parsed["variable"] for name, value in one.items() if "idle_timeout_seconds" in name]
    return float(found["default"])


def test_services_keep_a_connection_for_longer_than_the_load_balancer_does() -> None:
    assert load_balancer_seconds() < server.KEEP_ALIVE_SECONDS


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_so_do_the_services_of_other_systems(file: Path) -> None:
    (seconds,) = re.findall(r"--keep-alive (\d+)", file.read_text(encoding="utf-8"))
    assert int(seconds) > load_balancer_seconds()


@pytest.mark.parametrize("seconds", [monolith_facade.IDLE_SECONDS, shadow_calls.IDLE_SECONDS])
def test_a_service_that_calls_another_closes_before_the_load_balancer_does(seconds: float) -> None:
    assert seconds < load_balancer_seconds()


def test_the_embedded_load_balancer_has_the_same_default() -> None:
    assert connection_settings({}).idle_seconds == TargetGroup(name="any").idle_seconds == load_balancer_seconds()


def test_no_stack_gives_its_load_balancer_another_one() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "stacks").glob("*.py")]
    assert not [text for text in sources if "idle_timeout_seconds" in text], "then hold the order for that value too"
