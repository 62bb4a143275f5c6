"""The settings FACADE and INTERNAL_PORT."""

from __future__ import annotations

import pytest

from policy.plans import environ_of
from settings.settings import Settings, SettingsError
from systems.facade_way import FacadeWay

PRODUCTION = environ_of("mysfits", "split", "production")


def way(**environ: str) -> FacadeWay:
    return Settings.from_environ(environ).facade_way


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return caught.value.problems


def test_services_come_by_the_public_load_balancer_but_in_production() -> None:
    assert way() is way(TARGET="aws") is FacadeWay.PUBLIC
    assert way(**PRODUCTION) is FacadeWay.INTERNAL
    assert way(PROFILE="production") is FacadeWay.PUBLIC, "the embedded AWS has one profile"


def test_it_may_be_chosen_in_every_profile() -> None:
    assert way(FACADE="internal") is FacadeWay.INTERNAL
    assert way(**PRODUCTION, FACADE="public") is FacadeWay.PUBLIC


def test_a_way_that_there_is_not_is_refused_with_the_nearest() -> None:
    assert problems(FACADE="intern") == ("FACADE=intern is not one of public, internal; did you mean FACADE=internal?",)


def test_a_system_without_a_facade_has_none_to_move() -> None:
    bookshop = {"SYSTEM": "examples/bookshop"}
    assert way(**PRODUCTION | bookshop | {"STAGE": ""}) is FacadeWay.PUBLIC
    assert problems(**bookshop, FACADE="internal") == ("FACADE=internal: bookshop has no facade; leave FACADE out.",)


def test_the_port_of_the_internal_load_balancer_has_to_be_free_of_others_only_where_there_is_one() -> None:
    assert Settings.from_environ({"ALB_PORT": "8082"}).internal_port == 8082
    (problem,) = problems(ALB_PORT="8082", FACADE="internal")
    assert problem == "INTERNAL_PORT and ALB_PORT are both 8082; give each a port of its own."


def test_the_internal_load_balancer_has_a_name_and_a_port_of_its_own() -> None:
    here = Settings.from_environ({"FACADE": "internal", "INTERNAL_PORT": "9082"})
    assert (here.internal_balancer_name, here.internal_listener_port) == ("mysfits-dev-internal", 9082)
    assert Settings.from_environ(PRODUCTION).internal_listener_port == 80
