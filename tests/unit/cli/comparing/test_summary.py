"""A comparison in words: short, with every number, and nothing hidden."""

from __future__ import annotations

from cli.comparing import summary
from cli.comparing.exchange import Answer, Request
from cli.comparing.fields import Difference
from cli.comparing.rounds import Comparison, Outcome
from cli.comparing.selection import Asked

STOCK = Asked(request=Request(method="GET", path="/stock"), recorded_status=200)
ORDER = Asked(request=Request(method="POST", path="/orders"), recorded_status=201)
OK = Answer(status=200)


def outcome(*fields: str, **more: object) -> Outcome:
    differences = tuple(Difference(path=("body", name), old=12, new=13) for name in fields)
    return Outcome(**{"asked": STOCK, "old": OK, "differences": differences, **more})  # type: ignore[arg-type]


def test_a_diff_names_request_field_and_both_values() -> None:
    assert summary.diff(Comparison(outcomes=(outcome(), outcome("price", "sold")))) == (
        "  GET /stock\n    body.price  12 → 13\n    body.sold   12 → 13"
    )


def test_a_long_diff_is_cut_with_how_much_more_there_is() -> None:
    lines = summary.diff(Comparison(outcomes=(outcome(*map(str, range(50))),))).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "  and 31 more lines; make compare shows each request"


def test_the_counts_say_everything_that_was_asked_and_left_out() -> None:
    found = Comparison(
        outcomes=(
            outcome("price"),
            outcome(),
            outcome(moves=(("body", "sold"),)),
            outcome(unsteady=True),
            outcome(ignored=2),
            outcome(old=Answer(status=404)),
        ),
        unsent=(ORDER,),
        late=(STOCK, STOCK),
    )
    assert summary.counts(found) == (
        "5 of 6 requests are answered the same; 2 of them but for what moves by itself; 1 differ where they may; "
        "1 by both sides with 404 where 200 was recorded; 1 writes were left out: the system has no header that "
        "knows a repetition; 2 were left out for time"
    )
    assert summary.counts(Comparison(outcomes=(outcome(),))) == "1 of 1 requests are answered the same"


def test_the_table_has_a_line_for_each_request() -> None:
    found = Comparison(
        outcomes=(
            outcome("a", "b", "c", "d"),
            outcome(moves=(("body", "sold"),)),
            outcome(unsteady=True),
            outcome(ignored=2),
            outcome(old=Answer(status=404)),
            outcome("x", old=Answer(problem="none within 5 s")),
        ),
        unsent=(ORDER,),
        late=(STOCK,),
    )
    assert summary.rows(found) == [
        ("GET /stock", "200", "different", "body.a 12 → 13, body.b 12 → 13, body.c 12 → 13 and 1 more"),
        ("GET /stock", "200", "same", "moves by itself: body.sold"),
        ("GET /stock", "200", "same", "differed once, and not again"),
        ("GET /stock", "200", "same", "2 fields differ and may"),
        ("GET /stock", "404", "same", "recorded as 200"),
        ("GET /stock", "none", "different", "body.x 12 → 13"),
        ("POST /orders", "", "not asked", "a repetition would count twice"),
        ("GET /stock", "", "not asked", "no time was left"),
    ]
