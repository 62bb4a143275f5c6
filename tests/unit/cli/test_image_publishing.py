"""Publishing images: what is built or copied, entered in the registry, and left alone. AWS is a registry in memory."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from cli import aws, images
from cli.errors import CommandError
from embedded.image_build.built_image import BuiltImage
from embedded.image_build.problems import ImageBuildError
from settings.settings import Settings
from systems.checkout import ROOT
from systems.image_tags import context_files, image_tag
from systems.service import Architecture

LIKE: Final = Settings.from_environ({}).system.images["like"].image
NOW: Final = image_tag(LIKE)
REPOSITORY: Final = "mysfits-dev-like"
URI: Final = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{REPOSITORY}"


@dataclass
class Registry:
    """ECR with one repository."""

    tags: set[str] = field(default_factory=set)
    entered: list[dict[str, Any]] = field(default_factory=list)
    error: str = "ImageNotFoundException"

    def describe_images(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:
        assert repositoryName == REPOSITORY
        (asked,) = imageIds
        if asked["imageTag"] not in self.tags:
            raise ClientError({"Error": {"Code": self.error}}, "DescribeImages")
        return {"imageDetails": [asked]}

    def put_image(self, **image: Any) -> None:
        self.entered.append(image)
        self.tags.add(image["imageTag"])

    def describe_repositories(self, *, repositoryNames: list[str]) -> dict[str, Any]:
        assert repositoryNames == [REPOSITORY]
        return {"repositories": [{"repositoryUri": URI}]}

    def get_authorization_token(self) -> dict[str, Any]:
        return {"authorizationData": [{"authorizationToken": base64.b64encode(b"AWS:pass:word").decode()}]}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = Registry()

    def client(_: Settings, service: str) -> Registry:
        assert service == "ecr"
        return found

    monkeypatch.setattr(aws, "client", client)
    return found


@pytest.fixture
def local(tmp_path: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(tmp_path)})


def snapshot(settings: Settings) -> Path:
    return settings.state_dir / "images" / REPOSITORY / NOW


def test_locally_the_image_is_built_and_entered_in_the_registry(registry: Registry, local: Settings) -> None:
    assert images.publish(local, "like", NOW, say=print)
    tree = snapshot(local) / "files" / "app"
    copied = {path.relative_to(tree) for path in tree.rglob("*") if path.is_file()}
    sources = {path.relative_to(ROOT) for path in context_files(LIKE)}
    assert copied == sources - {Path("services/Dockerfile")}
    app = "services/like/app.py"
    assert (tree / app).read_bytes() == (ROOT / app).read_bytes()
    image = BuiltImage.read(snapshot(local))
    assert image is not None
    assert image.environment["SERVICE"] == "like"
    assert image.command == ("/bin/sh", "-c", "exec python -m services $SERVICE")
    assert image.python_bin == str(Path(sys.executable).parent)  # which has all that their lock pins
    (entered,) = registry.entered
    assert (entered["repositoryName"], entered["imageTag"]) == (REPOSITORY, NOW)
    manifest = json.loads(entered["imageManifest"])
    assert manifest["schemaVersion"] == 2
    assert manifest["mediaType"] == entered["imageManifestMediaType"]
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.docker.image.rootfs.diff.tar.gzip"
    assert layer["size"] == sum(path.stat().st_size for path in context_files(LIKE))
    assert layer["digest"] == manifest["config"]["digest"]
    assert layer["digest"].startswith("sha256:")
    assert len(layer["digest"]) == len("sha256:") + 64
    assert manifest["config"]["mediaType"] == "application/vnd.docker.container.image.v1+json"
    assert manifest["config"]["size"] == 0


def test_each_tag_has_a_digest_of_its_own() -> None:
    digests = {images._manifest(service, LIKE, tag) for service in ("like", "adopt") for tag in ("a", "b")}
    assert len(digests) == 4


def test_what_is_published_is_left_alone(registry: Registry, local: Settings) -> None:
    images.publish(local, "like", NOW, say=print)
    kept = snapshot(local) / "kept"
    kept.touch()
    assert not images.publish(local, "like", NOW, say=print)
    assert kept.exists()
    assert len(registry.entered) == 1


def test_files_that_were_lost_are_copied_again_and_not_entered_twice(registry: Registry, local: Settings) -> None:
    images.publish(local, "like", NOW, say=print)
    shutil.rmtree(snapshot(local))
    assert images.publish(local, "like", NOW, say=print)
    assert snapshot(local).is_dir()
    assert len(registry.entered) == 1


def test_an_image_that_the_registry_lost_is_made_anew(registry: Registry, local: Settings) -> None:
    images.publish(local, "like", NOW, say=print)
    registry.tags.clear()
    odd = snapshot(local) / "odd"
    odd.touch()
    assert images.publish(local, "like", NOW, say=print)
    assert not odd.exists()
    assert len(registry.entered) == 2
    assert [path.name for path in snapshot(local).parent.iterdir()] == [NOW]


def test_an_older_tag_must_be_in_the_registry(registry: Registry, local: Settings) -> None:
    registry.tags = {"older"}
    assert not images.publish(local, "like", "older", say=print)
    with pytest.raises(CommandError, match=f"{REPOSITORY}:oldest is not in the registry and the sources of like"):
        images.publish(local, "like", "oldest", say=print)
    assert registry.entered == []


def test_other_errors_of_the_registry_are_not_taken_for_a_missing_image(registry: Registry, local: Settings) -> None:
    registry.error = "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDenied"):
        images.publish(local, "like", NOW, say=print)


def test_an_image_that_cannot_be_built_is_told_with_its_service_and_nothing_is_entered(
    registry: Registry, local: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise ImageBuildError("line 3: RUN apk add is not done here")

    monkeypatch.setattr(images, "build", build)
    with pytest.raises(CommandError, match=r"^The image of like cannot be built: line 3: RUN apk add"):
        images.publish(local, "like", NOW, say=print)
    assert registry.entered == []
    assert list(snapshot(local).parent.iterdir()) == []


@pytest.mark.usefixtures("registry")
def test_what_is_left_out_is_said_once_for_all_images_of_a_dockerfile(
    local: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, say: Callable[[str], None], **__: object) -> None:
        say("Dockerfile: left out: useradd")

    said: list[str] = []
    images._said.cache_clear()
    monkeypatch.setattr(images, "build", build)
    for revision in ("", "r2"):
        of_revision = replace(local, revision=revision)
        images.publish(of_revision, "like", images.source_tag(LIKE, revision), say=said.append)
    assert said == ["Dockerfile: left out: useradd"]
    images._said.cache_clear()


def test_deleting_snapshots_spares_another_environment(local: Settings) -> None:
    folder = local.state_dir / "images"
    for name in ("mysfits-dev-like", "mysfits-dev-monolith", "mysfits-devel-like"):
        (folder / name / "tag").mkdir(parents=True)
    images.delete_snapshots(local)
    assert [path.name for path in folder.iterdir()] == ["mysfits-devel-like"]


@dataclass
class Docker:
    """Notes what it is called with; fails at the command ``fails_at``."""

    calls: list[tuple[list[str], dict[str, Any]]] = field(default_factory=list)
    fails_at: str = ""

    def run(self, arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.calls.append((arguments, options))
        failed = arguments[1] == self.fails_at
        stderr = "".join(f"line {n}\n" for n in range(1, 21)) if failed else ""
        return subprocess.CompletedProcess(arguments, 7 if failed else 0, stdout="", stderr=stderr)


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    found = Docker()
    monkeypatch.setattr("subprocess.run", found.run)
    monkeypatch.setattr("shutil.which", lambda name: "/bin/docker" if name == "docker" else None)
    return found


AWS_SETTINGS: Final = Settings.from_environ({"TARGET": "aws"})


@pytest.mark.usefixtures("registry")
def test_on_aws_docker_builds_for_fargates_processors_and_pushes(docker: Docker) -> None:
    assert images.publish(AWS_SETTINGS, "like", NOW, say=print)
    login, build, push = docker.calls
    host = URI.partition("/")[0]
    assert login[0] == ["/bin/docker", "login", "--username", "AWS", "--password-stdin", host]
    assert login[1]["input"] == "pass:word"
    dockerfile = ["--platform", "linux/amd64", "--file", "services/Dockerfile", "--build-arg=SERVICE=like"]
    assert build[0] == ["/bin/docker", "build", *dockerfile, "--tag", f"{URI}:{NOW}", "."]
    assert push[0] == ["/bin/docker", "push", f"{URI}:{NOW}"]
    for _, options in docker.calls:
        assert (options["cwd"], options["capture_output"], options["text"], options["check"]) == (
            ROOT,
            True,
            True,
            False,
        )
    assert [options["input"] for _, options in (build, push)] == [None, None]


def test_on_aws_a_published_image_needs_no_docker(registry: Registry, docker: Docker) -> None:
    registry.tags = {NOW}
    assert not images.publish(AWS_SETTINGS, "like", NOW, say=print)
    assert docker.calls == []


@pytest.mark.usefixtures("registry")
def test_a_failing_docker_is_told_with_its_last_lines(docker: Docker) -> None:
    docker.fails_at = "build"
    with pytest.raises(CommandError) as caught:
        images.publish(AWS_SETTINGS, "like", NOW, say=print)
    first, *lines = str(caught.value).splitlines()
    assert first == "docker build failed with exit code 7:"
    assert (lines[0], lines[-1], len(lines)) == ("line 6", "line 20", 15)


@pytest.mark.usefixtures("registry")
def test_what_a_failing_build_says_on_stdout_is_told_before_what_it_says_on_stderr(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, 1, stdout="ERROR: no such package\n", stderr="pip returned 1\n")

    monkeypatch.setattr("shutil.which", lambda _: "/bin/docker")
    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(CommandError, match=r":\nERROR: no such package\npip returned 1$"):
        images.publish(AWS_SETTINGS, "like", NOW, say=print)


@pytest.mark.usefixtures("registry")
def test_without_docker_it_says_what_else_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(CommandError, match=f"install it or push {REPOSITORY}:{NOW} from a machine that has it"):
        images.publish(AWS_SETTINGS, "like", NOW, say=print)


def test_docker_builds_for_the_processors_that_an_image_declares(docker: Docker) -> None:
    images.build_container("/bin/docker", replace(LIKE, architecture=Architecture.ARM64), "shop:t")
    ((build, _),) = docker.calls
    assert build[build.index("--platform") + 1] == "linux/arm64"


def test_docker_builds_in_the_folder_of_the_image(
    registry: Registry, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    elsewhere = replace(LIKE, root="shop", arguments={})
    images._publish_container(registry, image=elsewhere, repository=REPOSITORY, tag="t")
    login, build, push = docker.calls
    assert (build[1]["cwd"], build[0][-3:]) == (tmp_path / "shop", ["--tag", f"{URI}:t", "."])
    assert "--build-arg" not in " ".join(build[0])
    assert login[1]["cwd"] != build[1]["cwd"] != push[1]["cwd"]
