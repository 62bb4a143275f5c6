"""Ends the provider of a Terraform that waits on after the embedded AWS has ended.

Nearly always Terraform hears at once that nobody answers. Twice in some thirty runs on a busy machine it waited on
with no call under way, in the provider or elsewhere, and would have done so for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from cli.beside import beside

_LOOK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 20
"""Longer than the provider tries again to reach somebody."""


def not_left_alone(is_gone: Callable[[], bool], end: Callable[[], None]) -> AbstractContextManager[None]:
    """While the block runs, call ``end`` once when ``is_gone`` has been true for ``GRACE_SECONDS``."""
    return beside(lambda is_over: watch(is_gone, end, is_over=is_over))


def watch(is_gone: Callable[[], bool], end: Callable[[], None], *, is_over: Callable[[float], bool]) -> None:
    """Look every second; ``is_over`` says whether the block ends within so many seconds."""
    gone = 0
    while not is_over(_LOOK_SECONDS):
        gone = gone + 1 if is_gone() else 0
        if gone == GRACE_SECONDS:
            end()
            return
