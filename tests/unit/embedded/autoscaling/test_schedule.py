"""When schedules are due, in the words of the user guide's examples."""

from __future__ import annotations

import datetime as dt

import pytest

from embedded.autoscaling.schedule import Schedule, ScheduleError

FRIDAY_NOON = dt.datetime(2026, 1, 30, 12, tzinfo=dt.UTC)


def next_after(expression: str, *, timezone: str = "UTC", now: dt.datetime = FRIDAY_NOON) -> str:
    due = Schedule(expression=expression, timezone=timezone).next_after(now.timestamp(), began=now.timestamp())
    return "never" if due is None else dt.datetime.fromtimestamp(due, dt.UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0 10 * * ? *)", "2026-01-31 10:00"),
        ("cron(15 12 * * ? *)", "2026-01-30 12:15"),
        ("cron(0 12 * * ? *)", "2026-01-31 12:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-30 18:00"),
        ("cron(0 8 ? * MON-FRI *)", "2026-02-02 08:00"),
        ("cron(0 8 1 * ? *)", "2026-02-01 08:00"),
        ("cron(0/15 * * * ? *)", "2026-01-30 12:15"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-30 12:05"),
        ("cron(0 0 L * ? *)", "2026-01-31 00:00"),
        ("cron(0 0 LW * ? *)", "2026-02-27 00:00"),
        ("cron(0 0 31W * ? *)", "2026-03-31 00:00"),
        ("cron(0 0 1W * ? *)", "2026-02-02 00:00"),
        ("cron(0 9 ? 2 3#2 *)", "2026-02-10 09:00"),
        ("cron(0 9 ? * 6L *)", "2026-02-27 09:00"),
        ("cron(0 9 ? * L *)", "2026-01-31 09:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00"),
        ("cron(0 0 ? JAN,JUL SUN 2027)", "2027-01-03 00:00"),
        ("cron(0 0 30 2 ? *)", "never"),
        ("at(2026-01-30T12:00:01)", "2026-01-30 12:00"),
        ("at(2026-01-30T12:00:00)", "never"),
        ("rate(5 minutes)", "2026-01-30 12:05"),
        ("rate(1 hour)", "2026-01-30 13:00"),
        ("rate(1 day)", "2026-01-31 12:00"),
    ],
)
def test_what_comes_next(expression: str, due: str) -> None:
    assert next_after(expression) == due


def test_times_are_those_of_the_zone_in_summer_and_in_winter() -> None:
    july = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    assert next_after("cron(0 8 * * ? *)", timezone="Europe/Berlin") == "2026-01-31 07:00"
    assert next_after("cron(0 8 * * ? *)", timezone="Europe/Berlin", now=july) == "2026-07-01 06:00"
    assert next_after("at(2026-07-01T08:00:00)", timezone="Europe/Berlin") == "2026-07-01 06:00"


def test_a_rate_goes_on_from_where_it_began() -> None:
    began = FRIDAY_NOON.timestamp()
    assert Schedule(expression="rate(5 minutes)").next_after(began + 601, began=began) == began + 900


@pytest.mark.parametrize(
    ("expression", "timezone", "why"),
    [
        ("every day", "UTC", "no schedule"),
        ("cron(0 8 * * *)", "UTC", "5 fields"),
        ("cron(0 8 * * * *)", "UTC", "needs \\?"),
        ("cron(60 8 * * ? *)", "UTC", "60 is no value from 0 to 59"),
        ("cron(0 8 * * ? *)", "Mars/Olympus", "no time zone"),
        ("rate(0 minutes)", "UTC", "is none"),
        ("at(tomorrow)", "UTC", "is no time"),
    ],
)
def test_what_is_no_schedule_is_refused(expression: str, timezone: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        Schedule(expression=expression, timezone=timezone)
