"""The page's own rules for trying again, called as the modules they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import OpenSite

_TRY = """async ({ failures, retryAfterSeconds, kind }) => {
    const { ApiError } = await import("/api.js");
    const { withRetries } = await import("/retries.js");
    const pauses = [];
    let sent = 0;
    const send = async () => {
        sent += 1;
        if (sent <= failures) throw new ApiError(kind, "no", { retryAfterSeconds });
        return "done";
    };
    const pause = async (ms) => void pauses.push(ms);
    const result = await withRetries(send, { pause, chance: () => 0.5 }).catch((error) => error.message);
    return { result, sent, pauses };
}"""


@pytest.mark.parametrize(
    ("given", "result", "sent", "pauses"),
    [
        ({"failures": 0, "kind": "unreachable"}, "done", 1, []),
        ({"failures": 3, "kind": "unreachable"}, "done", 4, [300, 600, 1200]),
        ({"failures": 9, "kind": "unavailable"}, "no", 4, [300, 600, 1200]),
        ({"failures": 1, "kind": "unavailable", "retryAfterSeconds": 2}, "done", 2, [2300]),
        ({"failures": 1, "kind": "unavailable", "retryAfterSeconds": 60}, "no", 1, []),
        ({"failures": 1, "kind": "missing"}, "no", 1, []),
        ({"failures": 1, "kind": "broken"}, "no", 1, []),
    ],
)
def test_only_passing_failures_are_tried_again_and_never_sooner_than_asked(
    open_site: OpenSite, given: dict[str, Any], result: str, sent: int, pauses: list[int]
) -> None:
    answer = open_site().page.evaluate(_TRY, given)
    assert answer == {"result": result, "sent": sent, "pauses": pauses}


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("Thu, 01 Jan 1970 00:01:30 GMT", 30), (None, None), ("soon", None)]
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    open_site: OpenSite, header: str | None, seconds: int | None
) -> None:
    read = 'async (header) => (await import("/api.js")).retryAfter(header, 60_000)'
    assert open_site().page.evaluate(read, header) == seconds
