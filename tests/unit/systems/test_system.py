"""A system as a value, and what is refused in one."""

from __future__ import annotations

from typing import Any

import pytest

from systems.service import FacadeKey, Grant, Image, Mode, Route, Secret, Service, Supplied, TableName
from systems.stage import Stage
from systems.system import Facade, System
from systems.table import Index, Table

IMAGE = Image(dockerfile="Dockerfile", context=("app.py",))
THINGS = Table(name="things", address="table", hash_key="Id", attributes={"Id": "S"})


def service(name: str, **more: Any) -> Service:
    facade = Route(method="POST", path=f"/things/{{id}}/fulfill-{name}")
    route = Route(method="POST", path=f"/things/{{id}}/{name}")
    return Service(**{"name": name, "image": IMAGE, "routes": (route,), "facade_routes": (facade,), **more})


PLACEHOLDER = Stage(name="placeholder", means="NGINX", placeholder=True)
WITHOUT_FACADE: dict[str, Any] = {
    "facade": None,
    "services": (service("buy", facade_routes=()),),
    "stages": (PLACEHOLDER, Stage(name="split", means="", services={"buy": Mode.OWN})),
}


def system(**more: Any) -> System:
    given: dict[str, Any] = {
        "name": "things",
        "title": "Things",
        "monolith": service("monolith", routes=(), facade_routes=(), environment={"SERVES": Supplied.MONOLITH_ROUTES}),
        "services": (service("buy"), service("sell")),
        "stages": (
            PLACEHOLDER,
            Stage(name="monolith", means="all in one"),
            Stage(name="split", means="buy leaves", services={"buy": Mode.FACADE}, facade=True, kept=("buy",)),
            Stage(name="mixed", means="buy has its data", services={"buy": Mode.OWN, "sell": Mode.FACADE}, facade=True),
        ),
        "tables": (THINGS,),
        "default_stage": "split",
        "facade": Facade(pattern="/things/*/fulfill-*", prefix="fulfill-", key_header="X-Key", key_name="key"),
    }
    return System(**{**given, **more})


@pytest.mark.parametrize(
    ("stage", "routes"),
    [
        ("placeholder", ()),
        ("monolith", ("buy", "sell")),
        ("split", ("buy", "sell", "fulfill-buy", "fulfill-sell")),
        ("mixed", ("fulfill-sell",)),
    ],
)
def test_the_monolith_serves_what_has_not_left_and_the_facade_of_what_has_no_data(
    stage: str, routes: tuple[str, ...]
) -> None:
    one = system()
    assert one.monolith_routes(one.stage_by_name[stage]) == routes


def test_a_walk_goes_by_neighbours_in_both_directions() -> None:
    one = system()
    assert [stage.name for stage in one.walk("monolith", "mixed")] == ["split", "mixed"]
    assert [stage.name for stage in one.walk("mixed", "monolith")] == ["split", "monolith"]
    assert one.walk("split", "split") == ()
    with pytest.raises(KeyError):
        one.walk(None, "nowhere")


def test_a_walk_goes_at_once_to_its_goal_while_nothing_is_served() -> None:
    one = system()
    assert [stage.name for stage in one.walk(None, "mixed")] == ["placeholder", "mixed"]
    assert [stage.name for stage in one.walk(None, "placeholder")] == ["placeholder"]
    assert [stage.name for stage in one.walk("placeholder", "mixed")] == ["mixed"]
    assert [stage.name for stage in one.walk("split", "placeholder")] == ["monolith", "placeholder"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"services": (service("buy"), service("buy"))}, "same name"),
        (
            {"services": (service("a-name-too-long"),), "stages": (Stage(name="split", means=""),)},
            "longer than 10 characters",
        ),
        *[
            ({"services": (service(f"buy{suffix}"),)}, f"buy{suffix} ends as those of target groups")
            for suffix in ("-c", "-f", "-i", "-n")
        ],
        ({"services": (service("c"),)}, "c is the end of those of target groups"),
        (
            {"services": (service("buy"), service("re-buy"))},
            "re-buy in one environment is buy in another, whose name ends with -re",
        ),
        (
            {
                "tables": tuple(
                    Table(name=name, address=address, hash_key="Id", attributes={"Id": "S"})
                    for name, address in (("old-things", "old"), ("things", "table"))
                )
            },
            "old-things in one environment is things in another, whose name ends with -old",
        ),
        ({"services": (service("buy", grants=(Grant(name="Put", table="x", operations=("PutItem",)),)),)}, "table x"),
        (
            {
                "services": (
                    service("buy", grants=(Grant(name="Query", table="things", operations=(), indexes=("by",)),)),
                )
            },
            "granted by of things",
        ),
        ({"default_stage": "nowhere"}, "default stage nowhere"),
        ({"stages": (Stage(name="split", means="", services={"borrow": Mode.OWN}),)}, "names borrow"),
        ({"stages": (Stage(name="split", means="", services={"buy": Mode.FACADE}),)}, "no facade"),
        ({"facade": None}, "no facade"),
        (
            {"services": (service("buy", facade_routes=()), service("sell"))},
            "Stage split has buy behind the facade, for which it has no routes; "
            r"declare its facade_routes, or let it live as Mode.OWN\.",
        ),
        (
            {"stages": (PLACEHOLDER, Stage(name="split", means=""), Stage(name="split", means="again"))},
            r"Two stages are called split; give one of them another name\.",
        ),
        (
            {"stages": (PLACEHOLDER, Stage(name="split", means="", kept=("buy",)))},
            r"Stage split keeps buy, which has not left there; take it out of kept\.",
        ),
        *[
            (
                {"services": (service("buy", egress_tcp_ports=(5432, port)), service("sell"))},
                rf"buy wants to call TCP port {port}; give one from 1 to 65535\.",
            )
            for port in (0, 65536)
        ],
        ({"tables": (THINGS, THINGS)}, r"Two tables are called things; give one of them another name\."),
        *[
            (
                {"services": (service("buy", **{which: {"TABLE": TableName(table="thing")}}), service("sell"))},
                "TABLE of buy names the table thing, which the system lacks; its tables are things",
            )
            for which in ("environment", "facade_environment", "own_environment")
        ],
        (
            {"monolith": service("monolith", routes=(), secrets={"KEY": FacadeKey.CURRENT}), **WITHOUT_FACADE},
            r"KEY of monolith is a key of the facade, and the system has none; declare the system's facade\.",
        ),
        (
            {**WITHOUT_FACADE, "services": (service("buy", facade_routes=(), facade_secrets={"K": FacadeKey.OTHER}),)},
            "K of buy is a key of the facade",
        ),
        (
            {**WITHOUT_FACADE, "services": (service("buy", facade_routes=(), environment={"AT": Supplied.FACADE}),)},
            "AT of buy is the address of the facade, and the system has none",
        ),
    ],
)
def test_a_contradiction_is_refused_with_its_reason(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        system(**change)


@pytest.mark.parametrize("source", ["", "shop/db-password", "shop"])
def test_a_secret_that_nobody_could_find_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="is no source of a secret; give the ARN of a secret or a parameter, or"):
        Secret(source=source)


def test_a_grant_may_name_an_index_of_its_table() -> None:
    table = Table(
        name="things",
        address="table",
        hash_key="Id",
        attributes={"Id": "S", "Kind": "S"},
        indexes={"ByKind": Index(hash_key="Kind")},
    )
    buyer = service("buy", grants=(Grant(name="Query", table="things", operations=("Query",), indexes=("ByKind",)),))
    assert system(tables=(table,), services=(buyer, service("sell"))).images["buy"] is buyer


def test_a_monolith_that_serves_a_route_in_every_stage_is_not_told_about_it() -> None:
    leaves = Stage(name="split", means="buy leaves", services={"buy": Mode.OWN}, facade=True)
    one = system(
        services=(service("buy", stays_inline=True, facade_routes=()), service("sell")),
        stages=(PLACEHOLDER, Stage(name="monolith", means="all in one"), leaves),
    )
    assert one.monolith_routes(one.stage_by_name["monolith"]) == ("sell",)
    assert one.all_monolith_routes == ("sell", "fulfill-sell")


def test_a_public_route_that_the_facade_would_close_is_refused() -> None:
    inside = service("buy", routes=(Route(method="POST", path="/things/{id}/fulfill-much"),))
    with pytest.raises(ValueError, match="would be closed to the public"):
        system(services=(inside, service("sell")))


def test_a_facade_route_that_the_public_could_reach_is_refused() -> None:
    outside = service("buy", facade_routes=(Route(method="POST", path="/things/{id}/put-buy"),))
    with pytest.raises(ValueError, match="would be open to the public"):
        system(services=(outside, service("sell")))
