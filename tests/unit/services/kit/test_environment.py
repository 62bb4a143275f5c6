from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

import pytest

from services.adopt.app import read_settings as read_adopt_settings
from services.facade.change_service import ChangeServiceSettings
from services.facade.monolith_facade import FacadeSettings
from services.kit.environment import SettingsError
from services.like.app import read_settings as read_like_settings
from services.monolith.settings import MonolithSettings
from services.mysfits.like_batch import Tables
from services.mysfits.store_settings import StoreSettings

MONOLITH = {"AWS_REGION": "eu-central-1", "DDB_TABLE_NAME": "mysfits-dev", "LEDGER_TABLE_NAME": "ledger-dev"}
KEY = "first-key-" + "1" * 30
OTHER_KEY = "other-key-" + "2" * 30

ReadSettings = Callable[[Mapping[str, str]], ChangeServiceSettings]


def test_defaults_are_the_containers() -> None:
    settings = MonolithSettings.from_environ(MONOLITH)
    server = settings.server
    assert (server.port, server.site_origins, server.shutdown_grace_seconds) == (80, (), 1.0)
    assert ipaddress.ip_address(server.host).is_unspecified
    assert (settings.store.region, settings.routes) == ("eu-central-1", ())
    assert (settings.store.tables.mysfits, settings.store.tables.ledger) == ("mysfits-dev", "ledger-dev")
    assert settings.fulfill_keys.live == ()


def test_everything_can_be_set() -> None:
    more = {"HOST": "127.0.0.1", "PORT": "0", "SITE_ORIGIN": "http://127.0.0.1:8081", "SHUTDOWN_GRACE_SECONDS": "0.5"}
    settings = MonolithSettings.from_environ(MONOLITH | more | {"MYSFIT_ACTIONS": "like, adopt,like"})
    server = settings.server
    assert (server.host, server.port, server.site_origins) == ("127.0.0.1", 0, ("http://127.0.0.1:8081",))
    assert (server.shutdown_grace_seconds, settings.routes) == (0.5, ("like", "adopt"))


def test_the_site_may_have_several_origins() -> None:
    several = MONOLITH | {"SITE_ORIGIN": "http://127.0.0.1:8081, http://localhost:8081,http://127.0.0.1:8081"}
    origins = MonolithSettings.from_environ(several).server.site_origins
    assert origins == ("http://127.0.0.1:8081", "http://localhost:8081")


@pytest.mark.parametrize(
    "odd", ["*", "null", "localhost:8081", "http://site/", "http://a http://b", "http://a;http://b"]
)
def test_one_odd_origin_spoils_the_list(odd: str) -> None:
    with pytest.raises(SettingsError, match="SITE_ORIGIN="):
        MonolithSettings.from_environ(MONOLITH | {"SITE_ORIGIN": f"http://127.0.0.1:8081,{odd}"})


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(SettingsError) as caught:
        MonolithSettings.from_environ(
            {
                "PORT": "http",
                "HOST": "a b",
                "SITE_ORIGIN": "http://site/",
                "SHUTDOWN_GRACE_SECONDS": "60",
                "AWS_REGION": "Frankfurt",
                "MYSFIT_ACTIONS": "like,hug",
            }
        )
    named = {problem.replace("=", " ").split(" ")[0] for problem in caught.value.problems}
    assert named == {
        "PORT",
        "HOST",
        "SITE_ORIGIN",
        "SHUTDOWN_GRACE_SECONDS",
        "AWS_REGION",
        "DDB_TABLE_NAME",
        "LEDGER_TABLE_NAME",
        "MYSFIT_ACTIONS",
    }


@pytest.mark.parametrize("port", ["65536", "-1", "80.5.1", "1e3", "８０"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match="PORT="):
        MonolithSettings.from_environ(MONOLITH | {"PORT": port})


@pytest.mark.parametrize(
    "url", ["", "  ", "http://alb.example", "https://alb.example/path", "alb.example/path", "alb:http", "a b"]
)
def test_monolith_url_with_the_workshops_scheme_or_a_path_is_refused(url: str) -> None:
    for read in (
        read_like_settings,
        read_adopt_settings,
    ):
        with pytest.raises(SettingsError, match="MONOLITH_URL"):
            read({"MONOLITH_URL": url, "FULFILL_KEY": KEY})


FACADE = {"MONOLITH_URL": "127.0.0.1:8080", "FULFILL_KEY": KEY}


@pytest.mark.parametrize(
    "read",
    [
        read_like_settings,
        read_adopt_settings,
    ],
)
def test_service_with_a_monolith_url_lets_the_monolith_store(read: ReadSettings) -> None:
    assert read(FACADE).persistence == FacadeSettings(monolith_url="127.0.0.1:8080", fulfill_key=KEY)


@pytest.mark.parametrize("keys", [f"{KEY},{OTHER_KEY}", f" {KEY} , {OTHER_KEY}"])
def test_caller_sends_the_first_key(keys: str) -> None:
    settings = read_like_settings(FACADE | {"FULFILL_KEY": keys})
    assert isinstance(settings.persistence, FacadeSettings)
    assert settings.persistence.fulfill_key == KEY


def test_like_service_with_tables_persists_by_itself() -> None:
    tables = Tables(mysfits="mysfits-dev", ledger="ledger-dev")
    assert read_like_settings(MONOLITH).persistence == StoreSettings(region="eu-central-1", tables=tables)
    with pytest.raises(SettingsError, match="LEDGER_TABLE_NAME is not set"):
        read_like_settings({name: value for name, value in MONOLITH.items() if name != "LEDGER_TABLE_NAME"})


def test_adoption_service_with_a_table_persists_by_itself_without_a_ledger() -> None:
    environ = {"AWS_REGION": "eu-central-1", "DDB_TABLE_NAME": "mysfits-dev"}
    tables = Tables(mysfits="mysfits-dev", ledger=None)
    assert read_adopt_settings(environ).persistence == StoreSettings(region="eu-central-1", tables=tables)


@pytest.mark.parametrize(
    "read",
    [
        read_like_settings,
        read_adopt_settings,
    ],
)
@pytest.mark.parametrize(("environ", "advice"), [({}, "set one of them"), (MONOLITH | FACADE, "unset one of them")])
def test_both_ways_to_store_or_none_is_one_problem(read: ReadSettings, environ: dict[str, str], advice: str) -> None:
    with pytest.raises(SettingsError, match=advice) as caught:
        read(environ)
    assert len(caught.value.problems) == 1


def test_facade_without_a_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="FULFILL_KEY is not set"):
        read_like_settings({"MONOLITH_URL": "127.0.0.1:8080"})
    for action in ("fulfill-like", "fulfill-adopt"):
        with pytest.raises(SettingsError, match=f"FULFILL_KEYS is not set, so {action}"):
            MonolithSettings.from_environ(MONOLITH | {"MYSFIT_ACTIONS": f"like,{action}"})


def test_monolith_takes_two_keys_from_one_variable_or_from_two() -> None:
    for environ in (
        {"FULFILL_KEYS": f"{KEY},{OTHER_KEY}"},
        {"FULFILL_KEYS": KEY, "FULFILL_KEYS_OTHER": OTHER_KEY},
        {"FULFILL_KEYS": f"{KEY},{OTHER_KEY}", "FULFILL_KEYS_OTHER": OTHER_KEY},
    ):
        settings = MonolithSettings.from_environ(MONOLITH | environ)
        assert settings.fulfill_keys.live == (KEY, OTHER_KEY)
        assert KEY not in repr(settings)
    with pytest.raises(SettingsError, match="more than two"):
        MonolithSettings.from_environ(MONOLITH | {"FULFILL_KEYS": f"{KEY},{OTHER_KEY},{'3' * 40}"})


@pytest.mark.parametrize("odd", ["short", "x" * 129, "with space" * 4, "ä" * 40, f"{'k' * 40},short"])
def test_odd_key_is_refused_without_being_shown(odd: str) -> None:
    for read, environ in (
        (MonolithSettings.from_environ, MONOLITH | {"FULFILL_KEYS": odd}),
        (read_like_settings, FACADE | {"FULFILL_KEY": odd}),
    ):
        with pytest.raises(SettingsError, match="FULFILL_KEY") as caught:
            read(environ)
        assert odd not in str(caught.value)
