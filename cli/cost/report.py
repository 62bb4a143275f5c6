"""The table that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cli.cost import assumptions as given
from cli.cost.estimate import RequestMix, Row, total_cents
from cli.phases import as_sentence
from cli.progress import print_columns

HALVING: Final = {
    "tasks": "one task of each service where there are two, without a spare when one fails or is replaced",
    "nat": "one gateway for all zones where each has its own, or none, with a public address for each task",
    "alarms": "no dashboard; the first three of an account are free",
    "endpoints": "half as many services or zones that have one",
    "balancer": "FACADE=public where there are two; one is the least, and two environments could share it",
    "addresses": "tasks in private subnets, behind the address of one NAT gateway",
    "stored": "registries that keep half as many images",
}
"""What would halve a row of the fixed costs, by its key."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Another deployment's cost.

    Attributes:
        title: what it is called in a sentence.
        cents: a month.
    """

    title: str
    cents: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that ``make cost`` prints.

    Attributes:
        heading: what is estimated, for whom and when.
        fixed: rows of a month.
        per_million: rows of a million requests.
        mix: shares that these were computed with.
        write_units: of a request that writes.
        yardstick: somebody else's deployment of the same system, if one is declared.
        deployed: what is deployed now, if anything is.
        without_nat: the same stage with another way out of its tasks; None where it has no NAT gateway.
        unpriced: resource types that no row has.
    """

    heading: str
    fixed: Sequence[Row]
    per_million: Sequence[Row]
    mix: RequestMix
    write_units: int
    yardstick: Comparison | None
    deployed: Comparison | None
    without_nat: Comparison | None
    unpriced: Sequence[str]

    @property
    def total_cents(self) -> int:
        """Of a month."""
        return total_cents(self.fixed)

    @property
    def share_percent(self) -> int | None:
        """Of the yardstick's cost; None without one."""
        return None if self.yardstick is None else round(100 * self.total_cents / self.yardstick.cents)

    def show(self) -> None:
        """Print it on stdout."""
        print(f"{self.heading}\n")
        _table("Fixed", "USD a month", self.fixed)
        print()
        _table("With traffic", "USD a million requests", self.per_million)
        print()
        for line in (*self._verdicts(), *self._footnotes()):
            print(line)

    def _verdicts(self) -> list[str]:
        dearest = max(self.fixed, key=lambda row: row.cents)
        lines = [
            f"Costs most: {dearest.title}, {usd(dearest.cents)} USD, {_percent(dearest.cents, self.total_cents)}.",
            f"Would halve that: {HALVING[dearest.key]}.",
        ]
        if self.yardstick:
            lines.append(
                f"Compared with {self.yardstick.title}, {usd(self.yardstick.cents)} USD: {self.share_percent} % of it."
            )
        if self.without_nat:
            change = difference(self.without_nat.cents, self.total_cents)
            what = as_sentence(self.without_nat.title)
            lines.append(f"{what} would cost {usd(self.without_nat.cents)} USD a month: {change}.")
        if self.deployed:
            lines.append(
                f"Compared with {self.deployed.title}, {usd(self.deployed.cents)} USD: "
                f"{difference(self.total_cents, self.deployed.cents)} USD a month."
            )
        lines += [f"Not priced, because the price table does not know it: {kind}." for kind in self.unpriced]
        return lines

    def _footnotes(self) -> list[str]:
        return [
            "",
            f"A month has {given.HOURS_PER_MONTH} hours. List prices without taxes, free tiers and discounts. "
            "A canary has no tasks in rest; a walk's cost minutes.",
            f"Stored: {given.REGISTRY_GB:g} GB a registry, {given.TABLE_GB:g} GB a table, "
            f"{given.BUCKET_GB:g} GB a bucket.",
            f"A request has {given.REQUEST_BYTES:,} bytes, its answer {given.ANSWER_BYTES:,}, its line in the log "
            f"{given.LOG_BYTES:,}, and a connection of its own.",
            f"{_percent(self.mix.writing)} of the requests write, {self.write_units} write units each; the rest read, "
            f"{given.READ_UNITS} read unit each. {_percent(self.mix.through_facade)} pass a load balancer twice, "
            "because a service asks the monolith.",
        ]


def usd(cents: int) -> str:
    """Dollars and cents, such as ``1,096.27``."""
    return f"{cents / 100:,.2f}"


def difference(new_cents: int, old_cents: int) -> str:
    """Dollars and cents with a sign, such as ``+9.01``; ``±0.00`` for none."""
    return f"{(new_cents - old_cents) / 100:+,.2f}" if new_cents != old_cents else "±0.00"


def _table(title: str, unit: str, rows: Sequence[Row]) -> None:
    total = total_cents(rows)
    lines = [(row.title, row.amount, usd(row.cents).rjust(len(unit)), _percent(row.cents, total)) for row in rows]
    lines.append(("Total", "", usd(total).rjust(len(unit)), ""))
    print_columns(title, (title, "", unit, "Share"), lines)


def _percent(part: float, whole: float = 1) -> str:
    return f"{part / whole * 100:.0f} %" if whole else "–"
