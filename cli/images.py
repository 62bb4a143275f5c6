"""Publishing service images under their immutable tags."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from embedded.image_build.build import Source, build, refresh
from embedded.image_build.problems import ImageBuildError
from embedded.image_build.python_environments import PythonEnvironments
from embedded.images import snapshot_dir
from settings.settings import Settings
from systems.checkout import ROOT
from systems.image_tags import context_files, image_tag
from systems.service import Architecture, Image
from systems.stage import Stage
from systems.system import System

PLATFORMS: Final[Mapping[Architecture, str]] = {
    Architecture.X86_64: "linux/amd64",
    Architecture.ARM64: "linux/arm64",
}
"""What Docker calls them."""

_MANIFEST_TYPE: Final = "application/vnd.docker.distribution.manifest.v2+json"


def source_tag(image: Image, revision: str) -> str:
    """Tag of an image that is made of the sources in the checkout.

    Args:
        image: how it is made.
        revision: value of REVISION.
    """
    return f"{image_tag(image)}-{revision}" if revision else image_tag(image)


def tags_of_walk(
    system: System, goal: Stage, *, asked: Mapping[str, str], running: Mapping[str, str], revision: str = ""
) -> dict[str, str]:
    """Image tag of every service of the system during a walk to ``goal``.

    What was ``asked`` for comes first; else a service has the tag of its sources, but one that leaves on the way keeps
    the image that it is ``running``: there is no reason to build and roll what is going.
    """
    tags = {}
    for name, service in system.images.items():
        stays = name in (system.monolith.name, *goal.separate)
        source = None if stays else running.get(name)
        tags[name] = asked.get(name) or source or source_tag(service.image, revision)
    return tags


def publish(settings: Settings, service: str, tag: str, *, say: Callable[[str], None]) -> bool:
    """Publish ``service`` under ``tag``.

    The registry must exist. A tag that is there already is left as it is: it stands for exactly its content.

    Args:
        say: gets lines about what takes a while, and about what an image is built without on this machine; the latter
            once for each Dockerfile and command, since images may share one.

    Raises:
        CommandError: the sources in the checkout have another tag and the registry does not have this one, or the image
            cannot be built.
    """
    repository, image = settings.name(service), settings.system.images[service].image
    ecr = aws.client(settings, "ecr")
    published = is_published(ecr, repository, tag)
    if tag != source_tag(image, settings.revision):
        if not published:
            raise CommandError(
                f"{repository}:{tag} is not in the registry and the sources of {service} are others now; deploy again."
            )
        return False
    if settings.is_local:
        present = snapshot_dir(settings.state_dir, repository, tag).is_dir()
        try:
            if published and present:
                refresh(
                    snapshot_dir(settings.state_dir, repository, tag),
                    environments=PythonEnvironments(settings.state_dir),
                    say=say,
                )
            else:
                _publish_snapshot(
                    settings, ecr, repository=repository, image=image, tag=tag, in_registry=published, say=say
                )
        except ImageBuildError as problem:
            raise CommandError(f"The image of {service} cannot be built: {problem}") from problem
        return not (published and present)
    if not published:
        _publish_container(ecr, image=image, repository=repository, tag=tag)
    return not published


def delete_snapshots(settings: Settings) -> None:
    """Remove the files of every image of this environment from the embedded AWS."""
    for service in settings.system.images:
        shutil.rmtree(snapshot_dir(settings.state_dir, settings.name(service), "any").parent, ignore_errors=True)
    PythonEnvironments(settings.state_dir).remove_unused(settings.state_dir / "images")


def is_published(ecr: Any, repository: str, tag: str) -> bool:
    """Whether the registry has this tag."""
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ImageNotFoundException":
            return False
        raise
    return True


def _publish_snapshot(
    settings: Settings,
    ecr: Any,
    *,
    repository: str,
    image: Image,
    tag: str,
    in_registry: bool,
    say: Callable[[str], None],
) -> None:
    """Build the image where the embedded ECS runs it, and enter the tag in the registry."""
    base, goal = ROOT / image.root, snapshot_dir(settings.state_dir, repository, tag)
    goal.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=goal.parent) as folder:
        made = Path(folder) / "image"
        made.mkdir()
        source = Source(
            root=base,
            dockerfile=image.dockerfile,
            files=tuple(path.relative_to(base).as_posix() for path in context_files(image)),
            arguments=image.arguments,
        )
        build(source, made, environments=PythonEnvironments(settings.state_dir), say=lambda line: _say_once(line, say))
        if goal.is_dir():
            shutil.rmtree(goal)
        made.rename(goal)
    if not in_registry:
        manifest = _manifest(repository, image, tag)
        ecr.put_image(
            repositoryName=repository, imageTag=tag, imageManifest=manifest, imageManifestMediaType=_MANIFEST_TYPE
        )


def _say_once(line: str, say: Callable[[str], None]) -> None:
    if line not in _said():
        _said().add(line)
        say(line)


@cache
def _said() -> set[str]:
    """What this process has said about what it builds."""
    return set()


def _manifest(repository: str, image: Image, tag: str) -> str:
    """An image manifest whose one layer is the context, so that the digest changes with the content."""
    digest = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    size = sum(path.stat().st_size for path in context_files(image))
    layer = {
        "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "digest": f"sha256:{digest}",
        "size": size,
    }
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": f"sha256:{digest}", "size": 0}
    return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST_TYPE, "config": config, "layers": [layer]})


def _publish_container(ecr: Any, *, image: Image, repository: str, tag: str) -> None:
    """Build with Docker and push."""
    docker = shutil.which("docker")
    if docker is None:
        raise CommandError(
            "TARGET=aws builds images with Docker and none is on PATH; install it or push "
            f"{repository}:{tag} from a machine that has it."
        )
    uri = ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"]
    token = ecr.get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    registry = uri.split("/")[0]
    _docker([docker, "login", "--username", user, "--password-stdin", registry], secret=password)
    build_container(docker, image, f"{uri}:{tag}")
    _docker([docker, "push", f"{uri}:{tag}"])


def build_container(docker: str, image: Image, reference: str) -> None:
    """Build ``image`` with Docker for its architecture; Docker takes buildx where it is there.

    Args:
        docker: path of the client.
        image: how it is made.
        reference: its name and tag in the engine.

    Raises:
        CommandError: with the last lines of what Docker said.
    """
    arguments = [f"--build-arg={name}={value}" for name, value in image.arguments.items()]
    build = [docker, "build", "--platform", PLATFORMS[image.architecture], "--file", image.dockerfile, *arguments]
    _docker([*build, "--tag", reference, "."], folder=ROOT / image.root)


def _docker(arguments: list[str], *, secret: str | None = None, folder: Path = ROOT) -> None:
    answer = subprocess.run(arguments, cwd=folder, input=secret, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        # Without BuildKit, what fails in a build says so on stdout.
        tail = "\n".join([*answer.stdout.splitlines(), *answer.stderr.strip().splitlines()][-15:])
        raise CommandError(f"docker {arguments[1]} failed with exit code {answer.returncode}:\n{tail}")
