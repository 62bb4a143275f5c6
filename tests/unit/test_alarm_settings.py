"""The setting ALARMS."""

from __future__ import annotations

import pytest

from settings.alarms import AlarmSettings
from settings.settings import Settings, SettingsError

TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"


def alarms(text: str, target: str = "aws") -> AlarmSettings:
    return Settings.from_environ({"TARGET": target, "ALARMS": text}).alarms


@pytest.mark.parametrize("target", ["aws", "local"])
def test_by_default_there_are_none(target: str) -> None:
    assert alarms("", target) == AlarmSettings(on=False)


def test_they_may_tell_nobody_or_topics() -> None:
    assert alarms("1") == AlarmSettings(on=True)
    assert alarms(f"{TOPIC}, {TOPIC}-2") == AlarmSettings(on=True, topic_arns=(TOPIC, f"{TOPIC}-2"))


@pytest.mark.parametrize("text", ["on-call", "0", f"{TOPIC},", f"{TOPIC}.fifo", ",".join([TOPIC] * 6)])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        alarms(text)
    assert caught.value.problems == (
        f"ALARMS={text} is not a list of at most 5 ARNs of SNS topics, separated by commas; try "
        "ALARMS=arn:aws:sns:REGION:ACCOUNT:TOPIC, or ALARMS=1 to tell nobody.",
    )


def test_the_embedded_aws_refuses_what_it_would_never_raise() -> None:
    with pytest.raises(SettingsError) as caught:
        alarms("1", "local")
    assert caught.value.problems == (
        "ALARMS=1 is for TARGET=aws: alarms of the embedded AWS tell nobody; leave ALARMS out.",
    )
