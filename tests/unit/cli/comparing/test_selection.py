"""Which recorded requests belong to which service, by the rules of the load balancer."""

from __future__ import annotations

from cli.comparing.contract import Contract
from cli.comparing.exchange import Answer, Exchange, Request
from cli.comparing.selection import asked_of, route_of
from examples.bookshop.system import SYSTEM as BOOKSHOP
from mysfits.system import SYSTEM as MYSFITS
from systems.system import System

CONTRACT = Contract(
    exchanges=tuple(
        Exchange(request=Request(method=method, path=path), answer=Answer(status=200))
        for method, path in (
            ("GET", "/mysfits?filter=GoodEvil&value=Good"),
            ("GET", "/mysfits/1"),
            ("POST", "/mysfits/1/like"),
            ("POST", "/mysfits/1/adopt"),
        )
    )
)


def asked(stage: str, service: str, contract: Contract = CONTRACT, system: System = MYSFITS) -> list[str]:
    return [str(one.request) for one in asked_of(system, system.stage_by_name[stage], service, contract)]


def test_a_service_is_asked_what_its_rules_take_and_the_monolith_the_rest() -> None:
    assert asked("split", "like") == ["POST /mysfits/1/like"]
    assert asked("split", "monolith") == [
        "GET /mysfits?filter=GoodEvil&value=Good",
        "GET /mysfits/1",
        "POST /mysfits/1/adopt",
    ]
    assert asked("extracted", "adopt") == ["POST /mysfits/1/adopt"]
    assert len(asked("monolith", "monolith")) == 4


def test_declared_reads_without_arguments_need_no_recording() -> None:
    assert asked("split", "monolith", Contract()) == ["GET /mysfits"]
    assert asked("split", "like", Contract()) == []


def test_methods_decide_too() -> None:
    contract = Contract(
        exchanges=tuple(
            Exchange(request=Request(method=method, path=path), answer=Answer(status=200))
            for method, path in (("GET", "/orders?customer=ada"), ("POST", "/orders"), ("GET", "/orders/7"))
        )
    )
    assert asked("split", "orders", contract, BOOKSHOP) == ["POST /orders", "GET /orders/7"]
    assert "GET /orders?customer=ada" in asked("split", "monolith", contract, BOOKSHOP)


def test_the_recorded_status_comes_along() -> None:
    (one,) = asked_of(MYSFITS, MYSFITS.stage_by_name["split"], "like", CONTRACT)
    assert one.recorded_status == 200
    (declared,) = asked_of(MYSFITS, MYSFITS.stage_by_name["split"], "monolith", Contract())
    assert declared.recorded_status is None


def test_a_request_is_of_a_declared_route_or_of_none() -> None:
    def route(method: str, path: str) -> str:
        return str(route_of(MYSFITS, Request(method=method, path=path)))

    assert route("GET", "/mysfits?filter=x") == "GET /mysfits"
    assert route("POST", "/mysfits/1/like") == "POST /mysfits/{mysfit_id}/like"
    assert route("GET", "/mysfits/1/like") == "None"
    assert route("GET", "/mysfits/1/2") == "None"
    assert route("POST", "/mysfits/1/fulfill-like") == "None"
