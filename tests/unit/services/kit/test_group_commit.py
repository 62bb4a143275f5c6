from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.kit import request_ids
from services.kit.group_commit import GroupCommit, GroupLimits, Settle
from services.mysfits.mysfits import StoreUnavailableError

LIMITS = GroupLimits(most_in_group=10, most_waiting=30, wait_seconds=0.2)


class Committer:
    """Notes the groups; each is committed when ``go_on`` is set."""

    def __init__(self, *, go_on: bool = True, steps: int = 1) -> None:
        self.steps = steps
        self.groups: list[tuple[str, list[str]]] = []
        self.under_way: dict[str, int] = {}
        self.go_on = asyncio.Event()
        self.fail: Exception | None = None
        if go_on:
            self.go_on.set()

    async def commit(self, name: str, keys: Sequence[str], settle: Settle[None]) -> None:
        self.under_way[name] = self.under_way.get(name, 0) + 1
        assert self.under_way[name] == 1
        self.groups.append((name, list(keys)))
        for _ in range(self.steps):
            await asyncio.sleep(0)
        await self.go_on.wait()
        settle(keys, self.fail)
        self.under_way[name] -= 1

    def sizes(self) -> list[int]:
        return [len(keys) for _, keys in self.groups]


async def started(*tasks: asyncio.Task[None]) -> None:
    """Let everything come as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


def adding(groups: GroupCommit[None], *keys: str, name: str = "a") -> list[asyncio.Task[None]]:
    return [asyncio.create_task(groups.add(name, key)) for key in keys]


async def test_what_comes_during_a_commit_makes_up_the_next_groups() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    first = adding(groups, "first")
    await started(*first)
    more = adding(groups, *(f"k{n}" for n in range(25)))
    await started(*more)
    assert committer.sizes() == [1]
    committer.go_on.set()
    await asyncio.gather(*first, *more)
    assert committer.sizes() == [1, 10, 10, 5]


async def test_names_are_committed_side_by_side() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    tasks = adding(groups, "k", name="a") + adding(groups, "k", name="b")
    await started(*tasks)
    assert committer.groups == [("a", ["k"]), ("b", ["k"])]
    committer.go_on.set()
    await asyncio.gather(*tasks)


async def test_one_key_after_the_other_is_committed_at_once_and_alone() -> None:
    committer = Committer()
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    for number in range(5):
        await asyncio.wait_for(groups.add("a", f"k{number}"), timeout=5)
    assert committer.sizes() == [1] * 5


async def test_a_name_without_keys_is_forgotten() -> None:
    committer = Committer()
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    await asyncio.gather(*adding(groups, *"abcdefgh"))
    await asyncio.wait_for(groups.drain(), timeout=5)
    assert groups._lanes == {}


async def test_key_under_way_is_not_sent_twice_and_both_callers_are_answered() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    first = adding(groups, "same")
    await started(*first)
    again = adding(groups, "same", "other", "other")
    await started(*again)
    committer.go_on.set()
    await asyncio.gather(*first, *again)
    assert committer.groups == [("a", ["same"]), ("a", ["other"])]


async def test_caller_that_goes_away_takes_nothing_back_and_disturbs_nobody() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    gone, staying = adding(groups, "same", "same")
    waiting = adding(groups, "later")
    await started(gone, staying)
    gone.cancel()
    waiting[0].cancel()
    committer.go_on.set()
    await staying
    await groups.drain()
    assert [key for _, keys in committer.groups for key in keys] == ["same", "later"]


async def test_failure_reaches_its_own_group_only() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    failing = adding(groups, "x", "y")
    await started(*failing)
    committer.fail = ValueError("refused")
    committer.go_on.set()
    assert [str(e) for e in await asyncio.gather(*failing, return_exceptions=True)] == ["refused", "refused"]
    committer.fail = None
    await groups.add("a", "x")


async def test_commit_that_breaks_is_answered_and_the_next_one_works(caplog: pytest.LogCaptureFixture) -> None:
    broken = True

    async def commit(_: str, keys: Sequence[str], settle: Settle[None]) -> None:
        if broken:
            raise ZeroDivisionError("bug")
        settle(keys, None)

    groups = GroupCommit(commit=commit, limits=LIMITS, unavailable=StoreUnavailableError)
    with pytest.raises(ZeroDivisionError):
        await groups.add("a", "k")
    assert "bug" in caplog.text
    broken = False
    await groups.add("a", "k")


async def test_key_that_commit_forgets_is_answered_as_unavailable() -> None:
    async def commit(_: str, __: Sequence[str], ___: Settle[None]) -> None:
        return

    with pytest.raises(StoreUnavailableError):
        await GroupCommit(commit=commit, limits=LIMITS, unavailable=StoreUnavailableError).add("a", "k")


async def test_caller_waits_only_so_long_and_what_was_not_sent_is_dropped() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    sent, waiting = adding(groups, "sent"), []
    await started(*sent)
    waiting = adding(groups, "waiting")
    answers = await asyncio.gather(*sent, *waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailableError] * 2
    committer.go_on.set()
    await groups.drain()
    assert committer.groups == [("a", ["sent"])]


async def test_too_many_waiting_are_refused_at_once() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    tasks = adding(groups, "first")
    await started(*tasks)
    tasks += adding(groups, *(f"k{n}" for n in range(30)))
    await started(*tasks)
    with pytest.raises(StoreUnavailableError, match="Too many"):
        await groups.add("a", "one more")
    committer.go_on.set()
    await asyncio.gather(*tasks, groups.add("b", "k"))


async def test_drain_waits_for_everything_that_was_accepted() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    tasks = adding(groups, "k1", "k2") + adding(groups, "k3", name="b")
    await started(*tasks)
    tasks += adding(groups, "k4")
    draining = asyncio.create_task(groups.drain())
    await started(*tasks, draining)
    committer.go_on.set()
    await draining
    assert all(task.done() for task in tasks)
    assert sum(committer.sizes()) == 4


async def test_commit_belongs_to_no_request() -> None:
    seen: list[str] = []

    async def commit(_: str, keys: Sequence[str], settle: Settle[None]) -> None:
        seen.append(request_ids.current())
        settle(keys, None)

    request_ids.enter("someone's request")
    await GroupCommit(commit=commit, limits=LIMITS, unavailable=StoreUnavailableError).add("a", "k")
    assert seen == [""]


async def test_long_keys_make_smaller_groups_and_none_is_too_long_for_one() -> None:
    committer = Committer(go_on=False)
    limits = GroupLimits(most_in_group=10, most_characters=10)
    groups = GroupCommit(commit=committer.commit, limits=limits, unavailable=StoreUnavailableError)
    first = adding(groups, "first")
    await started(*first)
    more = adding(groups, "1234", "5678", "abcd", "longer than ten characters", "e")
    await started(*more)
    committer.go_on.set()
    await asyncio.gather(*first, *more)
    assert committer.groups[1:] == [
        ("a", ["1234", "5678"]),
        ("a", ["abcd"]),
        ("a", ["longer than ten characters"]),
        ("a", ["e"]),
    ]


async def test_keys_added_together_are_one_group_and_fail_if_any_does() -> None:
    async def commit(_: str, keys: Sequence[str], settle: Settle[None]) -> None:
        groups_seen.append(list(keys))
        settle([key for key in keys if key != "bad"], None)
        settle([key for key in keys if key == "bad"], LookupError("bad"))

    groups_seen: list[list[str]] = []
    groups = GroupCommit(commit=commit, limits=LIMITS, unavailable=StoreUnavailableError)
    await groups.add_all("a", ["k1", "k2", "k3"])
    with pytest.raises(LookupError):
        await groups.add_all("a", ["k4", "bad", "k5"])
    assert groups_seen == [["k1", "k2", "k3"], ["k4", "bad", "k5"]]


async def test_keys_that_came_together_stay_together_behind_others() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    first = adding(groups, "first")
    await started(*first)
    more = adding(groups, *(f"alone{n}" for n in range(4)))
    await started(*more)
    more += [asyncio.create_task(groups.add_all("a", [f"together{n}" for n in range(8)]))]
    await started(*more)
    committer.go_on.set()
    await asyncio.gather(*first, *more)
    assert committer.sizes() == [1, 4, 8]


async def test_keys_that_came_together_share_a_group_with_others_where_all_fit() -> None:
    committer = Committer(go_on=False)
    groups = GroupCommit(commit=committer.commit, limits=LIMITS, unavailable=StoreUnavailableError)
    first = adding(groups, "first")
    await started(*first)
    more = [asyncio.create_task(groups.add_all("a", ["x", "y", "z"])), *adding(groups, "alone")]
    await started(*more)
    committer.go_on.set()
    await asyncio.gather(*first, *more)
    assert committer.sizes() == [1, 4]


async def test_more_keys_together_than_a_group_takes_are_refused() -> None:
    groups = GroupCommit(commit=Committer().commit, limits=LIMITS, unavailable=StoreUnavailableError)
    with pytest.raises(ValueError, match="11 keys"):
        await groups.add_all("a", [f"k{n}" for n in range(11)])


async def test_caller_gets_what_became_of_its_key() -> None:
    async def commit(_: str, keys: Sequence[str], settle: Settle[str]) -> None:
        settle(keys, "answer")

    assert await GroupCommit(commit=commit, limits=LIMITS, unavailable=StoreUnavailableError).add("a", "k") == "answer"
