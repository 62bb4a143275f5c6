"""The key by which the monolith knows the services that may use its ``fulfill-`` routes.

Both sides share one load balancer with everybody else, so an address proves nothing. The key is a secret of the task
definition: it is never logged, and neither is a header that was offered in its place.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.kit.environment import EnvironmentReader
from services.kit.problems import Problem
from services.mysfits import routes

HEADER: Final = routes.KEY_HEADER

REFUSED: Final = "urn:mysfits:problem:fulfill-key"
"""Type of the 403 of a request that brought no live key."""

_KEY: Final = r"[A-Za-z0-9_-]{32,128}"
_KEY_MEANS: Final = "keys of 32 to 128 letters, digits, - or _"


@dataclass(frozen=True, kw_only=True)
class FulfillKeys:
    """The live keys: one, or two while the key is being renewed."""

    live: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, reader: EnvironmentReader) -> FulfillKeys:
        """Read FULFILL_KEYS and FULFILL_KEYS_OTHER; problems stay in ``reader``.

        They are two because the two keys are two secrets, and a container gets each as a variable of its own.
        """
        live = dict.fromkeys(
            key
            for name in ("FULFILL_KEYS", "FULFILL_KEYS_OTHER")
            for key in reader.secrets(name, pattern=_KEY, means=_KEY_MEANS)
        )
        if len(live) > 2:
            reader.problems.append("FULFILL_KEYS and FULFILL_KEYS_OTHER have more than two keys; retire the oldest.")
        return cls(live=tuple(live))

    def check(self, offered: Sequence[str]) -> None:
        """Accept one header that is a live key. A wrong key takes the same time, however much of it is right.

        Raises:
            Problem: 403 for anything else.
        """
        candidate = offered[0].encode() if len(offered) == 1 else b""
        matches = [hmac.compare_digest(candidate, key.encode()) for key in self.live]
        if not any(matches):
            raise Problem(403, f"This path is for the services behind this API, which send {HEADER}.", type_uri=REFUSED)


def read_current_key(reader: EnvironmentReader) -> str:
    """Read FULFILL_KEY, the key to send; of a comma list the first. Problems stay in ``reader``."""
    keys = reader.secrets("FULFILL_KEY", pattern=_KEY, means=_KEY_MEANS)
    if not keys:
        reader.problems.append("FULFILL_KEY is not set; set it to a key that the monolith has in FULFILL_KEYS.")
        return ""
    return keys[0]
