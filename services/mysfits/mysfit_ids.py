"""Which ids a mysfit can have; anything else leads to no route and so to 404."""

from __future__ import annotations

import re
from typing import Final

from werkzeug.routing import BaseConverter

PATTERN: Final = r"[A-Za-z0-9-]{1,64}"
_WHOLE = re.compile(PATTERN)


class MysfitIdConverter(BaseConverter):
    """``<mysfit_id:…>`` in a route."""

    regex = PATTERN


def is_mysfit_id(text: str) -> bool:
    """Whether ``text`` can be an id."""
    return _WHOLE.fullmatch(text) is not None
