"""``make cost``, and the question that ``make deploy`` asks on AWS before it applies what costs money."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli import state_file
from cli.answers import agrees_to_cost, typed
from cli.cost import estimate, prices, stack_layout
from cli.cost.kinds import unknown
from cli.cost.report import Comparison, Report, difference, usd
from cli.errors import REFUSED, CommandError
from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.layout import Layout


def show(settings: Settings) -> None:
    """Print what the stage of the settings costs on AWS, whatever the target: this machine costs nothing.

    Raises:
        CommandError: the region has no prices, or the state cannot be read.
    """
    report(settings).show()


def report(settings: Settings) -> Report:
    """Estimate the stage of the settings on AWS and compare it; needs no account and no embedded AWS.

    Raises:
        CommandError: the region has no prices, or the state cannot be read.
    """
    table = prices.read()
    amounts = table.of(settings.region)
    stack = _stack(settings)
    layout = stack_layout.layout_of_stack(stack)
    mix = estimate.request_mix(settings.system, settings.stage_row)
    units = estimate.write_units(settings.system)
    deployed, yardstick = stack_layout.of_state(state_file.read(settings)), settings.system.yardstick

    def comparison(title: str, other: Layout) -> Comparison:
        return Comparison(title=title, cents=estimate.total_cents(estimate.fixed(other, amounts)))

    return Report(
        heading=f"{settings.system.title}, stage {settings.stage}, on AWS in {settings.region}; "
        f"prices of {table.noted}",
        fixed=estimate.fixed(layout, amounts),
        per_million=estimate.per_million(layout, amounts, mix, write_units=units),
        mix=mix,
        write_units=units,
        yardstick=comparison(yardstick.title, yardstick.layout) if yardstick else None,
        deployed=comparison(f"stage {deployed[0]}, which is deployed", deployed[1]) if deployed else None,
        without_nat=comparison("tasks with public addresses and no NAT gateway", layout.without_nat())
        if layout.nat_gateways
        else None,
        unpriced=unknown(stack_layout.types_of_stack(stack)),
    )


def confirm(settings: Settings) -> None:
    """On AWS, say what a deploy will cost and ask.

    FORCE=cost skips the question, as FORCE=1 does all of them. A deploy of the stage that stands, for the same money,
    is not asked about.

    Raises:
        CommandError: nobody said yes, exit code 2; nothing was changed.
    """
    if settings.is_local:
        return
    sentence = _sentence(settings)
    if sentence is None:
        return
    sys.stderr.write(f"{sentence}\n")
    if agrees_to_cost():
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(
            "Nobody is there to agree to that, so nothing was changed; say yes at a terminal, or set FORCE=cost.",
            exit_code=REFUSED,
        )
    if typed("Type yes to go on: ").lower() != "yes":
        raise CommandError("Not confirmed; nothing was changed.", exit_code=REFUSED)


def _sentence(settings: Settings) -> str | None:
    """What a deploy will cost a month; None where it is the stage that stands, for the same money."""
    what = f"{settings.name()} in stage {settings.stage}, {settings.region}"
    if settings.region not in prices.read().regions:
        return f"What {what}, costs is not known: the price table lacks the region."
    found = report(settings)
    if found.deployed is None:
        return f"{what}, costs {usd(found.total_cents)} USD a month and what its traffic adds (make cost)."
    if deployed_stage(settings) == settings.stage and found.deployed.cents == found.total_cents:
        return None
    change = difference(found.total_cents, found.deployed.cents)
    return (
        f"{what}, costs {usd(found.total_cents)} USD a month and what its traffic adds (make cost): {change} USD "
        f"against {found.deployed.title}."
    )


def deployed_stage(settings: Settings) -> str | None:
    """The stage that stands, by Terraform's state; None: nothing was applied to its end."""
    found = stack_layout.of_state(state_file.read(settings))
    return None if found is None else found[0]


def _stack(settings: Settings) -> dict[str, Any]:
    """The stack that goes to AWS, synthesised in a folder of its own: that of the settings may have another stage."""
    with tempfile.TemporaryDirectory() as folder:
        on_aws = replace(settings, target="aws", out_dir=Path(folder).resolve())
        synthesise(on_aws)
        document: dict[str, Any] = json.loads((on_aws.stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    return document
