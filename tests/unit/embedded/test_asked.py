"""Which calls are noted, under which name."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from embedded import asked
from embedded.asked import Asked


def call(
    *, method: str = "POST", path: str = "/", query: str = "", service: str, body: bytes = b"", **headers: str
) -> dict[str, Any]:
    """A signed call of an application with this name, by default ``deploy``."""
    agent = headers.pop("agent", "Boto3/1.40 md/x app/deploy")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": f"{path}?{query}",
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4566",
        "HTTP_USER_AGENT": agent,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=AKIA/20261130/us-east-1/{service}/aws4_request, x=y",
        **headers,
    }


def form(service: str, body: bytes) -> dict[str, Any]:
    return call(service=service, body=body, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[dict[str, Any]], bytes]:
    """Makes a call; gives the body that came to the application behind."""
    file = asked.path(tmp_path)

    def behind(environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        return [environ["wsgi.input"].read()]

    app = Asked(behind, file)
    return lambda environ: b"".join(app(environ, lambda *_: None))


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (call(service="ecs", HTTP_X_AMZ_TARGET="AmazonEC2ContainerServiceV20141113.RunTask"), "deploy ecs:RunTask"),
        (form("ec2", b"Action=CreateVpc&Version=2016-11-15"), "deploy ec2:CreateVpc"),
        (call(service="s3", method="HEAD", path="/site"), "deploy s3:HeadBucket"),
        (call(service="s3", method="GET", path="/site", query="policy="), "deploy s3:GetBucketPolicy"),
        (call(service="s3", method="PUT", path="/site/a/b.html"), "deploy s3:PutObject"),
        (form("iam", b"Action=GetRole") | {"HTTP_USER_AGENT": "app/plan x"}, "plan iam:GetRole"),
    ],
)
def test_an_operation_is_noted_in_every_protocol(
    ask: Callable[[dict[str, Any]], bytes], environ: dict[str, Any], line: str, tmp_path: Path
) -> None:
    body = environ["wsgi.input"].getvalue()
    assert ask(environ) == body, "what comes after sees the same call"
    assert asked.path(tmp_path).read_text() == f"{line}\n"
    assert stat.S_IMODE(asked.path(tmp_path).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "environ",
    [
        form("ec2", b"Action=CreateVpc") | {"HTTP_USER_AGENT": "Boto3/1.40 exec-env/AWS_ECS_FARGATE"},
        form("ec2", b"Action=Create%0AVpc"),
        form("ec2", b"nothing"),
        call(service="nothing", method="GET"),
    ],
)
def test_calls_of_tasks_and_what_is_no_operation_are_not_noted(
    ask: Callable[[dict[str, Any]], bytes], environ: dict[str, Any], tmp_path: Path
) -> None:
    ask(environ)
    assert not asked.path(tmp_path).exists()


def test_each_is_noted_once_and_only_so_many(
    ask: Callable[[dict[str, Any]], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "_MOST_LINES", 2)
    for name in (b"CreateVpc", b"CreateVpc", b"DeleteVpc", b"DescribeVpcs"):
        ask(form("ec2", b"Action=" + name))
    assert asked.path(tmp_path).read_text() == "deploy ec2:CreateVpc\ndeploy ec2:DeleteVpc\n"
    again = Asked(lambda *_: [], asked.path(tmp_path))
    again(form("ec2", b"Action=CreateVpc"), lambda *_: None)
    assert asked.path(tmp_path).read_text().count("CreateVpc") == 1


def test_what_cannot_be_noted_is_answered_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = Asked(lambda *_: [b"answer"], tmp_path / "gone" / "asked.txt")
    assert app(form("ec2", b"Action=CreateVpc"), lambda *_: None) == [b"answer"]
    assert "ec2:CreateVpc is not noted" in caplog.text
