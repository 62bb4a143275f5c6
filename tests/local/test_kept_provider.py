"""The provider that is kept over the commands of a run: how Terraform is told of it, and that it never stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from systems.checkout import ROOT
from tests.support import wait_for

SERVES = """\
#!/bin/sh
echo "arguments: $*"
printf "\\n\\tTF_REATTACH_PROVIDERS='{\\"Pid\\":%s}'\\n\\n" $$
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
    return KeptProvider(program, stack_dir=stack_dir, environ=os.environ)


def test_there_is_nothing_to_keep_before_init(tmp_path: Path) -> None:
    assert installed_provider(tmp_path) is None


def test_terraform_is_told_how_to_attach(tmp_path: Path) -> None:
    provider = keep(stack_with(SERVES, tmp_path))
    try:
        attach = provider.attach()
        assert attach == {"TF_REATTACH_PROVIDERS": f'{{"Pid":{provider.pid}}}'}
    finally:
        provider.end()
    assert provider.attach() == {}


def test_terraform_starts_its_own_where_the_provider_does_not_come_up(tmp_path: Path) -> None:
    assert keep(stack_with(FAILS, tmp_path)).attach() == {}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_provider_dies_with_the_run_that_started_it(end: signal.Signals, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from tests.local.test_kept_provider import keep\n"
        "provider = keep(pathlib.Path(sys.argv[1]))\n"
        "provider.attach(); print(provider.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(stack_with(SERVES, tmp_path))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            pid = int(run.stdout.readline())
            assert psutil.pid_exists(pid)
        finally:
            run.send_signal(end)
    wait_for(lambda: not psutil.pid_exists(pid), what="the provider's end")
