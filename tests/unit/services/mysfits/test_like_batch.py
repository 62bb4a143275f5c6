"""One transaction of likes: what is sent, and what DynamoDB's refusal of it means."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.mysfits.like_batch import LikeBatch, Tables, Verdict, verdict_on

BATCH = LikeBatch(mysfit_id="m", keys=("a", "b"), token="t-1", expires_at=1_000)
FAILED, NONE = "ConditionalCheckFailed", "None"


def refusal(code: str, *, status: int = 400, reasons: list[str] | None = None) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")


def cancelled(*reasons: str) -> Verdict:
    return verdict_on(BATCH, refusal("TransactionCanceledException", reasons=list(reasons)))


def test_a_new_batch_is_kept_in_the_ledger_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.9)
    one, other = LikeBatch.of("m", ["a", "b"]), LikeBatch.of("m", ["a", "b"])
    assert (one.mysfit_id, one.keys, one.expires_at) == ("m", ("a", "b"), 1_700_000_000 + 86_400)
    assert one.token != other.token


def test_a_batch_is_a_row_for_each_like_and_then_the_counter() -> None:
    def row(like_id: str) -> dict[str, Any]:
        item = {"LikeId": {"S": like_id}, "ExpiresAt": {"N": "1000"}}
        return {"Put": {"TableName": "ledger", "Item": item, "ConditionExpression": "attribute_not_exists(LikeId)"}}

    counter = {
        "Update": {
            "TableName": "mysfits",
            "Key": {"MysfitId": {"S": "m"}},
            "ConditionExpression": "attribute_exists(MysfitId)",
            "UpdateExpression": "ADD Likes :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        }
    }
    request = BATCH.request(Tables(mysfits="mysfits", ledger="ledger"))
    assert request == {"TransactItems": [row("m#a"), row("m#b"), counter], "ClientRequestToken": "t-1"}


@pytest.mark.parametrize(
    ("reasons", "verdict"),
    [
        ((FAILED, NONE, NONE), Verdict(applied=frozenset("a"), reason=FAILED)),
        ((NONE, FAILED, NONE), Verdict(applied=frozenset("b"), reason=FAILED)),
        ((FAILED, FAILED, NONE), Verdict(applied=frozenset("ab"), reason=FAILED)),
        ((NONE, NONE, FAILED), Verdict(unknown_mysfit=True, reason=FAILED)),
        ((FAILED, NONE, FAILED), Verdict(applied=frozenset("a"), unknown_mysfit=True, reason=FAILED)),
        ((NONE, NONE, "TransactionConflict"), Verdict(again=True, reason="TransactionConflict")),
        (("ThrottlingError", NONE, NONE), Verdict(again=True, reason="ThrottlingError")),
        (("ProvisionedThroughputExceeded", NONE), Verdict(again=True, reason="ProvisionedThroughputExceeded")),
        ((NONE, "RequestLimitExceeded", NONE), Verdict(again=True, reason="RequestLimitExceeded")),
        (("ItemCollectionSizeLimitExceeded", NONE, NONE), Verdict(reason="ItemCollectionSizeLimitExceeded")),
        (
            (FAILED, "TransactionConflict", NONE),
            Verdict(applied=frozenset("a"), again=True, reason=f"{FAILED}, TransactionConflict"),
        ),
        ((FAILED,), Verdict(applied=frozenset("a"), reason=FAILED)),
        ((), Verdict(reason="TransactionCanceledException")),
        ((NONE, NONE, NONE), Verdict(reason="TransactionCanceledException")),
    ],
)
def test_the_reasons_of_a_cancelled_transaction_tell_what_was_applied(
    reasons: tuple[str, ...], verdict: Verdict
) -> None:
    assert cancelled(*reasons) == verdict


def test_a_cancellation_without_reasons_is_final() -> None:
    assert verdict_on(BATCH, refusal("TransactionCanceledException")) == Verdict(reason="TransactionCanceledException")


def test_a_reason_without_a_code_is_none() -> None:
    error = ClientError(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{}, {"Code": FAILED}, {}]},
        "TransactWriteItems",
    )
    assert verdict_on(BATCH, error) == Verdict(applied=frozenset("b"), reason=FAILED)


@pytest.mark.parametrize(
    ("code", "status", "again"),
    [
        ("TransactionInProgressException", 400, True),
        ("TransactionConflictException", 400, True),
        ("ThrottlingException", 400, True),
        ("ProvisionedThroughputExceededException", 400, True),
        ("RequestLimitExceeded", 400, True),
        ("InternalServerError", 400, True),
        ("ServiceUnavailable", 400, True),
        ("AnythingElse", 500, True),
        ("AnythingElse", 503, True),
        ("AnythingElse", 499, False),
        ("AccessDeniedException", 400, False),
        ("IdempotentParameterMismatchException", 400, False),
    ],
)
def test_other_refusals_pass_by_their_code_or_as_errors_of_the_server(code: str, status: int, again: bool) -> None:
    assert verdict_on(BATCH, refusal(code, status=status)) == Verdict(again=again, reason=code)


def test_a_refusal_of_which_nothing_is_known_is_final() -> None:
    assert verdict_on(BATCH, ClientError({}, "TransactWriteItems")) == Verdict()
