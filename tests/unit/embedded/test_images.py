"""How the embedded ECS runs an image reference."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from embedded.images import Build, ImageError, parse_ecr_reference, resolve, snapshot_dir

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
    Build(dockerfile="Dockerfile", arguments={"SERVICE": "like"}).write(folder)
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
