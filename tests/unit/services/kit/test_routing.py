from __future__ import annotations

from services.kit.routing import rule_of
from systems.service import Route


def test_an_argument_has_the_converter_of_its_name() -> None:
    assert (
        rule_of(Route(method="GET", path="/things/{thing_id}/of/{owner}"))
        == "/things/<thing_id:thing_id>/of/<owner:owner>"
    )
    assert rule_of(Route(method="GET", path="/things")) == "/things"
