"""The folder in which one object is imported: Terraform sees the provider and one empty resource at its address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.terraform_import import import_folder

REQUIRED = {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
PROVIDER = {"aws": [{"region": "us-east-1"}]}


@pytest.fixture
def stack_dir(tmp_path: Path) -> Path:
    """An initialised stack with more in it than an import may see."""
    made = tmp_path / "stacks" / "mysfits"
    (made / ".terraform" / "providers" / "aws").mkdir(parents=True)
    stack = {
        "terraform": {"required_providers": REQUIRED, "backend": {"local": {"path": "x"}}},
        "provider": PROVIDER,
        "resource": {"aws_vpc": {"this": {}}},
        "module": {"alb": {"source": "../alb"}},
    }
    (made / "cdk.tf.json").write_text(json.dumps(stack))
    (made / ".terraform.lock.hcl").write_text("lock")
    (made / "embedded-aws.ini").write_text("keys")
    return made


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_resource_of_the_stack_itself_lies_beside_the_provider(stack_dir: Path) -> None:
    with import_folder(stack_dir, "aws_s3_bucket.site") as folder:
        assert folder.parent == stack_dir.parent, "relative paths of the provider hold"
        assert read(folder / "main.tf.json") == {
            "terraform": {"required_providers": REQUIRED},
            "provider": PROVIDER,
            "resource": {"aws_s3_bucket": {"site": {}}},
        }
        assert not (folder / "module").exists()
        installed = read(folder / ".terraform" / "modules" / "modules.json")
        assert installed == {"Modules": [{"Key": "", "Source": "", "Dir": "."}]}
    assert list(stack_dir.parent.iterdir()) == [stack_dir]


def test_a_resource_of_a_module_lies_in_a_module_of_that_name(stack_dir: Path) -> None:
    with import_folder(stack_dir, 'module.like-2.aws_lb_listener_rule.path-0["/x y"]') as folder:
        assert read(folder / "main.tf.json") == {
            "terraform": {"required_providers": REQUIRED},
            "provider": PROVIDER,
            "module": {"like-2": {"source": "./module"}},
        }
        assert read(folder / "module" / "main.tf.json") == {
            "terraform": {"required_providers": REQUIRED},
            "resource": {"aws_lb_listener_rule": {"path-0": {"for_each": '${toset(["/x y"])}'}}},
        }
        installed = read(folder / ".terraform" / "modules" / "modules.json")["Modules"]
        assert installed[1:] == [{"Key": "like-2", "Source": "./module", "Dir": "module"}]


def test_provider_lock_and_keys_are_those_of_the_stack(stack_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stack_dir.parent)
    with import_folder(Path(stack_dir.name), "aws_vpc.this") as folder:
        assert (folder / ".terraform" / "providers").samefile(stack_dir / ".terraform" / "providers")
        assert (folder / ".terraform.lock.hcl").read_text() == "lock"
        assert (folder / "embedded-aws.ini").read_text() == "keys"
    assert (stack_dir / ".terraform" / "providers" / "aws").is_dir()
    (stack_dir / "embedded-aws.ini").unlink()
    with import_folder(stack_dir, "aws_vpc.this") as folder:
        assert not (folder / "embedded-aws.ini").exists(), "on AWS there is none"


@pytest.mark.parametrize("address", ["aws_vpc", "module.a.module.b.aws_vpc.this", "aws_vpc.this[0]", "x aws_vpc.this"])
def test_an_address_that_the_stack_cannot_have_is_refused(stack_dir: Path, address: str) -> None:
    with pytest.raises(ValueError, match="is no address of a resource in the stack"), import_folder(stack_dir, address):
        pass
    assert list(stack_dir.parent.iterdir()) == [stack_dir]


def test_the_folder_goes_also_when_the_import_fails(stack_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), import_folder(stack_dir, "aws_vpc.this"):
        raise ZeroDivisionError
    assert list(stack_dir.parent.iterdir()) == [stack_dir]
