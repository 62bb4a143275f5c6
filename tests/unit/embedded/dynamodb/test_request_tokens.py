"""A transaction's token is done once, for ten minutes, and never for another transaction."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from moto.dynamodb.exceptions import TransactionCanceledException

from embedded.dynamodb.request_tokens import IdempotentParameterMismatch, RequestTokens, TransactionInProgress

ADD = [{"Update": {"TableName": "likes", "Key": {"Id": {"S": "a"}}, "UpdateExpression": "ADD n :one"}}]
SAME = [{"Update": {"Key": {"Id": {"S": "a"}}, "UpdateExpression": "ADD n :one", "TableName": "likes"}}]
FIRST = "t"
OTHER = [{"Delete": {"TableName": "likes", "Key": {"Id": {"S": "a"}}}}]


class Service:
    """moto's handler: counts transactions; the next one fails with ``problem``."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done = 0
        self.problem: Exception | None = None
        self.meanwhile: Callable[[], None] | None = None
        self._tokens = RequestTokens(clock=lambda: self.now)

    def send(self, items: Any = ADD, *, token: str | None = FIRST, region: str = "us-east-1") -> Any:
        body = {"TransactItems": items} | ({"ClientRequestToken": token} if token else {})
        handler = SimpleNamespace(body=body, current_account="1", region=region)
        return self._tokens.around(self._write)(handler)

    def _write(self, _: Any) -> str:
        if self.problem is not None:
            raise self.problem
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self.done += 1
        return "done"


def test_the_same_token_is_done_once_whatever_the_order_of_names() -> None:
    service = Service()
    assert service.send() == "done"
    again = service.send(SAME)
    assert again.result == {"ConsumedCapacity": [], "ItemCollectionMetrics": {}}
    assert service.done == 1


def test_another_token_none_or_another_region_is_another_transaction() -> None:
    service = Service()
    for how in ({}, {"token": "u"}, {"token": None}, {"token": None}, {"region": "eu-west-1"}):
        assert service.send(**how) == "done"
    assert service.done == 5


def test_a_token_of_another_transaction_is_refused() -> None:
    service = Service()
    service.send()
    with pytest.raises(IdempotentParameterMismatch, match="same client token"):
        service.send(OTHER)
    assert service.done == 1


def test_a_transaction_that_failed_may_be_tried_again() -> None:
    service = Service()
    service.problem = TransactionCanceledException([("ConditionalCheckFailed", "no", None)])
    with pytest.raises(TransactionCanceledException):
        service.send()
    service.problem = None
    assert service.send() == "done"


def test_one_that_is_under_way_is_not_begun_again() -> None:
    service = Service()
    codes: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(TransactionInProgress) as raised:
            service.send()
        codes.append(raised.value.error_type)

    service.meanwhile = meanwhile
    assert service.send() == "done"
    assert (codes, service.done) == (["TransactionInProgressException"], 1)


def test_a_token_is_forgotten_after_ten_minutes() -> None:
    service = Service()
    service.send()
    service.now = 599.9
    service.send(token="later")
    service.send()
    assert service.done == 2
    service.now = 600.0
    service.send(OTHER)
    assert service.done == 3
    service.send(token="later")
    assert service.done == 3


def test_the_oldest_of_too_many_tokens_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.dynamodb.request_tokens._MOST", 2)
    service = Service()
    for token in "abc":
        service.send(token=token)
    service.send(token="b")
    assert service.done == 3
    service.send(token="a")
    assert service.done == 4
