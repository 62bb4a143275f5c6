"""Signatures: what botocore signs is taken, and every change to it is noticed."""

from __future__ import annotations

import hashlib
import io
import string
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded import credentials
from embedded.credentials import Credentials
from embedded.sigv4 import Reason, UnverifiedError, Verifier
from tests.unit.embedded.signed_requests import signed

KEYS = credentials.make()
VERIFIER = Verifier(KEYS)


def reason(environ: dict[str, Any], verifier: Verifier = VERIFIER) -> Reason | None:
    """Why the request is not taken, or None when it is."""
    try:
        verifier.verify(environ)
    except UnverifiedError as problem:
        return problem.reason
    return None


JSON_CALL: dict[str, Any] = {
    "headers": {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"},
    "body": b'{"TableName":"mysfits"}',
}


def test_a_signed_call_is_taken_and_its_body_stays_readable() -> None:
    environ = signed(KEYS, **JSON_CALL)
    assert reason(environ) is None
    assert environ["wsgi.input"].read() == JSON_CALL["body"]


def test_a_body_that_arrives_in_pieces_of_unknown_length_is_taken() -> None:
    environ = signed(KEYS, **JSON_CALL)
    del environ["CONTENT_LENGTH"]
    environ["wsgi.input_terminated"] = True
    assert reason(environ) is None


@pytest.mark.parametrize("service", ["ecs", "ec2", "s3", "cloudfront"])
@pytest.mark.parametrize("presigned", [False, True])
def test_every_kind_of_service_and_signature_is_taken(service: str, *, presigned: bool) -> None:
    assert reason(signed(KEYS, service=service, method="GET", path="/a/b", presigned=presigned)) is None


names = st.text(alphabet=string.ascii_letters + string.digits + " /~%&=+:@!$'()*,;-_.é漢", min_size=1, max_size=12)
values = st.text(alphabet="ab \tà", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    request=st.fixed_dictionaries(
        {
            "service": st.sampled_from(["dynamodb", "lambda", "s3"]),
            "method": st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
            "headers": st.dictionaries(
                st.sampled_from(["X-Amz-Meta-A", "X-Amz-Meta-b_c", "Content-Type", "X-Other"]), values, max_size=3
            ),
            "body": st.binary(max_size=40),
        }
    ),
    segments=st.lists(names, max_size=3),
    params=st.lists(st.tuples(names, names), max_size=4),
    presigned=st.booleans(),
)
def test_whatever_botocore_signs_is_taken(
    request: dict[str, Any], segments: list[str], params: list[tuple[str, str]], *, presigned: bool
) -> None:
    path = "/" + "/".join(quote(segment, safe="~") for segment in segments)
    # Unsorted and with repeated names; a presigned address has a set of parameters and nothing else.
    query = urlencode(dict(params) if presigned else params, quote_via=quote, safe="~")
    if presigned:
        request |= {"headers": {}, "body": b""}
    environ = signed(KEYS, **request, path=path + (f"?{query}" if query else ""), presigned=presigned)
    assert reason(environ) is None


def test_a_body_may_be_left_unsigned_as_s3_allows() -> None:
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    environ = signed(KEYS, service="s3", method="PUT", path="/bucket/key", headers=headers, body=b"text")
    assert reason(environ) is None


def test_no_signature_is_missing_and_another_kind_of_signature_is_named() -> None:
    environ = signed(KEYS, **JSON_CALL)
    assert reason(environ | {"HTTP_AUTHORIZATION": ""}) is Reason.MISSING
    for authorization in ("Basic dGVzdDp0ZXN0", "AWS AKIA:signature", "AWS4-HMAC-SHA256 Credential=a/b"):
        assert reason(environ | {"HTTP_AUTHORIZATION": authorization}) is Reason.OLD
    version_2 = {"HTTP_AUTHORIZATION": "", "QUERY_STRING": "AWSAccessKeyId=AKIA&Signature=abc&Expires=1"}
    assert reason(environ | version_2) is Reason.OLD


def test_another_key_is_unknown_and_its_body_is_not_read() -> None:
    environ = signed(credentials.make(), **JSON_CALL)
    assert reason(environ) is Reason.UNKNOWN_KEY
    assert environ["wsgi.input"].tell() == 0


def test_our_key_id_with_another_secret_is_a_mismatch() -> None:
    guess = Credentials(access_key_id=KEYS.access_key_id, secret_access_key="guess")
    assert reason(signed(guess, **JSON_CALL)) is Reason.MISMATCH


def test_a_session_token_belongs_to_other_keys() -> None:
    environ = signed(KEYS, headers={"X-Amz-Security-Token": "token"})
    assert reason(environ) is Reason.UNKNOWN_KEY


@pytest.mark.parametrize(
    "change",
    [
        {"REQUEST_METHOD": "DELETE"},
        {"RAW_URI": "/other"},
        {"QUERY_STRING": "Action=Other"},
        {"HTTP_HOST": "127.0.0.1:1"},
        {"HTTP_X_AMZ_TARGET": "DynamoDB_20120810.DeleteTable"},
        {"wsgi.input": io.BytesIO(b'{"TableName":"another"}')},
        {"HTTP_X_AMZ_ADDED": "header that is not signed"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_changed_on_the_way_is_a_mismatch(change: dict[str, Any]) -> None:
    assert reason(signed(KEYS, **JSON_CALL) | change) is Reason.MISMATCH


odd = st.text(st.characters(max_codepoint=255), max_size=20)


@given(parts=st.lists(odd, min_size=6, max_size=6), query=odd, path=odd, length=odd, presigned=st.booleans())
def test_no_nonsense_gets_further_than_a_refusal(
    parts: list[str], query: str, path: str, length: str, *, presigned: bool
) -> None:
    date, region, service, headers, signature, time = parts
    scope = f"{KEYS.access_key_id}/{date}/{region}/{service}/aws4_request"
    address = f"X-Amz-Credential={scope}&X-Amz-SignedHeaders={headers}&X-Amz-Signature={signature}&X-Amz-Date={time}"
    nonsense = {
        "HTTP_AUTHORIZATION": ""
        if presigned
        else f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;{headers}, Signature=00",
        "QUERY_STRING": f"X-Amz-Algorithm=AWS4-HMAC-SHA256&{address}&{query}" if presigned else query,
        "RAW_URI": path,
        "CONTENT_LENGTH": length,
    }
    assert reason(signed(KEYS, **JSON_CALL) | nonsense) is not None


def test_a_claimed_hash_that_is_not_the_bodys_is_a_mismatch() -> None:
    environ = signed(KEYS, service="s3", method="PUT", path="/bucket/key", body=b"text")
    assert environ["HTTP_X_AMZ_CONTENT_SHA256"] == hashlib.sha256(b"text").hexdigest()
    assert reason(environ | {"wsgi.input": io.BytesIO(b"evil")}) is Reason.MISMATCH


@pytest.mark.parametrize(
    ("minutes", "presigned", "wanted"),
    [
        (14, False, None),
        (-14, False, None),
        (16, False, Reason.EXPIRED),
        (-16, False, Reason.EXPIRED),
        (59, True, None),
        (61, True, Reason.EXPIRED),
    ],
)
def test_a_signature_is_good_for_a_while(minutes: int, wanted: Reason | None, *, presigned: bool) -> None:
    environ = signed(KEYS, service="s3", method="GET", path="/bucket/key", presigned=presigned)
    later = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    assert reason(environ, Verifier(KEYS, clock=lambda: later)) is wanted
