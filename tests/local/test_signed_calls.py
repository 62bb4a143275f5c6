"""Who may call a running AWS API: its own keys, from SDKs and by presigned address, and nobody else."""

from __future__ import annotations

import contextlib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from embedded import credentials
from tests.support import EmbeddedAws, local_settings, running_embedded_aws

BUCKET = "signed-calls"
ODD_KEYS = ("a b/c+d.txt", "ä/漢.txt", "per%cent", "a//b", "~-_.!*'()", "q?x=1&y=2#z")


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("signed"))) as running:
        running.client("s3").create_bucket(Bucket=BUCKET)
        yield running


def endpoint(embedded_aws: EmbeddedAws) -> str:
    return str(embedded_aws.settings.aws_endpoint_url)


def client(embedded_aws: EmbeddedAws, service: str, keys: credentials.Credentials) -> Any:
    """A client with any keys."""
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint(embedded_aws),
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, signature_version="s3v4" if service == "s3" else None),
    )


def presigned(embedded_aws: EmbeddedAws, operation: str, key: str) -> str:
    """An address with a signature; without being asked for version 4, boto3 makes these with version 2."""
    s3 = client(embedded_aws, "s3", aws.embedded_credentials(embedded_aws.settings))
    address: str = s3.generate_presigned_url(operation, Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=60)
    return address


@pytest.mark.parametrize("key", ODD_KEYS)
def test_objects_of_any_name_are_put_read_listed_and_deleted(embedded_aws: EmbeddedAws, key: str) -> None:
    s3 = embedded_aws.client("s3")
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"text", Metadata={"of_two": "words  of   text", "plain": "x"})
    try:
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"text"
        assert s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"][0]["Key"] == key
        assert requests.get(presigned(embedded_aws, "get_object", key), timeout=5).content == b"text"
    finally:
        s3.delete_object(Bucket=BUCKET, Key=key)


def test_a_presigned_address_may_put_what_it_names_and_nothing_else(embedded_aws: EmbeddedAws) -> None:
    s3, address = embedded_aws.client("s3"), presigned(embedded_aws, "put_object", "upload")
    assert requests.put(address, data=b"uploaded", timeout=5).status_code == 200
    assert s3.get_object(Bucket=BUCKET, Key="upload")["Body"].read() == b"uploaded"
    refused = requests.put(address.replace("/upload", "/other"), data=b"evil", timeout=5)
    assert refused.status_code == 403
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["upload"]


def test_a_large_object_in_parts_and_a_stream_are_taken(embedded_aws: EmbeddedAws, tmp_path: Path) -> None:
    s3 = embedded_aws.client("s3")
    big = tmp_path / "big"
    big.write_bytes(b"0123456789" * 1_000_000)
    s3.upload_file(str(big), BUCKET, "big")
    assert s3.head_object(Bucket=BUCKET, Key="big")["ContentLength"] == 10_000_000
    with big.open("rb") as stream:
        s3.put_object(Bucket=BUCKET, Key="big", Body=stream, ChecksumAlgorithm="CRC32")
    s3.delete_object(Bucket=BUCKET, Key="big")


_JSON = ("UnrecognizedClientException", "InvalidSignatureException")
_QUERY = ("InvalidClientTokenId", "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("service", "operation", "codes"),
    [
        ("dynamodb", "list_tables", _JSON),
        ("ssm", "describe_parameters", _JSON),
        ("ecs", "list_clusters", _JSON),
        ("lambda", "list_functions", _JSON),
        ("sts", "get_caller_identity", _QUERY),
        ("iam", "list_roles", _QUERY),
        ("elbv2", "describe_load_balancers", _QUERY),
        ("cloudwatch", "list_metrics", _QUERY),
        ("cloudfront", "list_distributions", _QUERY),
        ("ec2", "describe_vpcs", ("AuthFailure", "AuthFailure")),
        ("s3", "list_buckets", ("InvalidAccessKeyId", "SignatureDoesNotMatch")),
    ],
)
def test_other_keys_get_the_error_that_aws_gives(
    embedded_aws: EmbeddedAws, service: str, operation: str, codes: tuple[str, str]
) -> None:
    """``codes``: for a key that is not known, and for one that is with a wrong secret."""
    ours = aws.embedded_credentials(embedded_aws.settings)
    guess = credentials.Credentials(access_key_id=ours.access_key_id, secret_access_key="guess")
    for keys, code in zip((credentials.make(), guess), codes, strict=True):
        with pytest.raises(ClientError) as raised:
            getattr(client(embedded_aws, service, keys), operation)()
        assert raised.value.response["Error"]["Code"] == code
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (401, 403)
    getattr(client(embedded_aws, service, ours), operation)()


def test_a_bucket_lets_pages_in_by_its_own_cors_configuration_alone(embedded_aws: EmbeddedAws) -> None:
    s3, shop = embedded_aws.client("s3"), "https://shop.example"
    address = presigned(embedded_aws, "get_object", "shared")
    s3.put_object(Bucket=BUCKET, Key="shared", Body=b"for the shop")

    def get(origin: str) -> requests.Response:
        return requests.get(address, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}, timeout=5)

    def preflight(origin: str, method: str = "GET") -> requests.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": method}
        return requests.options(f"{endpoint(embedded_aws)}/{BUCKET}/shared", headers=headers, timeout=5)

    for answer in (get(shop), preflight(shop)):
        assert (answer.status_code, cors(answer)) == (403, [])
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": [shop]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    for answer in (get(shop), preflight(shop)):
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, shop)
    for answer in (get("https://evil.example"), preflight("https://evil.example"), preflight(shop, "PUT")):
        assert (answer.status_code, cors(answer)) == (403, [])


def cors(answer: requests.Response) -> list[str]:
    return [name for name in answer.headers if name.lower().startswith("access-control-")]


def raw(embedded_aws: EmbeddedAws, request: bytes) -> bytes:
    """The first line of the answer to these very bytes."""
    with socket.create_connection(("127.0.0.1", embedded_aws.settings.aws_port), timeout=5) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET /moto-api/ HTTP/1.1", "127.0.0.1", b"404"),
        ("GET /moto-api/data.json HTTP/1.1", "127.0.0.1", b"404"),
        ("POST /moto-api/reset HTTP/1.1", "127.0.0.1", b"404"),
        ("GET /%6doto-api/data.json HTTP/1.1", "127.0.0.1", b"404"),
        ("GET //moto-api/data.json HTTP/1.1", "127.0.0.1", b"404"),
        ("GET http://127.0.0.1/moto-api/data.json HTTP/1.1", "127.0.0.1", b"404"),
        ("GET http://evil.example/ HTTP/1.1", "127.0.0.1", b"403"),
        ("GET /_mysfits/faults HTTP/1.1", "127.0.0.1", b"403"),
        ("GET / HTTP/1.1", "evil.example", b"403"),
        ("GET / HTTP/1.1", "evil.example, 127.0.0.1", b"403"),
        ("GET / HTTP/1.0", "", b"403"),
        ("OPTIONS / HTTP/1.1", "127.0.0.1", b"403"),
        ("GET /ssm_us-east-1/ HTTP/1.1", "127.0.0.1", b"403"),
    ],
)
def test_nothing_is_reached_by_raw_requests(
    embedded_aws: EmbeddedAws, request_line: str, host: str, status: bytes
) -> None:
    lines = f"{request_line}\r\n" + (f"Host: {host}\r\n" if host else "") + "Connection: close\r\n\r\n"
    assert raw(embedded_aws, lines.encode()).split()[1] == status


def test_a_large_body_of_a_stranger_is_answered_and_not_cut_off(embedded_aws: EmbeddedAws) -> None:
    answer = requests.post(endpoint(embedded_aws), data=b"x" * 300_000, timeout=5)
    assert answer.status_code == 403


def test_an_answer_comes_in_one_piece(embedded_aws: EmbeddedAws) -> None:
    """Terraform's provider loses one whose body comes after its head, now and then on a busy machine."""
    address, body = endpoint(embedded_aws), b"Action=GetCallerIdentity&Version=2011-06-15"
    keys = aws.embedded_credentials(embedded_aws.settings)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{address}/", data=body, headers=headers)
    SigV4Auth(Credentials(keys.access_key_id, keys.secret_access_key), "sts", "us-east-1").add_auth(request)
    head = {**request.headers, "Host": address.removeprefix("http://"), "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", embedded_aws.settings.aws_port), timeout=5) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body)
            first = connection.recv(65_536)
        assert first.startswith(b"HTTP/1.1 200"), first
        assert first.endswith(b"</GetCallerIdentityResponse>"), "the head came without its body"


def test_a_caller_that_waits_for_continue_is_told_to_go_on(embedded_aws: EmbeddedAws) -> None:
    head = b"PUT /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", embedded_aws.settings.aws_port), timeout=5) as connection:
        connection.sendall(head)
        told = connection.recv(65_536)  # the answer, which needs no body, may come with it
        assert told.startswith(b"HTTP/1.1 100 Continue")
        with contextlib.suppress(OSError):  # whoever has answered may have closed
            connection.sendall(b"text")
        while b"403" not in told:
            more = connection.recv(65_536)
            assert more, told
            told += more


def test_keys_that_were_lost_are_written_anew_and_are_the_same(embedded_aws: EmbeddedAws) -> None:
    settings = embedded_aws.settings
    keys = aws.embedded_credentials(settings)
    for damage in (Path.unlink, lambda path: path.write_bytes(b"\xff")):
        damage(credentials.path(settings.state_dir))
        with pytest.raises(CommandError, match="is lost or damaged; run make deploy"):
            aws.require_account(settings)
        aws.restore_keys(settings)
        assert aws.embedded_credentials(settings) == keys
        assert stat.S_IMODE(credentials.path(settings.state_dir).stat().st_mode) == 0o600
    aws.require_account(settings)


def test_keys_are_new_at_each_start_and_gone_with_the_daemon(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings):
        old = aws.embedded_credentials(settings)
    assert credentials.read(tmp_path) is None
    with running_embedded_aws(settings) as second:
        assert aws.embedded_credentials(settings) != old
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            client(second, "dynamodb", old).list_tables()
