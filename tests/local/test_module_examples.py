"""The modules' examples, as callers of another company write them: applied, answered, and empty at the second plan."""

from __future__ import annotations

import contextlib
import functools
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

import pytest
import urllib3

from cli import aws, terraform_setup
from cli.kept_provider import KeptProvider
from cli.terraform_init import installed_provider
from embedded.alb.certificates import CERTIFICATE_FILE, FOLDER
from modules.readme import MODULES
from policy.plans import ENV
from systems.checkout import ROOT
from tests.local import production_stack
from tests.support import EmbeddedAws, local_settings, quiet_ports, running_embedded_aws, wait_for

PROVIDER = """
provider "aws" {
  s3_use_path_style       = true
  skip_metadata_api_check = true
}
"""
"""An override: what this machine's AWS wants on top, and no account does."""

PARALLEL = "-parallelism=20"

VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
CHANGED = re.compile(r"^  # (\S+) (?:will|must) be", re.MULTILINE)
"""What a plan would change."""
PROVIDER_BLOCK = re.compile(r'^provider "aws" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)

SERVICES = sorted(
    path.parent.relative_to(ROOT)
    for path in (*MODULES.glob("fargate_service/examples/*/main.tf"), *(ROOT / "examples").glob("*/main.tf"))
)
"""Examples with services, which are applied together; from the checkout."""

MAINS = {
    str(path.parent.relative_to(MODULES)): path
    for path in sorted(MODULES.glob("*/examples/*/main.tf"))
    if path.parent.relative_to(ROOT) not in SERVICES
}
PORTS = {name: VARIABLE.findall(path.read_text(encoding="utf-8")) for name, path in MAINS.items()}
"""Variables of each example: the ports of its listeners."""

LISTENING = [name for name, ports in PORTS.items() if ports]
OTHERS = [name for name, ports in PORTS.items() if not ports]


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


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("examples"))) as running:
        yield running


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


@pytest.fixture
def example(request: pytest.FixtureRequest, embedded_aws: EmbeddedAws, tmp_path: Path) -> Iterator[Example]:
    """The example that the test names, applied."""
    with applied(embedded_aws, copied_modules(tmp_path) / request.param, PORTS[request.param]) as made:
        yield made


def test_examples_that_do_not_listen_are_applied_and_empty_at_the_second_plan(
    embedded_aws: EmbeddedAws, tmp_path: Path
) -> None:
    """All in one: each Terraform run takes seconds, most of them for the provider, which is the same for all."""
    copy = copied_modules(tmp_path)
    together = copy / "together"
    together.mkdir()
    blocks = []
    for name in OTHERS:
        main = copy / name / "main.tf"
        text, count = PROVIDER_BLOCK.subn("", main.read_text(encoding="utf-8"))
        assert count == 1, f"{name}: an example has one provider block"
        main.write_text(text, encoding="utf-8")
        blocks.append(f'module "{name.replace("/", "-")}" {{\n  source = "../{name}"\n}}\n')
    (together / "main.tf").write_text("\n".join(['provider "aws" {\n  region = "us-east-1"\n}\n', *blocks]))
    with applied(embedded_aws, together) as made:
        again = made.run("plan", "-detailed-exitcode")
        assert again.returncode == 0, again.stdout + again.stderr


def knows_distribution(example: Example) -> None:
    """Whoever lacks the header's secret is refused on the very path that the distribution is answered on."""
    (sent,) = [{name: value} for name, value in example.outputs()["origin_headers"].items()]
    for headers, status in ((sent, 200), ({}, 403), (dict.fromkeys(sent, "guessed"), 403)):
        answer = example.get("http_port", "http", path="/api/health", headers=headers)
        assert answer is not None
        assert answer.status == status, headers.keys()


@pytest.mark.parametrize("example", LISTENING, indirect=True)
def test_an_example_is_applied_answers_and_is_empty_at_the_second_plan(example: Example) -> None:
    again = example.run("plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
    scheme = "https" if "https_port" in example.ports else "http"
    nobody = wait_for(lambda: example.get(f"{scheme}_port", scheme), what=f"{scheme} is served")
    status = 403 if "origin_headers" in example.outputs() else 404
    assert (nobody.status, nobody.headers["Content-Type"]) == (status, "application/json")
    if status == 403:
        knows_distribution(example)
    if scheme == "https":
        moved = wait_for(lambda: example.get("http_port", "http", redirect=False), what="http is served")
        port = example.ports["https_port"]
        assert (moved.status, moved.headers["Location"]) == (301, f"https://localhost:{port}/nowhere")


def test_services_of_examples_run_and_their_second_plan_is_empty(embedded_aws: EmbeddedAws, tmp_path: Path) -> None:
    """That of the stack of PROFILE=production, applied beside them, is empty too."""
    copied_modules(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    together = tmp_path / "modules" / "services"
    together.mkdir()
    blocks = ['provider "aws" {\n  region = "us-east-1"\n}\n']
    ports: list[int] = []
    for place in SERVICES:
        main = tmp_path / place / "main.tf"
        text = PROVIDER_BLOCK.sub("", main.read_text(encoding="utf-8"))
        main.write_text(text, encoding="utf-8")
        ports += quiet_ports(len(VARIABLE.findall(text)))
        given = f"  http_port = {ports[-1]}\n" if VARIABLE.search(text) else ""
        blocks.append(f'module "{place.name}" {{\n  source = "../../{place}"\n{given}}}\n')
    blocks.append(production_stack.write(together.parent, embedded_aws))
    (together / "main.tf").write_text("\n".join(blocks), encoding="utf-8")
    with applied(embedded_aws, together) as made:
        again = made.run("plan")
        # It protects itself from a destroy; what it has goes with this embedded AWS.
        forgotten = made.terraform("state rm", f"module.{production_stack.NAME}")
        assert again.returncode == 0, again.stderr
        assert set(CHANGED.findall(again.stdout)) == {production_stack.NOT_CARRIED}, again.stdout
        assert "module.alb.aws_lb.this" in forgotten.stdout
        for port in ports:
            wait_for(functools.partial(_answers, port), what="the service answers")
        _check_services(embedded_aws.client("ecs"))


def _answers(port: int) -> bool:
    try:
        return urllib3.request("GET", f"http://localhost:{port}/", timeout=5, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _check_services(ecs: Any) -> None:
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    names = {one["clusterName"] for one in clusters if one["status"] == "ACTIVE"} - {f"mysfits-{ENV}"}
    assert len(names) == len(SERVICES)
    for cluster in names:
        (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
        (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
        assert service["runningCount"] == service["desiredCount"] > 0
        (deployment,) = ecs.list_service_deployments(cluster=cluster, service=arn)["serviceDeployments"]
        assert deployment["status"] == "SUCCESSFUL"
        if not service["loadBalancers"]:
            _check_worker(ecs, cluster, service)


def _check_worker(ecs: Any, cluster: str, service: Mapping[str, Any]) -> None:
    """What prepares it has read a key of a JSON secret, and what this machine does not carry is told."""
    told = " ".join(event["message"] for event in service["events"])
    assert "FARGATE_SPOT takes no task away here" in told
    (arn,) = ecs.list_tasks(cluster=cluster, serviceName=service["serviceName"])["taskArns"]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
    shown = {one["name"]: (one["lastStatus"], one.get("exitCode")) for one in task["containers"]}
    assert shown == {"worker": ("RUNNING", None), "prepare": ("STOPPED", 0)}
    assert task["capacityProviderName"] == "FARGATE_SPOT"
