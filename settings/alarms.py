"""Who hears when something is wrong: the setting ALARMS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "ALARMS": (
        "",
        "ARNs of SNS topics, separated by commas, that hear of alarms on the services, AWS target only; `1`: alarms "
        "and their dashboard without telling anybody, as `PROFILE=production` has them by default; `dev` has none",
    ),
}
"""Every variable that is read here, with its default and what it means."""

_TOPIC: Final = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+")
_MOST_TOPICS: Final = 5
_NOBODY: Final = "1"


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """Whether there are alarms and a dashboard, and which SNS topics hear of them."""

    on: bool = False
    topic_arns: tuple[str, ...] = ()


def read(text: str, *, target: str, problems: list[str]) -> AlarmSettings:
    """Read ALARMS.

    Args:
        text: of the variable.
        target: value of TARGET.
        problems: gets a line if the text names no topics, or the target raises no alarms.
    """
    if not text:
        return AlarmSettings()
    if target == "local":
        problems.append(f"ALARMS={text} is for TARGET=aws: alarms of the embedded AWS tell nobody; leave ALARMS out.")
    if text == _NOBODY:
        return AlarmSettings(on=True)
    topics = tuple(part.strip() for part in text.split(","))
    if not all(_TOPIC.fullmatch(topic) for topic in topics) or len(topics) > _MOST_TOPICS:
        problems.append(
            f"ALARMS={text} is not a list of at most {_MOST_TOPICS} ARNs of SNS topics, separated by commas; try "
            "ALARMS=arn:aws:sns:REGION:ACCOUNT:TOPIC, or ALARMS=1 to tell nobody."
        )
    return AlarmSettings(on=True, topic_arns=topics)
