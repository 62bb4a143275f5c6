"""How the embedded ECS runs an image reference."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from embedded.image_build.built_image import BuiltImage, tree_of
from embedded.images import ImageError, parse_ecr_reference, resolve, snapshot_dir

REFERENCE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/mysfits-dev-like:abc123"


def publish(state_dir: Path, dockerfile: str) -> Path:
    folder = snapshot_dir(state_dir, "mysfits-dev-like", "abc123")
    (folder / "services" / "like").mkdir(parents=True)
    (folder / "services" / "like" / "Dockerfile").write_text(dockerfile)
    return folder


def test_a_published_image_runs_the_command_of_its_dockerfile_from_its_snapshot(tmp_path: Path) -> None:
    folder = publish(tmp_path, 'FROM x\nCMD ["python", "-m", "services.like"]\n')
    runnable = resolve(tmp_path, REFERENCE)
    assert runnable.directory == folder
    assert runnable.command == (sys.executable, "-m", "services.like")


def test_a_command_line_runs_in_a_shell_with_what_the_build_and_the_dockerfile_set(tmp_path: Path) -> None:
    folder = snapshot_dir(tmp_path, "mysfits-dev-like", "abc123")
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(
        "FROM x\nARG SERVICE\nENV SERVICE=$SERVICE A=b\nCMD exec python -m services $SERVICE\n"
    )
    kept = {"dockerfile": "Dockerfile", "arguments": {"SERVICE": "like"}}  # as an earlier version built it
    (folder / ".build.json").write_text(json.dumps(kept))
    runnable = resolve(tmp_path, REFERENCE)
    assert runnable.command == ("/bin/sh", "-c", "exec python -m services $SERVICE")
    assert runnable.environment == {"SERVICE": "like", "A": "b"}


def test_a_dockerfile_without_a_command_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, "FROM x\n")
    with pytest.raises(ImageError, match="no CMD"):
        resolve(tmp_path, REFERENCE)


def test_an_image_without_a_snapshot_cannot_be_pulled(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"CannotPullContainerError: .*abc123"):
        resolve(tmp_path, REFERENCE)


def test_the_placeholder_needs_no_container_runtime(tmp_path: Path) -> None:
    runnable = resolve(tmp_path, "public.ecr.aws/nginx/nginx:1.29")
    assert (runnable.directory / "index.html").is_file()
    assert "{port}" in runnable.command


@pytest.mark.parametrize("reference", ["nginx", "docker.io/library/redis:7", "public.ecr.aws/nginx/nginx/other:1"])
def test_any_other_public_image_is_refused_with_a_reason(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ImageError, match="neither in the embedded registry nor the NGINX placeholder"):
        resolve(tmp_path, reference)


def test_references_of_the_registry_are_taken_apart() -> None:
    assert parse_ecr_reference(REFERENCE) == ("mysfits-dev-like", "abc123")
    assert parse_ecr_reference("nginx:1") is None


def built(state_dir: Path, **image: Any) -> Path:
    folder = snapshot_dir(state_dir, "mysfits-dev-like", "abc123")
    tree_of(folder).mkdir(parents=True)
    BuiltImage(**{"base": "x", "working_directory": "/app", "command": ("x",), **image}).write(folder)
    return tree_of(folder)


def test_a_built_image_runs_in_its_working_directory_with_its_programs_first(tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin"
    python.mkdir(parents=True)
    (python / "python").touch()
    environment = {"PYTHONPATH": "/app/lib", "PATH": "/app/bin:/usr/bin:", "HOME": "/root"}
    tree = built(tmp_path, python_bin=str(python), entrypoint=("a",), command=("b",), environment=environment)
    (tree / "app" / "bin").mkdir(parents=True)
    (tree / "app" / "lib").mkdir()
    runnable = resolve(tmp_path, REFERENCE)
    assert runnable.directory == tree / "app"
    assert (runnable.entrypoint, runnable.command) == (("a",), ("b",))
    assert runnable.environment == {"PYTHONPATH": str(tree / "app" / "lib"), "HOME": "/root"}
    assert runnable.programs == (tree / "app" / "bin", python)
    assert runnable.on_this_machine("/app/bin/x /app/bin") == f"/app/bin/x {tree}/app/bin"


def test_an_image_whose_environment_is_gone_says_what_to_do(tmp_path: Path) -> None:
    built(tmp_path, python_bin=str(tmp_path / "environments" / "1" / "bin"))
    with pytest.raises(
        ImageError, match=r"CannotStartContainerError: its Python environment .*/1 is gone; make deploy"
    ):
        resolve(tmp_path, REFERENCE)
