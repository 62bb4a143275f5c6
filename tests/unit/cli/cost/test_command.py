"""From settings to a report: which stack is estimated, and what it is compared with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cli import state_file
from cli.cost import command, estimate, prices
from cli.cost.stack_layout import layout_of_stack
from settings.settings import Settings
from tests.unit.cli.cost.test_stack_layout import balancer, network, service, stack

STACK = stack(network("a", "b"), balancer(), service("mysfits-dev-like"))
LAYOUT = layout_of_stack(STACK)
GLUE: dict[str, Any] = {
    "version": 4,
    "outputs": {"stage": {"value": "glue"}},
    "resources": [{"mode": "managed", "type": "aws_nat_gateway", "instances": [{"attributes": {}}]}],
}


class World:
    """What synthesis makes, and what was asked for."""

    def __init__(self) -> None:
        self.stack = STACK
        self.state: dict[str, Any] = {}
        self.synthesised: list[Settings] = []

    def synthesise(self, settings: Settings) -> None:
        self.synthesised.append(settings)
        settings.stack_dir.mkdir(parents=True)
        (settings.stack_dir / "cdk.tf.json").write_text(json.dumps(self.stack))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(command, "synthesise", made.synthesise)
    monkeypatch.setattr(state_file, "read", lambda _: made.state)
    return made


SETTINGS = Settings.from_environ({"STAGE": "split", "REGION": "eu-west-1"})
EURO = prices.read().of("eu-west-1")


def cents_of(layout: Any) -> int:
    return estimate.total_cents(estimate.fixed(layout, EURO))


def test_the_stage_is_estimated_on_aws_whatever_the_target_in_a_folder_that_goes(world: World) -> None:
    found = command.report(SETTINGS)
    (asked,) = world.synthesised
    assert (asked.target, asked.stage, asked.region) == ("aws", "split", "eu-west-1")
    assert asked.out_dir != SETTINGS.out_dir
    assert not asked.out_dir.exists()
    assert found.fixed == estimate.fixed(LAYOUT, EURO)
    assert f"stage split, on AWS in eu-west-1; prices of {prices.read().noted}" in found.heading
    assert found.heading.startswith(SETTINGS.system.title)


def test_traffic_is_that_of_the_system_in_the_stage(world: World) -> None:
    found = command.report(SETTINGS)
    mix = estimate.request_mix(SETTINGS.system, SETTINGS.stage_row)
    assert mix.through_facade > 0
    assert (found.mix, found.write_units) == (mix, 4)
    assert found.per_million == estimate.per_million(LAYOUT, EURO, mix, write_units=4)
    assert world.synthesised


@pytest.mark.usefixtures("world")
def test_it_is_compared_with_the_workshop_and_with_no_nat_gateway() -> None:
    found = command.report(SETTINGS)
    yardstick = SETTINGS.system.yardstick
    assert yardstick is not None
    assert found.yardstick is not None
    assert (found.yardstick.title, found.yardstick.cents) == (yardstick.title, cents_of(yardstick.layout))
    assert found.without_nat is not None
    assert found.without_nat.cents == cents_of(LAYOUT.without_nat()) != found.total_cents
    assert found.deployed is None
    assert found.unpriced == []


def test_without_a_yardstick_and_a_gateway_there_is_nothing_of_that(world: World) -> None:
    world.stack = {**stack(network("a", "b", mode="none")), "resource": {"aws_sqs_queue": {"this": {}}}}
    found = command.report(replace(SETTINGS, system=replace(SETTINGS.system, yardstick=None)))
    assert (found.yardstick, found.without_nat) == (None, None)
    assert found.unpriced == ["aws_sqs_queue"]


def test_what_stands_is_compared_with_by_its_state(world: World) -> None:
    assert command.deployed_stage(SETTINGS) is None
    world.state = GLUE
    assert command.deployed_stage(SETTINGS) == "glue"
    deployed = command.report(SETTINGS).deployed
    assert deployed is not None
    assert deployed.title == "stage glue, which is deployed"
    assert deployed.cents == cents_of(replace(layout_of_stack({}), nat_gateways=1))


def test_the_report_is_printed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    command.show(SETTINGS)
    assert "on AWS in eu-west-1" in capsys.readouterr().out
    assert len(world.synthesised) == 1
