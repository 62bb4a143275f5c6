"""Looking at something beside a command while it runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def beside(look: Callable[[Callable[[float], bool]], None]) -> Iterator[None]:
    """Run ``look`` in a thread of its own while the block runs.

    Args:
        look: gets a function that waits for so many seconds at most and says whether the block is over.
    """
    over = threading.Event()
    thread = threading.Thread(target=look, args=(over.wait,), name="beside", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
