"""``make env``: what leads a shell to a deployment."""

from __future__ import annotations

import pytest

from cli import command_line
from embedded import credentials
from tests.unit.cli.conftest import World


def exported(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    lines = [
        line.removeprefix("export ") for line in capsys.readouterr().out.splitlines() if line.startswith("export ")
    ]
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


@pytest.mark.usefixtures("world")
def test_the_shell_gets_what_leads_to_the_embedded_aws(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = credentials.make()
    monkeypatch.setattr("cli.shell_exports.credentials.read", lambda _: keys)
    assert command_line.main(["env"]) == 0
    found = exported(capsys)
    assert (found["API"], found["SITE"]) == ("http://127.0.0.1:8080", "http://127.0.0.1:8081")
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert (found["TARGET"], found["ENV"], found["SYSTEM"]) == ("local", "dev", "mysfits")
    assert {found["REGION"], found["AWS_REGION"], found["AWS_DEFAULT_REGION"]} == {"us-east-1"}
    assert (found["ALB_PORT"], found["AWS_PORT"], found["SITE_PORT"]) == ("8080", "4566", "8081")
    assert found["STATE_DIR"].endswith("/state")
    assert found["CDKTF_OUTDIR"].endswith("/out")
    assert keys.environ.items() <= found.items()
    assert found["CHECKPOINT_DISABLE"] == "1"
    assert found["PATH"].endswith(':"$PATH"')


@pytest.mark.usefixtures("world")
def test_before_the_first_start_there_are_no_keys_and_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.shell_exports.credentials.read", lambda _: None)
    assert command_line.main(["env"]) == 0
    printed = capsys.readouterr()
    assert "repeat this after make deploy" in printed.err
    assert "AWS_ACCESS_KEY_ID" not in printed.out


def test_on_aws_the_addresses_are_those_of_the_deployment(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET", "aws")
    assert command_line.main(["env"]) == 0
    found = exported(capsys)
    assert (found["API"], found["SITE"]) == ("http://lb", "https://site")
    assert "AWS_ENDPOINT_URL" not in found
    assert "STATE_DIR" not in found
    del world.outputs["stage"]
    assert command_line.main(["env"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("unset API SITE\n")
    assert "API and SITE are not set until then" in printed.err
