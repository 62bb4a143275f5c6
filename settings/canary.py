"""How requests come to a new service or revision: the settings that begin with CANARY."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from settings.numbers import is_number

Idle = Literal["promote", "stop"]

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "CANARY": (
        "10,50",
        "percentages of its requests that a new service or revision gets before all of them; `off`: all at once",
    ),
    "CANARY_SECONDS": ("30", "how long each of these steps is watched"),
    "CANARY_REQUESTS": (
        "200",
        "requests after which a step need not be watched longer; never fewer than `CANARY_MIN_REQUESTS`",
    ),
    "CANARY_MIN_REQUESTS": (
        "20",
        "requests that are needed to judge a step by; with `CANARY_IDLE=stop` it waits for them as long again",
    ),
    "CANARY_IDLE": (
        "",
        "what becomes of a step that gets fewer: `stop` ends undecided, `promote` goes on if none failed; by default "
        "`stop` on AWS and `promote` on this machine",
    ),
    "CANARY_STICKY": ("", "`1`: while requests are shared, each visitor stays with who answered first, by a cookie"),
    "CANARY_ALARMS": ("", "names of CloudWatch alarms, separated by commas; one that is raised ends a step as worse"),
}
"""Every variable that is read here, with its default and what it means."""

IDLES: Final = ("promote", "stop")
_IDLE_BY_TARGET: Final = {"local": "promote", "aws": "stop"}
_OFF: Final = "off"


@dataclass(frozen=True, kw_only=True)
class CanarySettings:
    """How requests come to who is to serve them.

    Attributes:
        steps: rising percentages before all of them; none: all at once.
        seconds: how long a step is watched.
        requests: after which it need not be watched longer, if they are ``min_requests`` too.
        min_requests: that are needed to judge.
        idle: what becomes of a step that gets fewer.
        sticky: whether a visitor stays with who answered first while requests are shared.
        alarms: names of CloudWatch alarms that end a step.
    """

    steps: tuple[int, ...] = (10, 50)
    seconds: int = 30
    requests: int = 200
    min_requests: int = 20
    idle: Idle = "promote"
    sticky: bool = False
    alarms: tuple[str, ...] = ()

    @property
    def promotes_idle(self) -> bool:
        """Whether a step that too few requests came to goes on."""
        return self.idle == "promote"


def read(
    value: Callable[[str], str],
    count: Callable[[str], int],
    choice: Callable[[str, str, tuple[str, ...]], str],
    *,
    target: str,
    problems: list[str],
) -> CanarySettings:
    """Read the variables of DESCRIPTIONS.

    Args:
        value: text of a variable.
        count: the same as a number above 0.
        choice: checks that a variable's text is one of some.
        target: value of TARGET.
        problems: gets a line for each that is wrong.
    """
    idle = value("CANARY_IDLE") or _IDLE_BY_TARGET.get(target, "stop")
    return CanarySettings(
        steps=_steps(value("CANARY"), problems),
        seconds=count("CANARY_SECONDS"),
        requests=count("CANARY_REQUESTS"),
        min_requests=count("CANARY_MIN_REQUESTS"),
        idle=cast(Idle, choice("CANARY_IDLE", idle, IDLES)),
        sticky=choice("CANARY_STICKY", value("CANARY_STICKY") or "0", ("0", "1")) == "1",
        alarms=tuple(name.strip() for name in value("CANARY_ALARMS").split(",") if name.strip()),
    )


def _steps(text: str, problems: list[str]) -> tuple[int, ...]:
    """Rising percentages from 1 to 99; none when it is off."""
    if text == _OFF:
        return ()
    parts = [part.strip() for part in text.split(",")]
    steps = tuple(int(part) for part in parts if is_number(part) and len(part) <= 2)
    if not steps or len(steps) != len(parts) or list(steps) != sorted(set(steps)) or steps[0] == 0:
        problems.append(
            f"CANARY={text} is not a list of rising percentages from 1 to 99; try CANARY=10,50, or CANARY=off."
        )
    return steps
