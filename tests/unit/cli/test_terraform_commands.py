"""What Terraform is asked for, what is made of its answers, and what is said when it fails; a stub stands in for it."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import terraform
from cli.errors import CommandError
from cli.terraform import Terraform
from settings.settings import Settings

STUB = textwrap.dedent("""\
    #!/bin/sh
    # Keeps what it is asked in "asked"; answers with the files ANSWERS/COMMAND, .error and .status.
    [ "$1" = version ] && { echo '{"terraform_version": "1.11.4"}'; exit 0; }
    echo "$PWD $*" >> "$ANSWERS/asked"
    env > "$ANSWERS/environment"
    cat "$ANSWERS/$1" 2>/dev/null
    [ ! -f "$ANSWERS/$1.error" ] || cat "$ANSWERS/$1.error" >&2
    exit "$(cat "$ANSWERS/$1.status" 2>/dev/null || echo 0)"
    """)
COMMON = "-input=false -no-color -parallelism=20 -lock-timeout=10m"


class Stub:
    """A Terraform that answers as it is told."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.said: list[str] = []
        self.terraform = Terraform(settings, say=self.said.append)

    def answers(self, command: str, answer: object = "", *, error: str = "", status: int = 0) -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        (self.folder / command).write_text(text)
        (self.folder / f"{command}.error").write_text(error)
        (self.folder / f"{command}.status").write_text(str(status))

    def asked(self) -> list[str]:
        """The commands so far; of the plan's file only that there is one."""
        lines = (self.folder / "asked").read_text().splitlines() if (self.folder / "asked").exists() else []
        return [line.split(" ", 1)[1] for line in lines]

    def asked_in(self) -> set[str]:
        return {line.split(" ", 1)[0] for line in (self.folder / "asked").read_text().splitlines()}

    def environment(self) -> dict[str, str]:
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def make_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stub]:
    def make(**environ: str) -> Stub:
        folder = tmp_path / "answers"
        folder.mkdir()
        program = folder / "terraform"
        program.write_text(STUB)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
        monkeypatch.setenv("ANSWERS", str(folder))
        folders = {"STATE_DIR": str(tmp_path / "state"), "CDKTF_OUTDIR": str(tmp_path / "out")}
        settings = Settings.from_environ({"ENV": "test", **folders, **environ})
        settings.stack_dir.mkdir(parents=True)
        return Stub(folder, settings)

    return make


@pytest.fixture
def stub(make_stub: Callable[..., Stub]) -> Stub:
    return make_stub()


def change(address: str, *actions: str, **after: Any) -> dict[str, Any]:
    kind = address.split(".")[-2]
    return {"address": address, "type": kind, "change": {"actions": list(actions), "after": after}}


CHANGES = {
    "resource_changes": [
        change("module.like.aws_iam_role.task", "create", name="like"),
        change("aws_s3_bucket.site", "update"),
        change("aws_lb.this", "delete", "create"),
        change("aws_vpc.this", "no-op"),
        change("data.aws_region.this", "read"),
    ]
}


def test_apply_passes_its_variables_in_order_and_refreshes_unless_told_not_to(stub: Stub) -> None:
    stub.terraform.apply({"b": "2", "a": "1"})
    stub.terraform.apply({}, refresh=False)
    assert stub.asked() == [
        f"apply -auto-approve {COMMON} -var=a=1 -var=b=2",
        f"apply -auto-approve {COMMON} -refresh=false",
    ]
    assert stub.asked_in() == {str(stub.settings.stack_dir)}


def test_destroy_asks_nobody(stub: Stub) -> None:
    stub.terraform.destroy()
    assert stub.asked() == [f"destroy -auto-approve {COMMON}"]


def test_what_takes_long_is_told_and_nothing_else(stub: Stub) -> None:
    lines = ["aws_lb.this: Creating...", "aws_lb.this: Still creating... [10s elapsed]", "", "Apply complete!"]
    stub.answers("apply", "\n".join(lines))
    stub.terraform.apply({})
    assert stub.said == ["  aws_lb.this: Still creating... [10s elapsed]"]


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_a_failed_run_shows_its_error_and_not_what_went_before(command: str, stub: Stub) -> None:
    stub.answers(command, "aws_lb.this: Creating...\n\x1b[31mError: no such subnet\x1b[0m\n  on line 3", status=1)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({}) if command == "apply" else stub.terraform.destroy()
    assert str(failed.value) == f"terraform {command} failed with exit code 1:\nError: no such subnet\n  on line 3"


def test_a_failure_without_an_error_line_shows_its_end(stub: Stub) -> None:
    stub.answers("apply", "\n".join(f"line {number}" for number in range(30)), status=2)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({})
    assert str(failed.value).splitlines()[1:] == [f"line {number}" for number in range(10, 30)]


def test_a_long_error_is_cut_after_60_lines(stub: Stub) -> None:
    stub.answers("apply", "\n".join(["Error: much", *(f"line {number}" for number in range(100))]), status=1)
    with pytest.raises(CommandError) as failed:
        stub.terraform.apply({})
    assert len(str(failed.value).splitlines()) == 61


def test_a_plan_tells_each_change_and_its_address(stub: Stub) -> None:
    stub.answers("show", CHANGES)
    assert stub.terraform.plan_text({"a": "1"}) == [
        ("create", "module.like.aws_iam_role.task"),
        ("update", "aws_s3_bucket.site"),
        ("delete/create", "aws_lb.this"),
    ]
    planned, shown = stub.asked()
    assert planned.startswith("plan -out=")
    assert planned.endswith(f" {COMMON} -var=a=1")
    file = planned.split()[1].removeprefix("-out=")
    assert shown == f"show -json {file}"
    assert not Path(file).parent.exists(), "it may have secrets in it"


@pytest.mark.parametrize("answer", [{}, {"resource_changes": [change("aws_vpc.this", "no-op")]}])
def test_a_plan_without_changes_says_so(answer: object, stub: Stub) -> None:
    stub.answers("show", answer)
    assert stub.terraform.plan_text({}) == [("no changes", "")]


def test_what_an_apply_would_create_has_its_type_and_known_attributes(stub: Stub) -> None:
    stub.answers("show", CHANGES)
    assert stub.terraform.planned_creations({}) == [("module.like.aws_iam_role.task", "aws_iam_role", {"name": "like"})]
    stub.answers("show", {})
    assert stub.terraform.planned_creations({}) == []


@pytest.mark.parametrize(("command", "what"), [("plan", "terraform plan"), ("show", "terraform show")])
def test_a_plan_that_fails_says_which_command_did(command: str, what: str, stub: Stub) -> None:
    stub.answers("show", {})
    stub.answers(command, error="Error: bad credentials", status=1)
    with pytest.raises(CommandError, match=f"^{what} failed with exit code 1:\nError: bad credentials$"):
        stub.terraform.plan_text({})


@pytest.mark.parametrize(("status", "empty"), [(0, True), (2, False)])
def test_whether_a_plan_is_empty(status: int, empty: bool, stub: Stub) -> None:
    stub.answers("plan", status=status)
    assert stub.terraform.plan_is_empty({"a": "1"}) is empty
    assert stub.asked() == [f"plan -detailed-exitcode {COMMON} -var=a=1"]


def test_a_plan_that_cannot_be_made_is_not_empty(stub: Stub) -> None:
    stub.answers("plan", error="Error: no state", status=1)
    with pytest.raises(CommandError, match="terraform plan failed with exit code 1"):
        stub.terraform.plan_is_empty({})


def test_what_was_made_in_part_is_found_in_the_stack_and_its_modules(stub: Stub) -> None:
    half = {"address": "aws_lb.this", "type": "aws_lb", "tainted": True}
    deep = {"address": "module.like.aws_ecs_service.this", "type": "aws_ecs_service", "tainted": True}
    whole = {"address": "aws_vpc.this", "type": "aws_vpc"}
    module = {"resources": [deep]}
    stub.answers("show", {"values": {"root_module": {"resources": [half, whole], "child_modules": [module, {}]}}})
    assert stub.terraform.tainted() == [
        ("aws_lb.this", "aws_lb"),
        ("module.like.aws_ecs_service.this", "aws_ecs_service"),
    ]
    assert stub.asked() == ["show -json"]
    stub.answers("show", {})
    assert stub.terraform.tainted() == []


def test_a_resource_is_untainted_by_its_address(stub: Stub) -> None:
    stub.terraform.untaint("aws_lb.this")
    assert stub.asked() == ["untaint -no-color -lock-timeout=10m aws_lb.this"]


def test_an_import_goes_into_the_state_from_a_folder_of_its_own(stub: Stub) -> None:
    stack: dict[str, Any] = {"terraform": {"required_providers": {}}, "provider": {}}
    (stub.settings.stack_dir / "cdk.tf.json").write_text(json.dumps(stack))
    stub.terraform.import_resource("aws_lb.this", "arn:lb")
    state = stub.settings.terraform_state
    assert stub.asked() == [f"import -state={state} -input=false -no-color -lock-timeout=10m aws_lb.this arn:lb"]
    (folder,) = stub.asked_in()
    assert Path(folder).parent == stub.settings.stack_dir.parent
    assert not Path(folder).exists()
    stub.answers("import", error="Error: not there", status=1)
    with pytest.raises(CommandError, match=r"terraform import aws_lb.this failed"):
        stub.terraform.import_resource("aws_lb.this", "arn:lb")


def with_state(stub: Stub) -> Path:
    state = stub.settings.terraform_state
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text("{}")
    return state


def test_outputs_are_read_from_the_state_once_for_each_apply(stub: Stub) -> None:
    state = with_state(stub)
    stub.answers("output", {"api_url": {"value": "http://a"}, "services": {"value": {"like": {}}}})
    found = {"api_url": "http://a", "services": {"like": {}}}
    assert stub.terraform.outputs() == found
    assert stub.terraform.outputs() == found
    assert stub.asked() == [f"output -json -no-color -state={state}"]
    assert stub.asked_in() == {str(state.parent)}
    stub.terraform.apply({})
    stub.answers("output", {})
    assert stub.terraform.outputs() == {}


def test_without_a_state_there_are_no_outputs_and_no_addresses_and_nobody_is_asked(stub: Stub) -> None:
    assert stub.terraform.outputs() == {}
    assert stub.terraform.state_list() == []
    assert stub.asked() == []


def test_the_addresses_of_the_state(stub: Stub) -> None:
    state = with_state(stub)
    stub.answers("state", "aws_vpc.this\nmodule.like.aws_ecs_service.this\n")
    assert stub.terraform.state_list() == ["aws_vpc.this", "module.like.aws_ecs_service.this"]
    assert stub.asked() == [f"state list -state={state}"]


def test_a_state_that_cannot_be_read_is_said_with_the_way_back(stub: Stub) -> None:
    state = with_state(stub)
    stub.answers("state", error="Error: state is not JSON", status=1)
    with pytest.raises(CommandError) as failed:
        stub.terraform.state_list()
    assert "terraform state failed with exit code 1:\nError: state is not JSON\n" in str(failed.value)
    assert str(failed.value).endswith(f"cp {state}.backup {state}")


def test_an_initialised_stack_is_not_initialised_again(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[Path] = []
    monkeypatch.setattr(terraform, "is_initialised", lambda stack_dir: stack_dir in marked)
    monkeypatch.setattr(terraform, "mark", marked.append)
    stub.terraform.init()
    assert stub.asked() == ["init -input=false -reconfigure -no-color"]
    assert marked == [stub.settings.stack_dir]
    assert stub.settings.terraform_state.parent.is_dir()
    stub.terraform.init()
    assert len(stub.asked()) == 1


def test_an_init_that_fails_is_done_again_next_time(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[Path] = []
    monkeypatch.setattr(terraform, "is_initialised", lambda _: False)
    monkeypatch.setattr(terraform, "mark", marked.append)
    stub.answers("init", error="Error: no provider", status=1)
    with pytest.raises(CommandError, match="terraform init failed with exit code 1"):
        stub.terraform.init()
    assert marked == []


class Provider:
    """Stands in for the kept provider."""

    def __init__(self, program: Path, *, stack_dir: Path, environ: dict[str, str]) -> None:
        self.started = (program, stack_dir, environ["CHECKPOINT_DISABLE"])
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


def test_on_the_local_target_one_provider_serves_every_command(stub: Stub, kept: list[Provider]) -> None:
    stub.terraform.keep_provider()
    stub.terraform.keep_provider()
    (provider,) = kept
    assert provider.started == (stub.settings.stack_dir / "provider", stub.settings.stack_dir, "1")
    stub.terraform.destroy()
    assert stub.environment()["TF_REATTACH_PROVIDERS"] == "the kept one"
    stub.terraform.plan_is_empty({})
    assert stub.environment()["TF_REATTACH_PROVIDERS"] == "the kept one"


def test_a_provider_is_let_go_before_another_one_is_installed(
    stub: Stub, kept: list[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "is_initialised", lambda _: False)
    monkeypatch.setattr(terraform, "mark", lambda _: None)
    stub.terraform.keep_provider()
    stub.terraform.init()
    assert [provider.ended for provider in kept] == [True, False]


def test_on_aws_terraform_starts_its_own_provider(make_stub: Callable[..., Stub], kept: list[Provider]) -> None:
    stub = make_stub(TARGET="aws")
    stub.terraform.keep_provider()
    stub.terraform.destroy()
    assert kept == []
    assert "TF_REATTACH_PROVIDERS" not in stub.environment()


def test_where_no_provider_is_installed_none_is_kept(
    stub: Stub, kept: list[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "installed_provider", lambda _: None)
    stub.terraform.keep_provider()
    assert kept == []


@pytest.mark.parametrize(("target", "reaches"), [("local", False), ("aws", True)])
def test_what_a_shell_says_of_aws_reaches_terraform_on_aws_only(
    target: str, reaches: bool, make_stub: Callable[..., Stub], monkeypatch: pytest.MonkeyPatch
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


def test_a_stage_is_synthesised_for_these_settings(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(terraform, "synthesise", seen.append)
    stub.terraform.synthesise("glue")
    assert [(one.stage, one.env) for one in seen] == [("glue", "test")]


def test_a_configuration_file_that_is_not_there_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "find_provider_mirror", lambda _: None)
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "none.tfrc"))
    assert terraform.environment(settings)["TF_CLI_CONFIG_FILE"] == os.devnull
    (tmp_path / "none.tfrc").write_text("")
    assert "TF_CLI_CONFIG_FILE" not in terraform.environment(settings)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE")
    assert "TF_CLI_CONFIG_FILE" not in terraform.environment(settings)


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
    assert terraform.find_provider_mirror(environ) == tmp_path / folder


def test_the_state_of_a_destroyed_environment_goes_and_that_of_its_neighbour_stays(stub: Stub) -> None:
    state = with_state(stub)
    name = stub.settings.name()
    others = [state.with_name(f"{name}-b.tfstate"), state.with_name("_cli.tfrc")]
    own = [state.with_name(f"{name}.tfstate"), state.with_name(f"{name}.tfstate.backup")]
    for path in (*others, *own):
        path.write_text("")
    terraform.remove_state(stub.settings)
    assert [path.exists() for path in (*others, *own)] == [True, True, False, False]
