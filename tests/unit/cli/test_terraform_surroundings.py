"""What Terraform runs with: provider, environment, configuration; and the state that is left of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cli import terraform, terraform_setup
from cli.errors import CommandError
from cli.terraform import Terraform
from settings.settings import Settings
from systems.checkout import ROOT
from systems.facade_way import FacadeWay
from tests.unit.cli.conftest import TerraformStub


def test_an_initialised_stack_is_not_initialised_again(stub: TerraformStub, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[Path] = []
    monkeypatch.setattr(terraform, "is_initialised", lambda stack_dir: stack_dir in marked)
    monkeypatch.setattr(terraform, "mark", marked.append)
    stub.terraform.init()
    assert stub.asked() == ["init -input=false -reconfigure -no-color"]
    assert marked == [stub.settings.stack_dir]
    assert stub.settings.terraform_state.parent.is_dir()
    stub.terraform.init()
    assert len(stub.asked()) == 1


def test_an_init_that_fails_is_done_again_next_time(stub: TerraformStub, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[Path] = []
    monkeypatch.setattr(terraform, "is_initialised", lambda _: False)
    monkeypatch.setattr(terraform, "mark", marked.append)
    stub.answers("init", error="Error: no provider", status=1)
    with pytest.raises(CommandError, match="terraform init failed with exit code 1"):
        stub.terraform.init()
    assert marked == []


def test_init_makes_the_folder_of_the_state_however_deep(
    make_stub: Callable[..., TerraformStub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "is_initialised", lambda _: True)
    stub = make_stub(STATE_DIR=str(tmp_path / "deep" / "er"))
    stub.terraform.init()
    assert stub.settings.terraform_state.parent.is_dir()


class Provider:
    """Stands in for the kept provider."""

    def __init__(self, program: Path, *, stack_dir: Path, environ: dict[str, str], reads: tuple[Path, ...]) -> None:
        self.started = (program, stack_dir, environ["CHECKPOINT_DISABLE"])
        self.reads = reads
        self.ended = False
        PROVIDERS.append(self)

    def attach(self) -> dict[str, str]:
        return {"TF_REATTACH_PROVIDERS": "the kept one"}

    def end(self) -> None:
        self.ended = True


PROVIDERS: list[Provider] = []


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Provider]:
    PROVIDERS.clear()
    monkeypatch.setattr(terraform, "KeptProvider", Provider)
    monkeypatch.setattr(terraform, "installed_provider", lambda stack_dir: stack_dir / "provider")
    return PROVIDERS


def test_on_the_local_target_one_provider_serves_every_command(stub: TerraformStub, kept: list[Provider]) -> None:
    stub.terraform.keep_provider()
    stub.terraform.keep_provider()
    (provider,) = kept
    assert provider.started == (stub.settings.stack_dir / "provider", stub.settings.stack_dir, "1")
    stub.terraform.destroy()
    assert stub.environment()["TF_REATTACH_PROVIDERS"] == "the kept one"
    stub.terraform.plan_is_empty({})
    assert stub.environment()["TF_REATTACH_PROVIDERS"] == "the kept one"


def test_the_kept_provider_reads_the_names_of_types_where_terraform_does(
    stub: TerraformStub, kept: list[Provider]
) -> None:
    stub.terraform.keep_provider()
    (provider,) = kept
    assert provider.reads == (stub.settings.stack_dir, ROOT / "modules", stub.settings.terraform_state)


def test_with_a_state_in_a_bucket_terraform_gets_every_type(stub: TerraformStub, kept: list[Provider]) -> None:
    Terraform(replace(stub.settings, state_bucket="a-bucket"), say=print).keep_provider()
    (provider,) = kept
    assert provider.reads == ()


def test_a_provider_is_let_go_before_another_one_is_installed(
    stub: TerraformStub, kept: list[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "is_initialised", lambda _: False)
    monkeypatch.setattr(terraform, "mark", lambda _: None)
    stub.terraform.keep_provider()
    stub.terraform.init()
    assert [provider.ended for provider in kept] == [True, False]


def test_on_aws_terraform_starts_its_own_provider(
    make_stub: Callable[..., TerraformStub], kept: list[Provider]
) -> None:
    stub = make_stub(TARGET="aws")
    stub.terraform.keep_provider()
    stub.terraform.destroy()
    assert kept == []
    assert "TF_REATTACH_PROVIDERS" not in stub.environment()


def test_where_no_provider_is_installed_none_is_kept(
    stub: TerraformStub, kept: list[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "installed_provider", lambda _: None)
    stub.terraform.keep_provider()
    assert kept == []


@pytest.mark.parametrize(("target", "reaches"), [("local", False), ("aws", True)])
def test_what_a_shell_says_of_aws_reaches_terraform_on_aws_only(
    target: str, reaches: bool, make_stub: Callable[..., TerraformStub], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE")
    for name in names:
        monkeypatch.setenv(name, "http://elsewhere")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    stub = make_stub(TARGET=target)
    stub.terraform.destroy()
    found = stub.environment()
    assert [name in found for name in names] == [reaches] * 4
    assert found["AWS_PROFILE"] == "mine"
    assert (found["CHECKPOINT_DISABLE"], found["TF_IN_AUTOMATION"], found["GOGC"]) == ("1", "1", "400")


def test_a_stage_is_synthesised_for_these_settings(stub: TerraformStub, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(terraform, "synthesise", seen.append)
    stub.terraform.synthesise("glue")
    assert [(one.stage, one.env) for one in seen] == [("glue", "test")]


def test_a_stage_is_synthesised_again_for_another_way_to_the_facade(
    stub: TerraformStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(terraform, "synthesise", seen.append)
    for way in (None, None, FacadeWay.READY, FacadeWay.READY, FacadeWay.MOVED, None):
        stub.terraform.synthesise("glue", facade_way=way)
    assert [one.facade for one in seen] == [None, FacadeWay.READY, FacadeWay.MOVED, None]


def test_a_configuration_file_that_is_not_there_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_setup, "find_provider_mirror", lambda _: None)
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "none.tfrc"))
    assert terraform_setup.environment(settings)["TF_CLI_CONFIG_FILE"] == os.devnull
    (tmp_path / "none.tfrc").write_text("")
    assert "TF_CLI_CONFIG_FILE" not in terraform_setup.environment(settings)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE")
    assert "TF_CLI_CONFIG_FILE" not in terraform_setup.environment(settings)


@pytest.mark.parametrize(
    ("folder", "variable"),
    [
        (".terraform.d/plugins", None),
        (".local/share/terraform/plugins", None),
        ("data/terraform/plugins", "XDG_DATA_HOME"),
        ("named", "TF_PLUGIN_MIRROR"),
    ],
)
def test_a_mirror_is_found_where_terraform_itself_looks(
    folder: str, variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    places = {"XDG_DATA_HOME": tmp_path / "data", "TF_PLUGIN_MIRROR": tmp_path / "named"}
    environ = {variable: str(places[variable])} if variable else {}
    assert terraform_setup.find_provider_mirror(environ) == tmp_path / folder


def test_the_state_of_a_destroyed_environment_goes_and_that_of_its_neighbour_stays(stub: TerraformStub) -> None:
    state = stub.with_state()
    name = stub.settings.name()
    others = [state.with_name(f"{name}-b.tfstate"), state.with_name("_cli.tfrc")]
    own = [state.with_name(f"{name}.tfstate"), state.with_name(f"{name}.tfstate.backup")]
    for path in (*others, *own):
        path.write_text("")
    terraform.remove_state(stub.settings)
    assert [path.exists() for path in (*others, *own)] == [True, True, False, False]
