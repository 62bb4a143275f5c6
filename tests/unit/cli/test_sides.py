"""The key by which a side is picked."""

from __future__ import annotations

from typing import Any

import pytest

from cli import aws, sides
from cli.errors import CommandError
from settings.settings import Settings

SETTINGS = Settings.from_environ({})
OUTPUTS = {"canary_key_parameter": "/mysfits/dev/canary-key/a"}


class Ssm:
    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:
        assert (Name, WithDecryption) == ("/mysfits/dev/canary-key/a", True)
        return {"Parameter": {"Value": "k3y"}}


@pytest.fixture(autouse=True)
def ssm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda _, service: {"ssm": Ssm()}[service])


def test_the_header_has_side_and_key() -> None:
    header = sides.header_of_side(SETTINGS, OUTPUTS)
    assert header is not None
    assert dict(header("new")) == {"X-Canary": "new:k3y"}


def test_the_key_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    sides.print_key(SETTINGS, OUTPUTS)
    assert capsys.readouterr().out == "k3y\n"


def test_a_deployment_from_before_has_no_sides() -> None:
    assert sides.header_of_side(SETTINGS, {}) is None
    with pytest.raises(CommandError, match="run make deploy"):
        sides.print_key(SETTINGS, {})
