"""Examples of the modules in copies, applied to an embedded AWS with ports of their own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import urllib3

from cli import aws, terraform_setup
from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from embedded.alb.certificates import CERTIFICATE_FILE, FOLDER
from modules.readme import MODULES
from systems.checkout import ROOT
from tests.support import EmbeddedAws, quiet_ports

PROVIDER = """
provider "aws" {
  s3_use_path_style       = true
  skip_metadata_api_check = true
}
"""
"""An override: what this machine's AWS wants on top, and no account does."""

PARALLEL = "-parallelism=20"

VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
PROVIDER_BLOCK = re.compile(r'^provider "aws" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)

SERVICES = sorted(
    path.parent.relative_to(ROOT)
    for path in (*MODULES.glob("fargate_service/examples/*/main.tf"), *(ROOT / "examples").glob("*/main.tf"))
)
"""Examples with services, which are applied together; from the checkout."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example in a copy of the modules, with ports of its own."""

    folder: Path
    environ: Mapping[str, str]
    ports: Mapping[str, int]
    authority: Path

    def terraform(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        line = [terraform_setup.require_terraform(), *command.split(), "-no-color", *options]
        return subprocess.run(
            line, cwd=self.folder, env=dict(self.environ), capture_output=True, text=True, check=False
        )

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self.terraform(command, *options, *(f"-var={name}={port}" for name, port in self.ports.items()))

    def outputs(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.terraform("output", "-json").stdout)
        return {name: output["value"] for name, output in shown.items()}

    def get(
        self,
        port: str,
        scheme: str,
        *,
        path: str = "/nowhere",
        headers: Mapping[str, str] = MappingProxyType({}),
        redirect: bool = True,
    ) -> urllib3.BaseHTTPResponse | None:
        """What the path is answered; None while nobody listens."""
        secure: dict[str, Any] = {"ca_certs": str(self.authority)} if scheme == "https" else {}
        try:
            with urllib3.PoolManager(timeout=5, retries=False, **secure) as pool:
                url = f"{scheme}://localhost:{self.ports[port]}{path}"
                return pool.request("GET", url, headers=dict(headers), redirect=redirect)
        except urllib3.exceptions.HTTPError:
            return None


def copied_modules(tmp_path: Path) -> Path:
    copy = tmp_path / "modules"
    shutil.copytree(MODULES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.py", "tests", ".terraform*"))
    return copy


@contextlib.contextmanager
def applied(embedded_aws: EmbeddedAws, folder: Path, names: Sequence[str] = ()) -> Iterator[Example]:
    """What is in the folder, applied; destroyed in the end."""
    settings = embedded_aws.settings
    (folder / "embedded_override.tf").write_text(PROVIDER, encoding="utf-8")
    made = Example(
        folder=folder,
        environ={
            "PATH": os.environ["PATH"],
            "TF_INPUT": "0",
            **terraform_setup.environment(settings),
            **aws.embedded_credentials(settings).environ,
            "AWS_ENDPOINT_URL": str(settings.aws_endpoint_url),
        },
        ports=dict(zip(names, quiet_ports(len(names)), strict=True)),
        authority=settings.state_dir / FOLDER / CERTIFICATE_FILE,
    )
    assert made.terraform("init").returncode == 0
    with kept_provider(made) as attach:
        made = replace(made, environ={**made.environ, **attach})
        try:
            answer = made.run("apply", "-auto-approve", PARALLEL)
            assert answer.returncode == 0, answer.stderr
            yield made
        finally:
            gone = made.run("destroy", "-auto-approve", PARALLEL)
            assert gone.returncode == 0, gone.stderr


@contextlib.contextmanager
def kept_provider(example: Example) -> Iterator[Mapping[str, str]]:
    """Variables that make Terraform use one provider for all commands; each would start one of its own four times."""
    program = installed_provider(example.folder)
    assert program is not None
    provider = KeptProvider(
        program, stack_dir=example.folder, environ=example.environ, reads=(example.folder.parent, MODULES)
    )
    try:
        yield provider.attach()
    finally:
        provider.end()
