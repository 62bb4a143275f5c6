"""What a person reads instead of a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    DataNotFoundError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from cli import unexpected
from cli.aws import unanswered
from cli.errors import CommandError
from cli.regions import require_known
from settings.settings import Settings

URL = "http://127.0.0.1:4566/"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(tmp_path)})


def log_of(settings: Settings) -> Path:
    return settings.terraform_state.parent / "command-errors.log"


@pytest.mark.parametrize("problem", [NoCredentialsError(), PartialCredentialsError(provider="env", cred_var="X")])
def test_missing_credentials_ask_for_a_login(problem: Exception, settings: Settings) -> None:
    text = unexpected.explain(problem, command="audit", settings=settings)
    assert text == f"AWS does not accept the credentials of this shell ({problem}); log in and try again."
    assert not log_of(settings).exists()


@pytest.mark.parametrize(
    "problem",
    [EndpointConnectionError(endpoint_url=URL), ReadTimeoutError(endpoint_url=URL)],
    ids=["refused", "silent"],
)
def test_no_answer_is_said_with_what_to_do_on_each_target(problem: Exception, settings: Settings) -> None:
    local = unexpected.explain(problem, command="status", settings=settings)
    assert local.startswith("The embedded AWS does not answer (")
    assert local.endswith('"); start it anew: make down, then make deploy.')
    on_aws = Settings.from_environ({"TARGET": "aws", "REGION": "eu-west-1"})
    assert unanswered(problem, on_aws).endswith("; check the network and REGION=eu-west-1.")
    assert unexpected.explain(problem, command="status", settings=on_aws) == unanswered(problem, on_aws)


def test_a_refusal_of_aws_is_told_with_its_code_and_message(settings: Settings) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "Not you."}}, "ListServices")
    text = unexpected.explain(refusal, command="status", settings=settings)
    assert text == f"AWS refused ListServices: AccessDenied, Not you. The details are in {log_of(settings)}."
    silent = ClientError({"Error": {"Code": "Throttling"}}, "ListServices")
    assert "ListServices: Throttling. The" in unexpected.explain(silent, command="status", settings=settings)


def test_what_boto_cannot_do_is_told(settings: Settings) -> None:
    text = unexpected.explain(DataNotFoundError(data_path="x"), command="status", settings=settings)
    assert text == f"AWS cannot be asked: Unable to load data for: x. The details are in {log_of(settings)}."


def raised(problem: Exception) -> Exception:
    try:
        raise problem
    except type(problem) as caught:
        return caught


def test_anything_else_is_one_line_with_its_kind_and_the_file_that_has_the_traceback(settings: Settings) -> None:
    text = unexpected.explain(raised(ValueError("odd.\nsecond line")), command="plan", settings=settings)
    assert text == (
        f"make plan met an error that it does not know (ValueError: odd). The details are in {log_of(settings)}; "
        "run the command again, and report that file if it repeats."
    )
    written = log_of(settings).read_text()
    assert "make plan\nTraceback (most recent call last):\n" in written
    assert "second line" in written
    assert log_of(settings).stat().st_mode & 0o777 == 0o600
    unexpected.explain(raised(KeyError()), command="state", settings=settings)
    assert log_of(settings).read_text().startswith(written)
    assert "KeyError" in log_of(settings).read_text()


def test_an_error_without_a_text_is_said_so(settings: Settings) -> None:
    assert "(KeyError: no text)" in unexpected.explain(KeyError(), command="plan", settings=settings)


def test_a_long_file_is_begun_anew(settings: Settings) -> None:
    log_of(settings).parent.mkdir(parents=True)
    log_of(settings).write_text("x" * 1_000_000)
    unexpected.explain(raised(ValueError("odd")), command="plan", settings=settings)
    assert log_of(settings).stat().st_size < 10_000


@pytest.mark.parametrize("known", [True, False], ids=["unusable state folder", "no settings"])
def test_where_the_state_folder_cannot_be_used_the_traceback_lies_in_the_temporary_one(
    known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path / "file")}) if known else None
    text = unexpected.explain(raised(ValueError("odd")), command="plan", settings=settings)
    (written,) = tmp_path.glob("deployer-*.log")
    assert f"The details are in {written};" in text
    assert "Traceback" in written.read_text()


def test_a_region_that_the_embedded_aws_lacks_is_named_with_the_nearest() -> None:
    for region in ("us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1"):
        require_known(Settings.from_environ({"REGION": region}))
    with pytest.raises(
        CommandError, match=r"REGION=eu-wset-1 is no region .* did you mean REGION=eu-west-1\?"
    ) as caught:
        require_known(Settings.from_environ({"REGION": "eu-wset-1"}))
    assert caught.value.exit_code == 2
    require_known(Settings.from_environ({"REGION": "eu-wset-1", "TARGET": "aws"}))
