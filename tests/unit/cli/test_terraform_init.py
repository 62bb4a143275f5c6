"""When ``terraform init`` is left out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli import terraform_init
from cli.terraform_init import installed_provider, is_initialised, mark


@pytest.fixture
def stack_dir(tmp_path: Path) -> Path:
    """A stack as init leaves it, with the modules of a later stage too."""
    write_stack(tmp_path, modules=("alb",))
    (tmp_path / ".terraform.lock.hcl").write_text("lock")
    work = tmp_path / ".terraform"
    program = work / "providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64"
    program.mkdir(parents=True)
    (program / "terraform-provider-aws_v5.100.0_x5").touch()
    (work / "modules").mkdir()
    installed = [{"Key": "", "Source": ""}, *({"Key": name, "Source": f"../{name}"} for name in ("alb", "like"))]
    (work / "modules" / "modules.json").write_text(json.dumps({"Modules": installed}))
    (work / "terraform.tfstate").write_text("the backend of dev")
    mark(tmp_path)
    return tmp_path


def write_stack(folder: Path, *, modules: tuple[str, ...], backend: str = "dev.tfstate") -> None:
    stack = {
        "terraform": {"backend": {"local": {"path": backend}}},
        "module": {name: {"source": f"../{name}"} for name in modules},
    }
    (folder / "cdk.tf.json").write_text(json.dumps(stack))


def test_a_stack_that_is_initialised_is_so_in_every_stage(stack_dir: Path) -> None:
    assert is_initialised(stack_dir)
    write_stack(stack_dir, modules=("alb", "like"))
    assert is_initialised(stack_dir)


def test_a_stack_that_was_never_initialised_is_not(tmp_path: Path) -> None:
    write_stack(tmp_path, modules=())
    assert not is_initialised(tmp_path)


def test_a_module_that_is_not_installed_needs_init(stack_dir: Path) -> None:
    write_stack(stack_dir, modules=("alb", "adopt"))
    assert not is_initialised(stack_dir)


def test_another_backend_needs_init(stack_dir: Path) -> None:
    write_stack(stack_dir, modules=("alb",), backend="blue.tfstate")
    assert not is_initialised(stack_dir)


@pytest.mark.parametrize("changed", [".terraform.lock.hcl", ".terraform/terraform.tfstate"])
def test_what_another_init_wrote_needs_init(changed: str, stack_dir: Path) -> None:
    (stack_dir / changed).write_text("other")
    assert not is_initialised(stack_dir)


def test_a_provider_whose_mirror_went_away_needs_init(stack_dir: Path) -> None:
    (place,) = stack_dir.glob(".terraform/providers/*/*/*/*/*")
    shutil.rmtree(place)
    place.symlink_to(stack_dir / "gone")
    assert not is_initialised(stack_dir)


def test_a_module_whose_own_files_changed_needs_init(
    stack_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkout" / "modules" / "alb" / "main.tf"
    file.parent.mkdir(parents=True)
    file.write_text("before")
    monkeypatch.setattr(terraform_init, "ROOT", tmp_path / "checkout")
    mark(stack_dir)
    assert is_initialised(stack_dir)
    file.write_text("it names a further module now")
    assert not is_initialised(stack_dir)


def test_the_providers_program_is_found_by_its_whole_path(
    stack_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stack_dir.parent)
    found = installed_provider(Path(stack_dir.name))
    assert found is not None
    assert found.is_absolute()
    assert found.is_file()
    assert installed_provider(tmp_path / "never") is None
