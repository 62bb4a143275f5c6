"""The module `rotating_key` against the embedded AWS: mocked providers know no ephemeral resources."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import aws, terraform_setup
from settings.settings import Settings
from systems.checkout import ROOT
from tests.support import EmbeddedAws, local_settings, running_embedded_aws

NAME = "/test/key"
TAGS = {"Team": "shop"}


class Stack:
    """The module alone, applied with chosen variables."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        target = {"AWS_ENDPOINT_URL": str(settings.aws_endpoint_url), **aws.embedded_credentials(settings).environ}
        self._environ = {**os.environ, **terraform_setup.environment(settings), **target}
        provider = {"region": "us-east-1", "skip_metadata_api_check": True}
        source = os.path.relpath(ROOT / "modules" / "rotating_key", folder)
        module = {
            "source": source,
            "name": NAME,
            "versions": "${var.versions}",
            "current_slot": "${var.current_slot}",
            "tags": TAGS,
        }
        document = {
            "provider": {"aws": [provider]},
            "variable": {"versions": {"type": "map(number)"}, "current_slot": {"type": "string"}},
            "module": {"key": module},
            "output": {"current": {"value": "${module.key.current_arn}"}},
        }
        (folder / "main.tf.json").write_text(json.dumps(document))
        self.run("init")

    def run(self, command: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Terraform."""
        answer = subprocess.run(
            ["terraform", command, "-no-color", *arguments],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or answer.returncode == 0, answer.stdout + answer.stderr
        return answer

    def apply(self, *, versions: dict[str, int], current: str = "a") -> str:
        """Apply, and return everything that Terraform wrote or printed."""
        variables = [f"-var=versions={json.dumps(versions)}", f"-var=current_slot={current}"]
        printed = self.run("apply", "-auto-approve", *variables).stdout
        planned = self.run("plan", "-detailed-exitcode", *variables, check=False)
        assert planned.returncode == 0, planned.stdout
        return printed + planned.stdout + (self.folder / "terraform.tfstate").read_text()


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("key"))) as running:
        yield running


def keys(embedded_aws: EmbeddedAws) -> dict[str, str]:
    found = embedded_aws.client("ssm").get_parameters(Names=[f"{NAME}/a", f"{NAME}/b"], WithDecryption=True)[
        "Parameters"
    ]
    return {parameter["Name"].rpartition("/")[2]: parameter["Value"] for parameter in found}


def test_keys_exist_only_in_ssm_and_rotate_one_slot_at_a_time(embedded_aws: EmbeddedAws, tmp_path: Path) -> None:
    stack = Stack(tmp_path, embedded_aws.settings)
    written = stack.apply(versions={"a": 1, "b": 1})
    first = keys(embedded_aws)
    assert set(first) == {"a", "b"}
    assert first["a"] != first["b"]
    assert all(len(key) == 48 and key.isalnum() for key in first.values())
    for slot in first:
        tags = embedded_aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=f"{NAME}/{slot}")
        assert {tag["Key"]: tag["Value"] for tag in tags["TagList"]} == TAGS

    written += stack.apply(versions={"a": 1, "b": 2}, current="b")
    second = keys(embedded_aws)
    assert second["a"] == first["a"]
    assert second["b"] != first["b"]
    assert json.loads(stack.run("output", "-json").stdout)["current"]["value"].endswith(f"{NAME}/b")
    assert not any(key in written for key in (*first.values(), *second.values()))
