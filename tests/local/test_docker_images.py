"""Each image as Docker builds and runs it, on a stand-in for its base, as nothing is pulled here.

Skipped, with the reason, on machines where no engine can be started.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from cli.images import build_container
from policy.image_users import user_of
from systems.checkout import ROOT
from systems.image_tags import context_files
from systems.loading import load
from systems.service import Service, Supplied, TableName, Value
from tests.local import stand_in
from tests.local.docker_engine import Engine, NoEngineError, running_engine
from tests.support import wait_for

SERVICES: Final = {
    f"{folder.rpartition('/')[2]}-{name}": service
    for folder in ("mysfits", "examples/bookshop")
    for name, service in load(folder).images.items()
}

MOST_BYTES: Final = 200_000_000
SLIM_BYTES: Final = 130_000_000
"""What python:3.11-slim-bookworm counts as: unpacked, as ``docker images`` shows it, it has 125 to 130 MB."""

# Docker lets everybody in a container bind low ports; Fargate does not.
AS_FARGATE: Final = ("--read-only", "--sysctl=net.ipv4.ip_unprivileged_port_start=1024", "--network=none")

# Prints who the first process is, and what its health check answers.
ASK: Final = """
import sys, urllib.request
status = dict(line.split(":", 1) for line in open("/proc/1/status"))
print(status["Uid"].split()[0], urllib.request.urlopen(sys.argv[1], timeout=5).status)
"""

# Size of the interpreter if the image has it once more, with a capability; else 0.
INTERPRETER: Final = """
import os, sys
path = os.path.realpath(sys.executable)
print(os.path.getsize(path) if os.listxattr(path) else 0)
"""


@dataclass(frozen=True, kw_only=True)
class Built:
    """The image of a service in the engine."""

    engine: Engine
    service: Service
    reference: str

    def run(self, *command: str) -> str:
        """What a command in a container of its own prints."""
        return self.engine.docker("run", "--rm", *AS_FARGATE, self.reference, *command)

    def added_bytes(self) -> int:
        """Size of its layers that are not the base's.

        Debian's interpreter is one file of 7 MB. That of the official image is 15 kB beside a library; so the copy of
        it that a capability makes is not counted.
        """
        image, base = (int(self.inspect("{{.Size}}", name)) for name in (self.reference, stand_in.BASE))
        return image - base - int(self.run("python", "-c", INTERPRETER))

    def inspect(self, what: str, name: str) -> str:
        """A value of an image or a container, as a template of Docker's names it."""
        return self.engine.docker("inspect", "--format", what, name)

    def log(self, container: str) -> str:
        """What a container has printed."""
        answer = self.engine.attempt("logs", container)
        return answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that has the stand-in."""
    requirements = {ROOT / one.image.root / name for one in SERVICES.values() for name in one.image.context}
    files = sorted(path for path in requirements if path.name == "requirements.txt")
    folder = tmp_path_factory.mktemp("base")
    try:
        with running_engine(tmp_path_factory.mktemp("docker")) as started:
            stand_in.make_base(started, folder, requirements=files)
            yield started
    except NoEngineError as problem:
        pytest.skip(str(problem))
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module", params=SERVICES)
def built(engine: Engine, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The image as a deploy to AWS builds it, but for its base."""
    name, service = request.param, SERVICES[request.param]
    docker = shutil.which("docker")
    assert docker is not None
    with pytest.MonkeyPatch.context() as patched:
        for variable, value in engine.environ.items():
            patched.setenv(variable, value)
        build_container(docker, stand_in.on_stand_in(service.image, tmp_path_factory.mktemp(name)), name)
    return Built(engine=engine, service=service, reference=name)


@pytest.fixture
def container(built: Built) -> Iterator[str]:
    """Name of a container in which the service runs as in its task."""
    variables = [f"--env={name}={value}" for name, value in _environment(built.service).items()]
    name = f"{built.reference}-task"
    built.engine.docker("run", "--detach", "--name", name, *AS_FARGATE, *variables, built.reference)
    try:
        yield name
    finally:
        built.engine.docker("rm", "--force", name)


def test_its_service_answers_as_the_user_of_its_dockerfile_until_sigterm_ends_it_with_0(
    built: Built, container: str
) -> None:
    engine, service = built.engine, built.service
    url = f"http://127.0.0.1:{service.container_port}{service.health_check_path}"

    def answer() -> list[str] | None:
        assert built.inspect("{{.State.Running}}", container) == "true", built.log(container)
        asked = engine.attempt("exec", container, "python", "-c", ASK, url)
        return asked.stdout.split() if asked.returncode == 0 else None

    user, status = wait_for(answer, what=f"{container} serves")
    assert status == "200"
    name = user_of((ROOT / service.image.root / service.image.dockerfile).read_text())
    assert built.inspect("{{.Config.User}}", container) == name
    assert user == engine.docker("exec", container, "id", "-u", name) != "0"
    written = engine.attempt("exec", "--user=0", container, "touch", "/app/written")
    assert "Read-only file system" in written.stderr

    engine.docker("stop", "--time=20", container)  # then SIGKILL, which would be 137
    assert built.inspect("{{.State.ExitCode}}", container) == "0", built.log(container)


def test_it_has_at_most_200_mb(built: Built) -> None:
    assert SLIM_BYTES + built.added_bytes() <= MOST_BYTES


def test_its_files_are_those_that_make_its_tag(built: Built) -> None:
    found = built.run("find", "/app", "-name", "__pycache__", "-prune", "-o", "-type", "f", "-print").splitlines()
    image = built.service.image
    declared = {path.relative_to(ROOT / image.root) for path in context_files(image)} - {Path(image.dockerfile)}
    assert {Path(path).relative_to("/app") for path in found} == declared


def _environment(service: Service) -> dict[str, str]:
    """Variables of a task that has the data itself; of others it knows nobody."""
    told = {**service.environment, **service.own_environment}
    known = {name: _text(value) for name, value in told.items()}
    return {**known, "AWS_REGION": "us-east-1", "PORT": str(service.container_port)}


def _text(value: Value) -> str:
    if isinstance(value, TableName):
        return value.table
    return "" if isinstance(value, Supplied) else value
