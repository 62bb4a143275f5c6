"""A Python process in which threads that work hard leave room for those that answer."""

from __future__ import annotations

import gc
import sys
from typing import Final

_SWITCH_SECONDS: Final = 0.0005
"""How long one thread may keep the interpreter from others; Python's own is 5 ms. Who reads or writes a socket has to
get it back each time, and waits so long for every thread that works."""

_NEW_OBJECTS: Final = 50_000
"""Objects made and not freed again before the youngest are searched for cycles; seldom is enough."""


def answer_promptly() -> None:
    """From now on; call it when everything that stays is loaded. What is loaded is never searched for garbage again.

    A search through all of moto takes 0.2 s, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    sys.setswitchinterval(_SWITCH_SECONDS)
