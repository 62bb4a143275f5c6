"""Finding Terraform and its provider, and saying what to do where they are missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import aws, terraform_setup
from cli.errors import CommandError
from embedded.settings import ACCOUNT_ID
from settings.settings import Settings


def put_terraform(folder: Path, answer: str) -> Path:
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    return program


def version(text: str) -> str:
    return json.dumps({"terraform_version": text})


def test_a_missing_terraform_is_said_with_the_version_and_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"Terraform 1\.11\.0 or newer .* get it from https://") as caught:
        terraform_setup.require_terraform()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("found", ["0.15.5", "1.10.9"])
def test_a_terraform_that_is_too_old_is_named(found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_terraform(tmp_path, version(found))
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(CommandError, match=f"is {found}") as caught:
        terraform_setup.require_terraform()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("found", ["1.11.0", "1.12.0-beta1", "2.0.0"])
def test_a_terraform_that_is_new_enough_is_used(found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put_terraform(tmp_path, version(found))
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert terraform_setup.require_terraform() == str(program)


def test_a_program_that_is_no_terraform_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_terraform(tmp_path, "hello")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(CommandError, match="does not report its version") as caught:
        terraform_setup.require_terraform()
    assert caught.value.exit_code == 2


def test_a_provider_mirror_that_is_named_is_used_and_leaves_the_registry_for_other_providers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(mirror))
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path / "state")})
    config = Path(terraform_setup.environment(settings)["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'path = "{mirror}"' in config
    assert 'exclude = ["registry.terraform.io/hashicorp/aws"]' in config


def test_a_named_folder_without_the_provider_is_no_mirror(tmp_path: Path) -> None:
    assert terraform_setup.find_provider_mirror({"TF_PLUGIN_MIRROR": str(tmp_path)}) != tmp_path


@pytest.mark.parametrize(("target", "account"), [("local", "123456789012"), ("aws", ACCOUNT_ID)], ids=["local", "aws"])
def test_each_target_refuses_the_account_of_the_other(
    target: str, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sts:
        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": account}

    monkeypatch.setattr(aws, "client", lambda _settings, _service: Sts())
    monkeypatch.setattr(aws, "require_answer", lambda _: None)
    with pytest.raises(CommandError, match=f"TARGET={target} needs .* account {account} answers"):
        aws.require_account(Settings.from_environ({"TARGET": target}))
