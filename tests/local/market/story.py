"""What is done to two markets, in order, and what came of each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli import local
from cli.progress import Progress
from tests.ahead import Ahead
from tests.local.market.deliveries import SLOW_BESIDE, Delivery, Killed, Market

BAD: Final = {
    "error": r"of its answers are 5xx|of its first \d+ requests failed",
    "reset": r"itself answered|of its first \d+ requests failed",
    "slow": "its p50 is|requests have no answer",  # as it comes: who is slow may have both
    "hang": r"requests have no answer",
    "weak": r"of its answers are 5xx|of its first \d+ requests failed",
}
"""Manners of a revision, and a pattern in the reason for which it is given up."""
_BESIDE: Final[Mapping[str, Mapping[str, Any]]] = {
    # Who gets no answer and goes is in no metric of failures, and blocks no other visitor.
    "hang": {"visitors": 16, "patience_seconds": 2},
    "weak": {"visitors": 32},
}
"""Visitors whom these manners take, where the usual number does not do."""
BAD_REVISIONS: Final = ("error", "hang")
BAD_PATHS: Final = ("reset", "slow", "weak")
"""The same watch looks at revisions and paths, so each meets some of the manners."""
KINDS: Final = [*(("revision", manners) for manners in BAD_REVISIONS), *(("path", manners) for manners in BAD_PATHS)]
"""What is delivered badly."""
ROLLED_BACK_FROM: Final = "the services' own tasks take the new revision"
"""Phase of a delivery in which it is killed and rolled back."""


def revisions(ahead: Ahead) -> Mapping[str, Delivery]:
    """What is delivered to offers and monolith while no path moves, in order."""
    with _market(ahead, "revisions") as market:
        return _revisions(market)


def paths(ahead: Ahead) -> Mapping[str, Delivery]:
    """How a path moves between offers and monolith, in order."""
    with _market(ahead, "paths") as market:
        return _paths(market)


@contextlib.contextmanager
def _market(ahead: Ahead, name: str) -> Iterator[Market]:
    market = Market(ahead.state_dir(name))
    try:
        yield market
    finally:
        local.stop(market.settings, Progress())


def _revisions(market: Market) -> Mapping[str, Delivery]:
    found = {"first deploy": market.run("deploy", CANARY="10,50", COMPARE="on")}
    found["recorded"] = market.record(("/offers", "/offers?page=2", "/elsewhere"))
    found["contract"] = Delivery(code=0, said=market.contract)
    found["compare same"] = market.run("compare", SERVICE="offers")
    for service in ("monolith", "nobody"):
        found[f"compare {service}"] = market.run("compare", SERVICE=service)
    market.manners("offers", "wrong")
    found["revision wrong"] = market.deliver(COMPARE="on")
    for manners in BAD_REVISIONS:
        market.manners("offers", manners)
        found[f"revision {manners}"] = market.deliver(**_BESIDE.get(manners, {}))
        found[f"after revision {manners}"] = market.one_visitor()
    market.manners("offers", "dead")
    found["revision dead"] = market.deliver()
    market.manners("offers", "good 2")
    found["nobody comes"] = market.run("deploy", CANARY_SECONDS="2", CANARY="50", CANARY_IDLE="stop", CANARY_STICKY="1")
    for number in range(16):
        found[f"visitor {number}"] = market.one_visitor()
    found["what stands then"] = market.run("status")
    found["rollback of what is undecided"] = market.deliver("rollback")
    found["releases then"] = market.run("releases")
    found["revision good"] = market.deliver(COMPARE="on")
    found["plan in rest"] = market.run("plan")
    market.manners("offers", "good 3")
    found |= _told("killed", market.kill_in_every_phase(COMPARE="on", CANARY="50"))
    found["releases"] = market.run("releases")
    found["rollback to none"] = market.run("rollback", RELEASE="99")
    found["rollback"] = market.deliver("rollback", COMPARE="on", RELEASE="1")
    market.manners("offers", "good 4")
    found["rollback after a kill"] = market.kill_and_roll_back(ROLLED_BACK_FROM, CANARY="50")
    found["releases after a kill"] = market.run("releases")
    market.set_alarm("by hand", "OK")
    market.manners("offers", "good 5")
    found["alarm"] = market.raise_an_alarm("by hand", "watch")
    found["alarm before"] = market.deliver(CANARY_ALARMS="by hand")
    found["destroy"] = market.run("destroy")
    return found


def _paths(market: Market) -> Mapping[str, Delivery]:
    market.run("deploy")
    market.record(("/offers", "/offers?page=2"))
    found = dict(_told("to the monolith", market.kill_in_every_phase(stage="monolith", CANARY="50")))
    for manners in BAD_PATHS:
        market.manners("offers", manners)
        slow: Mapping[str, Any] = {"paths": SLOW_BESIDE, "visitors": 32}
        found[f"path {manners}"] = market.deliver(**(slow if manners == "slow" else _BESIDE.get(manners, {})))
        found[f"after path {manners}"] = market.one_visitor()
    market.manners("offers", "wrong")
    found["path wrong"] = market.deliver(COMPARE="on", CANARY="off")
    found["compare wrong"] = market.run("compare", SERVICE="offers")
    market.manners("offers", "good 4")
    found |= _told("path good", market.kill_in_every_phase(COMPARE="on", CANARY="50"))
    market.manners("monolith", "error")
    # Nobody calls what is the monolith's own, so it gets its revision; then a path comes back to it.
    found["way back"] = market.deliver(stage="monolith", paths=("/offers",), CANARY_SECONDS="2", CANARY="10")
    return found


def _told(name: str, killed: Killed) -> Mapping[str, Delivery]:
    """What came of a delivery that was killed in every phase: in the end, and the status after each kill."""
    after = {f"{name} in: {phase}": Delivery(code=0, said="", status=told) for phase, told in killed.statuses.items()}
    return {name: killed.last, **after}
