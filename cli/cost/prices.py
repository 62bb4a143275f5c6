"""The dated price table, and what it says of one region."""

from __future__ import annotations

import datetime
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.errors import REFUSED, CommandError

FILE: Final = Path(__file__).parent / "prices.json"
_PAGES: Final = "https://aws.amazon.com/"


@dataclass(frozen=True, kw_only=True)
class Price:
    """One list price.

    Attributes:
        unit: of ``usd``, in words.
        source: AWS's page that has it.
        noted: the day on which it was written down.
        checked: what confirmed it.
        usd: by region.
    """

    unit: str
    source: str
    noted: datetime.date
    checked: str
    usd: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """All prices, each for all of ``regions``."""

    regions: tuple[str, ...]
    prices: Mapping[str, Price]

    def of(self, region: str) -> Mapping[str, float]:
        """USD of each price in a region.

        Raises:
            CommandError: the table lacks the region, exit code 2.
        """
        if region not in self.regions:
            nearest = difflib.get_close_matches(region, self.regions, n=1, cutoff=0.0)[0]
            raise CommandError(
                f"There are no prices for REGION={region}; the table has {', '.join(self.regions)}. "
                f"Did you mean REGION={nearest}?",
                exit_code=REFUSED,
            )
        return {name: price.usd[region] for name, price in self.prices.items()}

    @property
    def noted(self) -> str:
        """Days on which the prices were written down, such as ``2026-11-30`` or ``2026-11-30 to 2027-02-01``."""
        days = sorted({price.noted.isoformat() for price in self.prices.values()})
        return " to ".join(dict.fromkeys((days[0], days[-1])))


def read(file: Path = FILE) -> PriceTable:
    """Read the price table.

    Raises:
        ValueError: with every price that lacks its unit, page, date, check or a region.
    """
    document = json.loads(file.read_text(encoding="utf-8"))
    regions = tuple(document["regions"])
    found = document["prices"]
    problems = [f"{name}: {problem}" for name, price in found.items() for problem in _problems(price, regions)]
    if problems:
        raise ValueError("\n".join(problems))
    prices = {
        name: Price(**{**price, "noted": datetime.date.fromisoformat(price["noted"])}) for name, price in found.items()
    }
    return PriceTable(regions=regions, prices=prices)


def _problems(price: Mapping[str, Any], regions: tuple[str, ...]) -> list[str]:
    problems = [f"has no {key}" for key in ("unit", "source", "noted", "checked") if not price.get(key)]
    if price.get("source") and not price["source"].startswith(_PAGES):
        problems.append(f"{price['source']} is no page of AWS")
    try:
        datetime.date.fromisoformat(price.get("noted") or "1970-01-01")
    except ValueError:
        problems.append(f"{price['noted']} is no date")
    amounts = price.get("usd", {})
    problems += [f"has no price in {region}" for region in regions if not amounts.get(region, 0) > 0]
    problems += [f"has a price in {region}, which is no region of the table" for region in set(amounts) - set(regions)]
    return problems
