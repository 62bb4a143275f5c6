"""New revisions and paths that move earn their requests: who is worse is given up, and who is good misses none.

Two deployments of a small system live through all of it, begun when the unit tests are over; the tests read what was
seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from tests.ahead import Ahead
from tests.local.market.deliveries import PATHS, Delivery
from tests.local.market.story import BAD, KINDS, paths, revisions

# Some thirty deploys, on a machine that runs other tests: whoever comes first waits for all of them.
pytestmark = pytest.mark.timeout(1800)
GOOD = ("revision good", "killed", "rollback", "rollback after a kill", "path good", "to the monolith")
KILLED_IN = {
    "killed": (
        "the new revision becomes steady beside the old one",
        "compare",
        "a share of the requests",
        "watch",
        "the services' own tasks take the new revision",
        "the services' own tasks have their requests again",
        "no task is left beside the services' own",
    ),
    "to the monolith": (
        "a share of the path goes back",
        "watch",
        "the path goes back to the monolith",
        "everything in the monolith",
    ),
    "path good": (
        "the new service becomes steady",
        "compare",
        "a share of the path",
        "watch",
        "everything but the weights",
        "the path goes to the new service",
    ),
}


def images(text: str) -> list[str]:
    """Images of the services' own tasks in a status, or of a row of the releases."""
    return re.findall(r"(?:test-| )((?:monolith|offers):\S+)", text)


@pytest.fixture(scope="module")
def seen(ahead: Ahead) -> Mapping[str, Delivery]:
    return {**ahead.result(revisions), **ahead.result(paths)}


@pytest.mark.ahead(work=revisions)
@pytest.mark.ahead(work=paths)
@pytest.mark.parametrize(("kind", "manners"), KINDS)
def test_who_is_worse_is_given_up_and_costs_at_most_its_share(
    kind: str, manners: str, seen: Mapping[str, Delivery]
) -> None:
    delivery = seen[f"{kind} {manners}"]
    assert delivery.code == 3, delivery.said
    assert re.search(BAD[manners], delivery.said)
    assert "All requests are with" in delivery.said
    assert delivery.visits > 200
    told = re.search(r" at (\d+) % is worse than", delivery.said)
    share = int(told[1]) if told else 100
    assert share == 10 or manners in {"weak", "slow"}, "what fails at once is seen at once"
    assert delivery.failed <= share / 100 * delivery.visits / len(PATHS)
    assert "Unfinished" not in delivery.status
    assert seen[f"after {kind} {manners}"].seen == {(200, "offers good" if kind == "revision" else "monolith good"): 20}


def test_a_path_is_compared_with_the_same_path_of_the_monolith(seen: Mapping[str, Delivery]) -> None:
    """Half a second for most of what the monolith is asked would excuse offers that take 300 ms more."""
    assert "monolith on these paths: " in seen["path slow"].said
    assert seen["path slow"].served_by("monolith good") > seen["path slow"].visits / 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("revision wrong", "The new revision of offers answers 2 of 2 requests otherwise than offers"),
        ("path wrong", "Offers answers 2 of 2 requests otherwise than monolith"),
    ],
)
def test_one_wrong_field_of_an_answer_is_stopped_before_any_visitor_sees_it(
    name: str, said: str, seen: Mapping[str, Delivery]
) -> None:
    delivery = seen[name]
    assert delivery.code == 3, delivery.said
    assert said in delivery.said
    assert "\n  GET /offers\n    body.price  12 → 13\n" in delivery.said
    assert delivery.visits > 100
    assert delivery.failed == 0
    assert delivery.served_by("offers wrong") == 0, delivery.seen
    assert "Unfinished" not in delivery.status
    assert "Canary" not in delivery.status


def test_who_answers_the_same_is_compared_first_and_goes_on(seen: Mapping[str, Delivery]) -> None:
    assert "Compare" not in seen["first deploy"].said
    assert "requests are answered the same" in seen["revision good"].said, seen["revision good"].said
    assert "compare" not in seen["rollback"].said.lower()


def test_what_passes_a_recording_is_answered_as_before_and_written_down(seen: Mapping[str, Delivery]) -> None:
    recorded = seen["recorded"]
    assert recorded.code == 0, recorded.said
    assert recorded.seen == {(200, "offers good"): 2, (200, "monolith good"): 1}
    assert [line.split() for line in recorded.said.splitlines() if line.startswith("GET /offers")] == [
        ["GET", "/offers", "200", "2", "2"]
    ]
    assert "no declared route: GET /elsewhere" in recorded.said
    requested = [one["request"]["path"] for one in json.loads(seen["contract"].said)["exchanges"]]
    assert requested == ["/offers", "/offers?page=2"]
    assert "AWSALBTG" not in seen["contract"].said


def test_answers_are_compared_alone_at_any_time(seen: Mapping[str, Delivery]) -> None:
    same, wrong = seen["compare same"], seen["compare wrong"]
    assert same.code == 0, same.said
    assert same.said.count(" same") >= 2
    assert wrong.code == 3, wrong.said
    assert "body.price  12 → 13" in wrong.said
    assert seen["compare monolith"].code == 0
    assert "the same tasks" in seen["compare monolith"].said
    assert seen["compare nobody"].code == 2
    assert "name one of: monolith, offers" in seen["compare nobody"].said


def test_a_revision_whose_tasks_end_is_given_up_before_a_request_comes_to_it(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["revision dead"]
    assert delivery.code == 3, delivery.said
    assert "offers cannot find its stock" in delivery.said
    assert delivery.failed == 0


def test_a_step_that_nobody_comes_to_ends_undecided_and_shows_in_the_status(seen: Mapping[str, Delivery]) -> None:
    assert seen["nobody comes"].code == 4, seen["nobody comes"].said
    assert "Only 0 requests came to the new revision of offers at 50 %" in seen["nobody comes"].said
    assert "Canary of offers" in seen["what stands then"].said
    assert "50 % of its requests" in seen["what stands then"].said
    assert "release" in seen["what stands then"].said


def test_a_rollback_gives_up_what_is_undecided_and_nothing_else(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["rollback of what is undecided"]
    assert delivery.code == 0, delivery.said
    assert "Back to split with monolith" in delivery.said
    assert images(delivery.status) == images(seen["rollback"].status)
    assert "the services' own tasks take" not in delivery.said
    assert "Canary" not in delivery.status
    assert delivery.failed == 0


def test_a_visitor_stays_with_who_answered_first_when_that_is_asked_for(seen: Mapping[str, Delivery]) -> None:
    visitors = [seen[f"visitor {number}"] for number in range(16)]
    assert all("AWSALBTG" in visitor.said for visitor in visitors)
    assert all(len(visitor.seen) == 1 for visitor in visitors)
    assert {by for visitor in visitors for _, by in visitor.seen} == {"offers good", "offers good 2"}


@pytest.mark.parametrize("name", GOOD)
def test_who_is_good_gets_everything_and_no_request_fails(name: str, seen: Mapping[str, Delivery]) -> None:
    delivery = seen[name]
    assert delivery.code == 0, delivery.said
    assert delivery.failed == 0, delivery.seen
    assert delivery.visits > 200


def test_a_good_revision_is_tried_beside_the_old_one_first(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["revision good"]
    assert "watch the new revision of offers at 50 %" in delivery.said.lower()
    assert delivery.served_by("offers good") > 0
    assert delivery.served_by("offers good 2") > 0
    assert "Canary" not in delivery.status


def test_a_plan_in_rest_is_empty(seen: Mapping[str, Delivery]) -> None:
    assert "no changes" in seen["plan in rest"].said


@pytest.mark.parametrize("name", KILLED_IN)
def test_what_a_delivery_left_that_was_killed_in_every_phase_is_told_and_gone_on_with(
    name: str, seen: Mapping[str, Delivery]
) -> None:
    statuses = {key.partition(" in: ")[2]: one.status for key, one in seen.items() if key.startswith(f"{name} in: ")}
    assert tuple(statuses) == KILLED_IN[name]
    for phase, status in statuses.items():
        assert "\nUnfinished" in status, phase
        assert "\nSince" in status, phase
    whose = "Canary of offers" if name == "killed" else "Paths of offers"
    assert whose in statuses["watch"]
    assert "Unfinished" not in seen[name].status
    assert "Canary" not in seen[name].status
    assert "Paths of" not in seen[name].status


def test_a_rollback_goes_to_any_release_as_a_delivery_like_any_other(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["rollback"]
    assert "watch the new revision of offers at 10 %" in delivery.said.lower()
    assert {(200, "offers good 3"), (200, "offers good")} <= set(delivery.seen)
    assert images(delivery.status) == images(seen["releases"].said.splitlines()[1])
    assert "Canary" not in delivery.status


def test_a_rollback_to_a_release_that_there_never_was_changes_nothing(seen: Mapping[str, Delivery]) -> None:
    refused = seen["rollback to none"]
    assert refused.code == 2
    assert "There is no release 99; make releases lists" in refused.said


def test_a_rollback_takes_back_what_a_killed_deploy_had_begun(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["rollback after a kill"]
    assert "Canary" not in delivery.status
    assert images(delivery.status) == images(seen["rollback"].status)
    assert set(delivery.seen) >= {(200, "offers good"), (200, "monolith good")}


def test_an_alarm_that_is_raised_gives_back_every_request(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["alarm"]
    assert delivery.code == 3, delivery.said
    assert "the alarm by hand is raised (by hand)" in delivery.said
    assert delivery.failed == 0
    assert "Canary" not in delivery.status


def test_with_an_alarm_that_is_raised_already_nothing_begins(seen: Mapping[str, Delivery]) -> None:
    refused = seen["alarm before"]
    assert refused.code == 2, refused.said
    assert "CANARY_ALARMS=by hand: the alarm by hand is raised" in refused.said
    assert "Nothing was changed" in refused.said


def test_the_releases_are_listed_with_their_results(seen: Mapping[str, Delivery]) -> None:
    lines = seen["releases"].said.splitlines()
    results = [line.split("  ")[-1] for line in lines[1:]]
    assert results[:5] == ["done", *["returned"] * 4]
    assert "undecided" in results
    assert "cut off" in results
    assert results[-1] == "done, live"


def test_what_a_rollback_goes_back_to_is_a_release_of_its_own(seen: Mapping[str, Delivery]) -> None:
    rows = seen["releases then"].said.splitlines()[-2:]
    assert [row.split("  ")[-1] for row in rows] == ["undecided", "done, live"]
    assert images(rows[0]) != images(rows[1]) == images(seen["rollback"].status)


def test_what_was_killed_is_no_release_after_a_rollback(seen: Mapping[str, Delivery]) -> None:
    rows = seen["releases after a kill"].said.splitlines()[-2:]
    assert [row.split("  ")[-1] for row in rows] == ["cut off", "done, live"]
    assert images(rows[0]) != images(rows[1]) == images(seen["rollback"].status)


def test_nobody_watches_a_first_deploy(seen: Mapping[str, Delivery]) -> None:
    assert seen["first deploy"].code == 0, seen["first deploy"].said
    assert "Watch" not in seen["first deploy"].said


def test_on_the_way_back_the_monolith_earns_its_requests_too(seen: Mapping[str, Delivery]) -> None:
    delivery = seen["way back"]
    assert delivery.code == 3, delivery.said
    assert "Monolith at 10 % is worse than offers" in delivery.said
    assert delivery.failed <= 0.1 * delivery.visits


def test_nothing_is_left_after_a_destroy(seen: Mapping[str, Delivery]) -> None:
    assert seen["destroy"].code == 0, seen["destroy"].said
    assert "nothing of it is kept" in seen["destroy"].said
