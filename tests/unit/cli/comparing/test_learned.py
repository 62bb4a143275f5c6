"""What a recording learns from requests, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.comparing.contract import Contract
from cli.comparing.learned import MOST_ALIKE, Learned, Seen
from mysfits.system import SYSTEM

LIST = Seen(
    method="GET",
    path="/mysfits",
    headers={"accept": "*/*", "user-agent": "curl", "Cookie": "AWSALBTG=x; AWSALBTGCORS=y", "X-Canary": "new:secret"},
    body=b"",
    status=200,
    answer_headers={"content-type": "application/json", "Date": "now", "Set-Cookie": "a=b"},
    answer_body=b'{"mysfits":[]}',
)


def test_methods_paths_bodies_and_answers_are_kept_and_other_headers_are_not() -> None:
    learned = Learned(SYSTEM)
    assert learned.see(LIST) == "GET /mysfits: 200"
    assert learned.see(replace(LIST, path="/mysfits?filter=x")) == ""
    text = learned.added_to(Contract()).text()
    assert '"Accept": "*/*"' in text
    assert '"mysfits": []' in text
    for dropped in ("curl", "Cookie", "AWSALB", "secret", "Date"):
        assert dropped not in text


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (replace(LIST, path="/docs?x=1"), "no declared route: GET /docs"),
        (replace(LIST, method="HEAD"), "no declared route: HEAD /mysfits"),
        (
            replace(LIST, path="/mysfits/1/fulfill-like", method="POST"),
            "no declared route: POST /mysfits/1/fulfill-like",
        ),
        (replace(LIST, status=503), "answered 503"),
        (
            replace(LIST, headers={"authorization": "Bearer x"}),
            "with credentials or cookies: the answer may be one person's",
        ),
        (replace(LIST, headers={"cookie": "session=1"}), "with credentials or cookies: the answer may be one person's"),
        (replace(LIST, answer_body=b"x" * 70_000), "a body above 64 KiB"),
        (replace(LIST, answer_body=b"\xff"), "a body that is no text"),
    ],
)
def test_what_is_nobodys_business_or_teaches_nothing_is_left_out_and_counted(seen: Seen, reason: str) -> None:
    learned = Learned(SYSTEM)
    assert learned.see(seen) == ""
    assert dict(learned.left_out) == {reason: 1}
    assert not learned.added_to(Contract()).exchanges


def test_the_table_tells_what_is_known_and_what_is_new() -> None:
    before = Learned(SYSTEM)
    before.see(LIST)
    known = before.added_to(Contract())
    learned = Learned(SYSTEM)
    for number in range(9):
        learned.see(replace(LIST, path=f"/mysfits/{number}"))
    learned.see(replace(LIST, path="/mysfits/none", status=404))
    learned.see(LIST)
    after = learned.added_to(known)
    assert learned.rows(known, after) == [
        ("GET /mysfits", "200", "1", "0"),
        ("GET /mysfits/{mysfit_id}", "200", str(MOST_ALIKE), str(MOST_ALIKE)),
        ("GET /mysfits/{mysfit_id}", "404", "1", "1"),
    ]
    assert learned.left_out == {"other requests of a route and status, of which 3 are known": 6}
