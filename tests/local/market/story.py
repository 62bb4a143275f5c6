"""What is done to the market, in order, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cli import local
from cli.progress import Progress
from tests.ahead import Ahead
from tests.local.market.deliveries import SLOW_BESIDE, Delivery, Market

BAD: Final = {
    "error": r"of its answers are 5xx|of its first \d+ requests failed",
    "reset": "itself answered",
    "slow": "its p50 is",
    "weak": " are allowed",
}
"""Manners of a revision, and a pattern in the reason for which it is given up."""
KINDS: Final = [(kind, manners) for kind in ("revision", "path") for manners in BAD]
"""What is delivered badly."""


def deliveries(ahead: Ahead) -> Mapping[str, Delivery]:
    """Everything that is delivered, in order."""
    market = Market(ahead.state_dir("market"))
    try:
        return _deliveries(market)
    finally:
        local.stop(market.settings, Progress())


def _deliveries(market: Market) -> Mapping[str, Delivery]:
    found = {"first deploy": market.run("deploy", CANARY="10,50", COMPARE="on")}
    found["recorded"] = market.record(("/offers", "/offers?page=2", "/elsewhere"))
    found["contract"] = Delivery(code=0, said=market.contract)
    found["compare same"] = market.run("compare", SERVICE="offers")
    for service in ("monolith", "nobody"):
        found[f"compare {service}"] = market.run("compare", SERVICE=service)
    market.manners("offers", "wrong")
    found["revision wrong"] = market.deliver(COMPARE="on")
    for manners in BAD:
        market.manners("offers", manners)
        # One that is slow answers the same.
        found[f"revision {manners}"] = market.deliver(COMPARE="on" if manners == "slow" else "off")
        found[f"after revision {manners}"] = market.one_visitor()
    market.manners("offers", "dead")
    found["revision dead"] = market.deliver()
    market.manners("offers", "good 2")
    found["nobody comes"] = market.run("deploy", CANARY_SECONDS="2", CANARY="50", CANARY_IDLE="stop", CANARY_STICKY="1")
    for number in range(16):
        found[f"visitor {number}"] = market.one_visitor()
    found["what stands then"] = market.run("status")
    found["revision good"] = market.deliver(COMPARE="on")
    found["plan in rest"] = market.run("plan")
    killed = market.kill_in_every_phase(REVISION="r2", COMPARE="on", CANARY="50")
    found["killed"] = replace(killed.last, status=killed.statuses["watch"])
    found["killed in"] = Delivery(code=0, said="\n".join(killed.phases))
    found["same sources"] = market.run("status")
    found["rollback"] = market.deliver("rollback", COMPARE="on")
    found["releases"] = market.run("releases")
    found["rollback after a kill"] = market.kill_and_roll_back("watch", REVISION="r3", CANARY="50")
    found["releases after a kill"] = market.run("releases")
    market.set_alarm("by hand", "OK")
    found["alarm"] = market.raise_an_alarm("by hand", "watch", REVISION="r4")
    found["alarm before"] = market.deliver(REVISION="r4", CANARY_ALARMS="by hand")
    market.run("deploy", REVISION="r5", CANARY_SECONDS="2", CANARY="50", CANARY_IDLE="stop")
    found["rollback of what is undecided"] = market.deliver("rollback")
    found["releases then"] = market.run("releases")
    found["to the monolith"] = market.deliver(stage="monolith")
    for kind, manners in KINDS:
        if kind == "path":
            market.manners("offers", manners)
            beside: dict[str, Any] = {"paths": SLOW_BESIDE, "visitors": 32} if manners == "slow" else {}
            found[f"path {manners}"] = market.deliver(**beside)
            found[f"after path {manners}"] = market.one_visitor()
    market.manners("offers", "wrong")
    found["path wrong"] = market.deliver(COMPARE="on", CANARY="off")
    found["compare wrong"] = market.run("compare", SERVICE="offers")
    market.manners("offers", "good 4")
    found["path good"] = market.deliver(COMPARE="on")
    market.manners("monolith", "error")
    found["monolith error"] = market.deliver()
    # Nobody calls what is the monolith's own, so it gets its revision; then a path comes back to it.
    found["way back wrong"] = market.deliver(stage="monolith", paths=("/offers",), CANARY_SECONDS="2", COMPARE="on")
    found["way back"] = market.deliver(stage="monolith", paths=("/offers",), CANARY_SECONDS="2", CANARY="10")
    found["destroy"] = market.run("destroy")
    return found
