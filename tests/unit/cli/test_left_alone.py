"""A Terraform that waits for an embedded AWS that has ended is not left alone with that."""

from __future__ import annotations

import itertools

from cli.left_alone import GRACE_SECONDS, not_left_alone, watch


def ends_after(*gone: bool) -> int:
    """How often the provider is ended when this was seen, second by second, until the command is over."""
    ended: list[None] = []
    seen = iter(gone)
    over = itertools.chain(itertools.repeat(False, len(gone)), itertools.repeat(True))
    watch(lambda: next(seen), lambda: ended.append(None), is_over=lambda _: next(over))
    return len(ended)


def test_the_provider_is_ended_once_when_nobody_has_been_there_for_a_while() -> None:
    assert ends_after(False, *[True] * GRACE_SECONDS, True, True) == 1


def test_it_is_not_while_terraform_may_still_hear_of_that() -> None:
    assert ends_after(*[True] * (GRACE_SECONDS - 1)) == 0


def test_one_that_comes_back_is_waited_for_again() -> None:
    assert ends_after(*[True] * (GRACE_SECONDS - 1), False, *[True] * (GRACE_SECONDS - 1)) == 0


def test_a_command_that_ends_ends_the_watch() -> None:
    with not_left_alone(lambda: True, lambda: None):
        pass
