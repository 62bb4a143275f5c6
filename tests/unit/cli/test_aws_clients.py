"""Which credentials a client has."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from cli import aws
from cli.errors import CommandError
from embedded import credentials
from embedded.settings import ACCOUNT_ID
from settings.settings import Settings
from tests.support import say_it_runs


def test_the_embedded_aws_is_reached_with_its_keys_whatever_profile_the_shell_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-gone")
    keys = credentials.make()
    credentials.write(tmp_path, keys)
    say_it_runs(tmp_path, aws_port=4577)
    client = aws.client(Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)}), "sts")
    assert client.meta.endpoint_url == "http://127.0.0.1:4577"
    used = client._request_signer._credentials
    assert (used.access_key, used.secret_key) == (keys.access_key_id, keys.secret_access_key)


def test_what_the_client_refuses_is_told_as_it_is(tmp_path: Path) -> None:
    say_it_runs(tmp_path, aws_port=4577)
    settings = Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)})
    with pytest.raises(
        CommandError, match=r"^The embedded AWS runs, but .*credentials\.ini, which has its keys, is lost"
    ):
        aws.require_account(settings)


def test_keys_that_are_lost_are_asked_for_and_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(aws, "ask", lambda _socket, method, route, **_: asked.append((method, route)))
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    aws.restore_keys(settings)
    assert asked == [("GET", "/status"), ("POST", "/credentials")]
    credentials.write(tmp_path, credentials.make())
    aws.restore_keys(settings)
    assert asked[2:] == [("GET", "/status")]


def test_an_embedded_aws_that_ended_is_not_asked_whoever_has_its_port_now(tmp_path: Path) -> None:
    """Its credentials are still there after a crash; another checkout's may answer on the same port."""
    credentials.write(tmp_path, credentials.make())
    say_it_runs(tmp_path, aws_port=4577, started_at=1.0)
    with pytest.raises(CommandError, match="does not run; start it with make deploy"):
        aws.client(Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)}), "sts")


def test_another_aws_port_than_the_running_one_is_told(tmp_path: Path) -> None:
    credentials.write(tmp_path, credentials.make())
    say_it_runs(tmp_path, aws_port=4577)
    with pytest.raises(CommandError, match="runs with AWS_PORT=4577") as caught:
        aws.client(Settings.from_environ({"AWS_PORT": "4566", "STATE_DIR": str(tmp_path)}), "sts")
    assert caught.value.exit_code == 2


def test_without_a_running_embedded_aws_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not run; start it with make deploy"):
        aws.client(Settings.from_environ({"STATE_DIR": str(tmp_path)}), "sts")


def test_a_client_gives_up_soon_and_on_aws_has_the_keys_of_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = []
    for shell in ("another-shell", "of-the-shell"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", shell)
        aws._session.cache_clear()  # as if in a process of its own
        clients.append(aws.client(Settings.from_environ({"TARGET": "aws", "REGION": "eu-west-1"}), "ecs"))
    aws._session.cache_clear()
    client = clients[-1]
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == "https://ecs.eu-west-1.amazonaws.com"
    assert client._request_signer._credentials.access_key == "of-the-shell"
    assert (client.meta.config.connect_timeout, client.meta.config.retries["mode"]) == (5, "standard")
    assert client.meta.config.retries["total_max_attempts"] == 3


class _Sts:
    def __init__(self, answer: str | Exception) -> None:
        self._answer = answer

    def get_caller_identity(self) -> dict[str, str]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"Account": self._answer}


def account(patch: pytest.MonkeyPatch, target: str, answer: str | Exception) -> str:
    settings = Settings.from_environ({"TARGET": target})

    def client(asked: Settings, service: str) -> _Sts:
        assert (asked, service) == (settings, "sts")
        return _Sts(answer)

    patch.setattr(aws, "client", client)
    patch.setattr(aws, "require_answer", lambda _: None)
    return aws.require_account(settings)


@pytest.mark.parametrize(("target", "number"), [("local", ACCOUNT_ID), ("aws", "111122223333")])
def test_the_account_of_a_target_is_the_one_that_answers(
    target: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account(monkeypatch, target, number) == number


def test_an_account_that_does_not_answer_or_takes_no_credentials_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")
    with pytest.raises(CommandError, match=r"^The embedded AWS does not answer \(.*start it anew: make down"):
        account(monkeypatch, "local", silent)
    with pytest.raises(CommandError, match=r"^AWS does not accept the credentials of this shell \(expired\); log in"):
        account(monkeypatch, "aws", ValueError("expired"))


@pytest.mark.parametrize(
    ("target", "number", "needed"),
    [("local", "111122223333", "the embedded AWS"), ("aws", ACCOUNT_ID, "an AWS account")],
)
def test_an_account_of_the_other_target_is_refused(
    target: str, number: str, needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=f"^TARGET={target} needs {needed}, but account {number} answers"):
        account(monkeypatch, target, number)


def test_silence_is_told_in_one_line() -> None:
    settings = Settings.from_environ({"TARGET": "aws", "REGION": "eu-west-1"})
    told = aws.unanswered(OSError("...no route\n  to host."), settings)
    assert told == "AWS does not answer (...no route to host); check the network and REGION=eu-west-1."
