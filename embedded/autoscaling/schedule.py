"""When a scheduled action is due: ``at(…)``, ``rate(…)`` and ``cron(…)`` as Application Auto Scaling has them.

Source: "Schedule recurring scaling actions using cron expressions" in the Application Auto Scaling user guide.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EXPRESSION: Final = re.compile(r"(at|rate|cron)\((.+)\)")
_RATE: Final = re.compile(r"([1-9]\d*) (minute|hour|day)s?")
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS: Final = tuple(name.upper() for name in calendar.month_abbr)
_DAYS: Final = ("", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST_SEARCH: Final = dt.timedelta(days=4 * 366)
"""A day that comes at all comes within the years between two 29ths of February."""


class ScheduleError(ValueError):
    """No schedule; the text says why in one line."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule in its time zone.

    Attributes:
        expression: as PutScheduledAction was given it.
        timezone: by its name in the time zone database.
    """

    expression: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what is no schedule."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ScheduleError(f"{self.timezone} is no time zone.") from problem
        self.next_after(0.0, began=0.0)

    def next_after(self, moment: float, *, began: float) -> float | None:
        """When it is due next, in epoch seconds.

        Args:
            moment: epoch seconds; what is due then is over.
            began: from when rates count.

        Returns:
            None: never again.
        """
        match = _EXPRESSION.fullmatch(self.expression.strip())
        if match is None:
            raise ScheduleError(f"{self.expression} is no schedule; use at(…), rate(…) or cron(…).")
        kind, inner = match.groups()
        if kind == "at":
            due = self._at(inner)
            return due if due > moment else None
        return self._rate(inner, moment, began) if kind == "rate" else self._cron(inner, moment)

    def _at(self, text: str) -> float:
        try:
            return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=ZoneInfo(self.timezone)).timestamp()
        except ValueError as problem:
            raise ScheduleError(f"at({text}) is no time; use at(yyyy-mm-ddThh:mm:ss).") from problem

    def _rate(self, text: str, moment: float, began: float) -> float:
        match = _RATE.fullmatch(text)
        if match is None:
            raise ScheduleError(f"rate({text}) is none; use for example rate(5 minutes).")
        seconds = int(match[1]) * _UNIT_SECONDS[match[2]]
        return began + (max(0, moment - began) // seconds + 1) * seconds

    def _cron(self, text: str, moment: float) -> float | None:
        fields = text.split()
        if len(fields) != 6:
            raise ScheduleError(f"cron({text}) has {len(fields)} fields; minutes, hours, day, month, weekday, year.")
        minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
        months, years = _numbers(fields[3], 1, 12, _MONTHS), _numbers(fields[5], 1970, 2199)
        if (fields[2] == "?") == (fields[4] == "?"):
            raise ScheduleError(f"cron({text}) needs ? for either the day of the month or the day of the week.")
        zone = ZoneInfo(self.timezone)
        now = dt.datetime.fromtimestamp(moment, zone)
        day = now.date()
        while day <= now.date() + _LONGEST_SEARCH:
            if day.year in years and day.month in months and _is_day(day, fields[2], fields[4]):
                for hour in sorted(hours):
                    for minute in sorted(minutes):
                        due = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()
                        if due > moment:
                            return due
            day += dt.timedelta(days=1)
        return None


def _is_day(day: dt.date, of_month: str, of_week: str) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if of_week == "?":
        if of_month == "L":
            return day.day == last
        if of_month.endswith("W"):
            return day.day == _nearest_weekday(day, last if of_month == "LW" else _one(of_month[:-1], 1, 31))
        return day.day in _numbers(of_month, 1, 31)
    number = day.isoweekday() % 7 + 1
    if "#" in of_week:
        which, _, count = of_week.partition("#")
        return number == _one(which, 1, 7, _DAYS) and (day.day - 1) // 7 + 1 == _one(count, 1, 5)
    if of_week.endswith("L") and of_week != "L":
        return number == _one(of_week[:-1], 1, 7, _DAYS) and day.day + 7 > last
    return number in ({7} if of_week == "L" else _numbers(of_week, 1, 7, _DAYS))


def _nearest_weekday(day: dt.date, wanted: int) -> int:
    """Day of the month: the weekday nearest to the wanted one that is in the same month."""
    last = calendar.monthrange(day.year, day.month)[1]
    if wanted > last:
        return 0
    weekday = day.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _numbers(field: str, first: int, last: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """What a field with ``*``, ``,``, ``-`` and ``/`` stands for."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            start, end = first, last
        else:
            low, dash, high = span.partition("-")
            start = _one(low, first, last, names)
            end = _one(high, first, last, names) if dash else last if step else start
        found.update(range(start, end + 1, _one(step, 1, last) if step else 1))
    return frozenset(found)


def _one(text: str, first: int, last: int, names: tuple[str, ...] = ()) -> int:
    upper = text.upper()
    number = names.index(upper) if upper and upper in names else int(text) if text.isascii() and text.isdigit() else -1
    if not first <= number <= last:
        raise ScheduleError(f"{text or 'nothing'} is no value from {first} to {last} in a cron expression.")
    return number
