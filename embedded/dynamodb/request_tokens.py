"""A transaction that is sent again with its ClientRequestToken is answered again, not done again.

SDKs give each transaction a token and send the same one when they try again. moto ignores it, so a lost answer made a
write count twice. DynamoDB knows a token for 10 minutes; this one also forgets it when the embedded AWS ends.
Source: TransactWriteItems in the DynamoDB API reference. Upstream issue: none.
"""

from __future__ import annotations

import functools
import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

_KNOWN_SECONDS: Final = 600.0
_MOST: Final = 200_000
"""The oldest are forgotten earlier beyond these: 330 transactions a second for 10 minutes."""

Key = tuple[str, str, str]
"""Account, region and token."""


class IdempotentParameterMismatch(JsonRESTError):
    """The token is another transaction's."""

    code = 400

    def __init__(self) -> None:
        super().__init__(
            "IdempotentParameterMismatchException",
            "The request uses the same client token as a previous, but non-identical request.",
        )


class TransactionInProgress(JsonRESTError):
    """The transaction with this token is not over yet; SDKs try again."""

    code = 400

    def __init__(self) -> None:
        super().__init__(
            "TransactionInProgressException", "The transaction with the given request token is already in progress."
        )


class RequestTokens:
    """Remembers what was done with which token. Safe in threads.

    ``clock`` gives monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._done: OrderedDict[Key, tuple[bytes, float]] = OrderedDict()
        self._under_way: set[Key] = set()

    def around(self, operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """``TransactWriteItems`` of a request handler, done once for each token.

        Args:
            operation: raises where nothing was written, and returns when what was written is kept.
        """

        @functools.wraps(operation)
        def once(handler: Any) -> Any:
            token, items = handler.body.get("ClientRequestToken"), handler.body.get("TransactItems")
            if not token:
                return operation(handler)
            key, fingerprint = (handler.current_account, handler.region, token), _fingerprint(items)
            if not self._begin(key, fingerprint):
                return ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})
            try:
                answer = operation(handler)
                self._remember(key, fingerprint)
            finally:
                self._under_way.discard(key)
            return answer

        return once

    def _begin(self, key: Key, fingerprint: bytes) -> bool:
        """Whether it is to be done; it was before otherwise."""
        with self._lock:
            self._forget()
            found = self._done.get(key)
            if found is None:
                if key in self._under_way:
                    raise TransactionInProgress
                self._under_way.add(key)
                return True
        if found[0] != fingerprint:
            raise IdempotentParameterMismatch
        return False

    def _remember(self, key: Key, fingerprint: bytes) -> None:
        with self._lock:
            self._done[key] = (fingerprint, self._clock() + _KNOWN_SECONDS)
            if len(self._done) > _MOST:
                self._done.popitem(last=False)

    def _forget(self) -> None:
        now = self._clock()
        while self._done and next(iter(self._done.values()))[1] <= now:
            self._done.popitem(last=False)


def _fingerprint(items: Any) -> bytes:
    text = json.dumps(items, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
