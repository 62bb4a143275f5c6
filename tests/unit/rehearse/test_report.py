from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from rehearse import charts, report
from rehearse.rehearsal import Story
from rehearse.task_killer import Kill
from rehearse.watch import Sample
from reporting import drawing
from tests.unit.rehearse.stories import counts, record, sample, story

RECORDS = [
    *(record(number) for number in range(12)),
    record(12, kind="like", path="/<script>alert(1)</script>", outcomes=["refused", "answered"]),
]
KILL = Kill(at=5.0, service="like", judged=True, steady_after_seconds=2.5)


class Page(HTMLParser):
    """What a page refers to, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]


def page_of(told: Story) -> str:
    drawn = charts.Charts(told)
    return report.page(
        report.document(told), timeline=drawing.svg(drawn.timeline()), latencies=drawing.svg(drawn.latencies())
    )


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(story(RECORDS, kills=[KILL], samples=[sample(0.0, like=counts()), sample(5.5, like=counts())]))


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    parsed = Page(page)
    assert [link for link in parsed.links if not link.startswith("#")] == []
    assert parsed.tags.count("svg") == 2
    assert "@import" not in page
    assert "url(http" not in page


def test_the_page_carries_the_whole_document(page: str) -> None:
    data = re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    document = json.loads(data[1])
    assert document["totals"]["all"]["requests"] == 14
    assert document["worst"][0]["path"] == "/<script>alert(1)</script>"


def test_what_others_wrote_is_text_on_the_page_and_not_markup(page: str) -> None:
    assert Page(page).tags.count("script") == 1
    assert "Apply glue: &lt;because&gt;" in page


def test_the_page_shows_the_verdict_criteria_hops_and_kills(page: str) -> None:
    for text in ("a criterion was missed", "Visits that failed", "1 of 13", "placeholder → monolith", "2.5 s"):
        assert text in page


def test_a_walk_without_a_fault_says_so() -> None:
    told = story([record(number) for number in range(12)])
    text = page_of(told)
    assert told.passed
    assert "every criterion met" in text
    assert "no failed request" in text
    assert "<h2>Faults</h2>" not in text


def test_the_document_is_plain_json_even_without_any_record() -> None:
    document: dict[str, Any] = report.document(story([]))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["totals"]["all"]["p99_seconds"] is None


def test_the_drawings_survive_a_walk_without_any_record() -> None:
    assert "<svg" in page_of(story([]))


def test_samples_are_kept_where_something_changed() -> None:
    samples = [sample(0.0), sample(1.0), sample(2.0, monolith=counts(healthy=1)), sample(3.0)]
    document = report.document(story(RECORDS, samples=samples))
    assert [kept["at"] for kept in document["samples"]] == [10.0, 12.0, 13.0]


def test_every_phase_has_the_number_that_the_drawing_shows() -> None:
    document = report.document(story(RECORDS))
    numbers = [phase["number"] for hop in document["hops"] for phase in hop["phases"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_kind_service_and_rule_is_drawn_however_many_there_are() -> None:
    names = [f"one-{number}" for number in range(12)]
    records = [record(number, kind=name) for number, name in enumerate(names)]
    looks = [
        Sample(at=float(at), services={name: counts() for name in names}, weights={f"/{n}": {n: 1.0} for n in names})
        for at in range(3)
    ]
    drawn = charts.Charts(story(records, samples=looks))
    assert len(drawn.latencies().axes[0].lines) == 12
    *_, weights, tasks = drawn.timeline().axes
    labels = [{line.get_label() for line in axes.lines} for axes in (weights, tasks)]
    assert {f"{name}: /{name}" for name in names} <= labels[0]
    assert {f"{name}, running" for name in names} <= labels[1]
