"""The provider that is kept over the commands of a run: how Terraform is told of it, and that it never stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from cli.kept_provider import KeptProvider
from cli.schema_file import SchemaFile
from cli.terraform_init import installed_provider
from cli.terraform_setup import environment
from embedded import session_priority
from systems.checkout import ROOT
from tests.support import local_settings, wait_for

SERVES = """\
#!/bin/sh
echo "arguments: $*"
printf "\\n\\tTF_REATTACH_PROVIDERS='{\\"aws\\":{\\"Protocol\\":\\"grpc\\",\\"Pid\\":%s,"  $$
printf "\\"Addr\\":{\\"Network\\":\\"unix\\",\\"String\\":\\"/nowhere\\"}}}'\\n\\n"
exec sleep 600
"""
FAILS = "#!/bin/sh\necho 'no such flag' >&2\nexit 1\n"


def stack_with(provider: str, folder: Path) -> Path:
    """A folder as ``terraform init`` leaves it, with this script for a provider."""
    program = folder / ".terraform/providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64"
    program.mkdir(parents=True)
    (program / "terraform-provider-aws_v5.100.0_x5").write_text(provider)
    (program / "terraform-provider-aws_v5.100.0_x5").chmod(0o755)
    return folder


def keep(stack_dir: Path) -> KeptProvider:
    program = installed_provider(stack_dir)
    assert program is not None
    return KeptProvider(program, stack_dir=stack_dir, environ=os.environ, reads=())


def test_there_is_nothing_to_keep_before_init(tmp_path: Path) -> None:
    assert installed_provider(tmp_path) is None


def test_terraform_is_told_how_to_attach(tmp_path: Path) -> None:
    provider = keep(stack_with(SERVES, tmp_path))
    try:
        attach = json.loads(provider.attach()["TF_REATTACH_PROVIDERS"])["aws"]
        socket = Path(attach["Addr"]["String"])
        assert (attach["Protocol"], attach["Pid"], socket.is_socket()) == ("grpc", provider.pid, True)
    finally:
        provider.end()
    assert provider.attach() == {}
    assert not socket.parent.exists()


def test_a_schema_that_is_known_is_asked_of_nobody(tmp_path: Path) -> None:
    """The provider of this test answers nothing."""
    stack_dir = stack_with(SERVES, tmp_path)
    program = installed_provider(stack_dir)
    assert program is not None
    SchemaFile(stack_dir, program).write(b"\x0a\x04what")
    provider = keep(stack_dir)
    try:
        address = json.loads(provider.attach()["TF_REATTACH_PROVIDERS"])["aws"]["Addr"]["String"]
        with grpc.insecure_channel(f"unix:{address}") as channel:
            assert channel.unary_unary("/tfplugin5.Provider/GetSchema")(b"", timeout=30) == b"\x0a\x04what"
    finally:
        provider.end()


def test_terraform_starts_its_own_where_the_provider_does_not_come_up(tmp_path: Path) -> None:
    assert keep(stack_with(FAILS, tmp_path)).attach() == {}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_provider_yields_as_the_run_does_that_started_it_and_dies_with_it(
    end: signal.Signals, tmp_path: Path
) -> None:
    code = (
        "import json, os, pathlib, sys, time; from tests.local.test_kept_provider import keep\n"
        "from embedded import session_priority\n"
        "session_priority.set_niceness(os.getpid(), 3)\n"
        "provider = keep(pathlib.Path(sys.argv[1]))\n"
        "attached = json.loads(provider.attach()['TF_REATTACH_PROVIDERS'])['aws']\n"
        "print(provider.pid, attached['Addr']['String'], flush=True)\n"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(stack_with(SERVES, tmp_path))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        try:
            assert run.stdout is not None
            proxy_pid, socket = run.stdout.readline().split()
            proxy = psutil.Process(int(proxy_pid))
            processes = [proxy, *proxy.children()]
            assert len(processes) == 2
            assert len({session_priority.niceness(pid) for pid in (run.pid, *(one.pid for one in processes))}) == 1
        finally:
            run.send_signal(end)
    wait_for(lambda: not any(process.is_running() for process in processes), what="the provider's end")
    assert not Path(socket).parent.exists()


STACK = """\
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

ephemeral "aws_secretsmanager_random_password" "this" {}

resource "aws_lb" "this" {
  subnets = [data.aws_subnet.this.id]
  colour  = "red"
}

data "aws_subnet" "this" {}
"""
KINDS = ("resource_schemas", "data_source_schemas", "ephemeral_resource_schemas")
CALLS = (("providers", "schema", "-json"), ("validate", "-json"))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, list[dict[str, Any]]]:
    """What Terraform says of the schema and of a stack, by whether the provider knows which files to read."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / "main.tf").write_text(STACK)
    environ = {**os.environ, **environment(local_settings(folder / "state"))}

    def call(*arguments: str, attach: dict[str, str]) -> str:
        command = ["terraform", *arguments]
        answer = subprocess.run(command, cwd=folder, env=environ | attach, capture_output=True, text=True, check=False)
        return answer.stdout

    call("init", "-input=false", attach={})
    found = {}
    program = installed_provider(folder)
    assert program is not None
    for reads in ((), (folder,)):
        provider = KeptProvider(program, stack_dir=folder, environ=environ, reads=reads)
        try:
            found[bool(reads)] = [json.loads(call(*arguments, attach=provider.attach())) for arguments in CALLS]
        finally:
            provider.end()
    return found


def test_terraform_gets_the_types_that_files_name_as_the_provider_has_them(
    answers: dict[bool, list[dict[str, Any]]],
) -> None:
    (whole,), (read,) = (found[0]["provider_schemas"].values() for found in (answers[False], answers[True]))
    words = set(re.findall(r"aws_\w+", STACK))
    assert len(whole["resource_schemas"]) > 1_000
    for kind in KINDS:
        expected = {name: schema for name, schema in whole[kind].items() if name in words}
        assert len(expected) > 0
        assert read[kind] == expected
    assert {name: read[name] for name in read if name not in KINDS} == {
        name: whole[name] for name in whole if name not in KINDS
    }


def test_a_wrong_attribute_is_told_as_by_the_provider_alone(answers: dict[bool, list[dict[str, Any]]]) -> None:
    said = answers[True][1]
    assert said["error_count"] > 0
    assert said == answers[False][1]
