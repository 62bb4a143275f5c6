"""Who a request comes from, as far as browsers tell: a tool of this machine's user, or a page of somebody else.

A page cannot choose the headers looked at here. ``Host`` gives away a name of its own that it made lead to this machine
(DNS rebinding), ``Origin`` and ``Sec-Fetch-Site`` that it calls from elsewhere. Tools send neither of the two.
"""

from __future__ import annotations

import re
from typing import Final

_LOOPBACK: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_NOT_CROSS_SITE: Final = ("", "none", "same-origin")


def names_this_machine(host: str) -> bool:
    """Whether a Host header has a loopback name, any port; only those ever led to the embedded AWS."""
    return _LOOPBACK.fullmatch(host) is not None


def from_another_page(*, host: str, origin: str, fetch_site: str) -> bool:
    """Whether a page of another origin than ``http://HOST`` sent this.

    Args:
        host: Host header.
        origin: Origin header, empty for none.
        fetch_site: Sec-Fetch-Site header, empty for none.
    """
    return (origin != "" and origin.lower() != f"http://{host.lower()}") or fetch_site.lower() not in _NOT_CROSS_SITE
