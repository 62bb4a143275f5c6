"""An image is its files at the right place, its settings and its packages; what is left out is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from embedded.image_build.build import Source, build, refresh
from embedded.image_build.built_image import BuiltImage, Packages, on_this_machine, tree_of
from embedded.image_build.problems import ImageBuildError
from embedded.image_build.python_environments import Say


class Environments:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Packages] = []
        self.bin = "/environments/1/bin"

    def provide(self, packages: Packages, tree: Path, *, say: Say) -> Path:
        assert tree.is_dir()
        assert callable(say)
        self.asked.append(packages)
        return Path(self.bin)


LEFT_OUT = "Dockerfile: these steps are for the container image and are left out on this machine:"


class Workplace:
    """A build context, and a folder to build into."""

    def __init__(self, folder: Path) -> None:
        self.root, self.folder = folder / "context", folder / "image"
        self.root.mkdir()
        self.folder.mkdir()
        self.environments = Environments()
        self.said: list[str] = []

    def file(self, path: str, text: str = "") -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text or path)

    def build(self, dockerfile: str, **arguments: str) -> BuiltImage:
        (self.root / "Dockerfile").write_text(dockerfile)
        files = [path.relative_to(self.root).as_posix() for path in sorted(self.root.rglob("*")) if path.is_file()]
        source = Source(root=self.root, dockerfile="Dockerfile", files=tuple(files), arguments=arguments)
        return build(source, self.folder, environments=self.environments, say=self.said.append)  # type: ignore[arg-type]

    def tree(self) -> set[str]:
        tree = tree_of(self.folder)
        return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_a_flask_image_as_people_have_them(place: Workplace) -> None:
    for path in ("requirements.txt", "shop/__init__.py", "shop/views/list.py"):
        place.file(path)
    image = place.build(
        "FROM python:3.11-slim@sha256:ab\nENV PYTHONUNBUFFERED=1\nWORKDIR /app\nCOPY requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY shop shop\nRUN useradd shop\nUSER shop\nEXPOSE 8000\n"
        "CMD exec gunicorn --bind ${HOST:-0.0.0.0}:${PORT:-8000} 'shop:app()'\n"
    )
    assert place.tree() == {"app/requirements.txt", "app/shop/__init__.py", "app/shop/views/list.py"}
    assert image.working_directory == "/app"
    assert image.command == ("/bin/sh", "-c", "exec gunicorn --bind ${HOST:-0.0.0.0}:${PORT:-8000} 'shop:app()'")
    assert image.environment == {"PYTHONUNBUFFERED": "1"}
    assert place.environments.asked == [
        Packages(python="3.11", installs=(("-r", "requirements.txt"),), directory="/app", files=("requirements.txt",))
    ]
    assert image.python_bin == "/environments/1/bin"
    assert place.said == [f"{LEFT_OUT} useradd shop"]
    assert BuiltImage.read(place.folder) == image


def test_arguments_reach_what_declares_them_and_nothing_else(place: Workplace) -> None:
    place.file("services/like/app.py")
    image = place.build(
        'FROM scratch\nARG SERVICE=none\nARG OTHER=kept\nENV SERVICE=$SERVICE OTHER=${OTHER} UNKNOWN="$NEVER"\n'
        "COPY services/$SERVICE /srv/$SERVICE/\nCMD run $SERVICE\n",
        SERVICE="like",
        NEVER="declared",
    )
    assert image.environment == {"SERVICE": "like", "OTHER": "kept", "UNKNOWN": ""}
    assert place.tree() == {"srv/like/app.py"}
    assert image.command[-1] == "run $SERVICE"  # the shell's business
    assert (image.packages, image.python_bin, place.said) == (None, "", [])


@pytest.mark.parametrize(
    ("copy", "files"),
    [
        ("COPY a.txt /", {"a.txt"}),
        ("COPY a.txt b.txt in/", {"w/in/a.txt", "w/in/b.txt"}),
        ("COPY a.txt in/c.txt", {"w/in/c.txt"}),
        ("COPY *.txt .", {"w/a.txt", "w/b.txt"}),
        ("COPY dir .", {"w/x.py", "w/in/y.py"}),
        ("COPY dir/ /opt/dir", {"opt/dir/x.py", "opt/dir/in/y.py"}),
        ("COPY d*r/in to", {"w/to/y.py"}),
        ('COPY ["a.txt", "with space"]', {"w/with space"}),
        ("COPY --chown=1:1 /a.txt .", {"w/a.txt"}),
        ("ADD . /all", {"all/a.txt", "all/b.txt", "all/dir/x.py", "all/dir/in/y.py", "all/Dockerfile"}),
    ],
)
def test_files_are_copied_where_docker_copies_them(copy: str, files: set[str], place: Workplace) -> None:
    for path in ("a.txt", "b.txt", "dir/x.py", "dir/in/y.py"):
        place.file(path)
    place.build(f"FROM scratch\nWORKDIR /w\n{copy}\nCMD x\n")
    assert place.tree() == files


def test_a_file_copied_onto_a_folder_that_is_there_goes_into_it(place: Workplace) -> None:
    place.file("a.txt")
    place.build("FROM scratch\nWORKDIR /w/in\nWORKDIR ..\nCOPY a.txt in\nCMD x\n")
    assert place.tree() == {"w/in/a.txt"}


def test_modes_are_kept_or_set_and_nothing_is_for_others(place: Workplace) -> None:
    place.file("run.sh")
    place.file("plain.txt")
    (place.root / "run.sh").chmod(0o755)
    (place.root / "plain.txt").chmod(0o644)
    place.file("data.txt")
    (place.root / "data.txt").chmod(0o644)
    place.build("FROM scratch\nCOPY run.sh data.txt /\nCOPY --chmod=755 plain.txt /\nCMD x\n")
    names = ("run.sh", "plain.txt", "data.txt")
    modes = [(tree_of(place.folder) / name).stat().st_mode & 0o777 for name in names]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(
    ("dockerfile", "problem"),
    [
        ("FROM a AS b\nFROM c\nCMD x", "has 2 stages .* write it with one FROM, or deploy with TARGET=aws"),
        ("CMD x", "has 0 stages"),
        ("FROM a\n", "neither CMD nor ENTRYPOINT, and what a would start is not known here; add one"),
        ("FROM a\nCOPY --from=b /x /y\nCMD x", r"Dockerfile, line 2: COPY --from=b .* copy from the context instead"),
        ("FROM a\nCOPY gone.txt .\nCMD x", "line 2: .*gone.txt is not part of the image's context; add it"),
        ("FROM a\nADD https://host/x .\nCMD x", "line 2: .*only files of the context"),
        ("FROM a\nCOPY only\nCMD x", "line 2: .*only files of the context"),
        ("FROM a\nFETCH x\nCMD x", "line 2: FETCH is no instruction that this machine knows"),
        (
            "FROM a\nRUN pip install a\nWORKDIR /b\nRUN pip install c\nCMD x",
            r"several folders \(/, /b\)",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_line(dockerfile: str, problem: str, place: Workplace) -> None:
    with pytest.raises(ImageBuildError, match=problem):
        place.build(dockerfile)


@pytest.mark.parametrize(
    ("lines", "entrypoint", "command"),
    [
        ('CMD ["node", "server.js"]', (), ("node", "server.js")),
        ('ENTRYPOINT ["a"]\nCMD ["b"]', ("a",), ("b",)),
        ('ENTRYPOINT ["a"]\nCMD b c', ("a",), ("/bin/sh", "-c", "b c")),
        ('ENTRYPOINT a $X\nCMD ["b"]', ("/bin/sh", "-c", "a $X"), ()),
        ('SHELL ["/bin/bash", "-ec"]\nCMD a', (), ("/bin/bash", "-ec", "a")),
        ("CMD a\nCMD b", (), ("/bin/sh", "-c", "b")),
    ],
)
def test_entrypoint_and_command(
    lines: str, entrypoint: tuple[str, ...], command: tuple[str, ...], place: Workplace
) -> None:
    image = place.build(f"FROM node:24\n{lines}\n")
    assert (image.entrypoint, image.command) == (entrypoint, command)
    assert place.environments.asked == []


@pytest.mark.parametrize(
    ("base", "version"),
    [
        ("python", ""),
        ("python:3.12", "3.12"),
        ("public.ecr.aws/docker/library/python:3.11.14-slim", "3.11"),
        ("python:3", ""),
    ],
)
def test_a_python_image_has_an_environment_also_without_packages(base: str, version: str, place: Workplace) -> None:
    place.build(f"FROM --platform=linux/amd64 {base} AS only\nCMD x\n")
    assert place.environments.asked == [Packages(python=version)]


def test_long_commands_that_are_left_out_are_told_in_one_line(place: Workplace) -> None:
    place.build(f"FROM a\nRUN make {'x' * 100} \\\n && make y\nSTOPSIGNAL SIGINT\nRUN a\nRUN b\nCMD x\n")
    assert place.said == [f"{LEFT_OUT} make {'x' * 34}…; make y; STOPSIGNAL SIGINT; 2 more"]


def test_a_built_image_gets_its_environment_again_when_that_is_another(place: Workplace) -> None:
    image = place.build("FROM python:3.11\nCMD x\n")
    place.environments.bin = "/environments/2/bin"
    assert refresh(place.folder, environments=place.environments, say=place.said.append)  # type: ignore[arg-type]
    assert BuiltImage.read(place.folder) == replace(image, python_bin="/environments/2/bin")


def test_a_snapshot_of_an_earlier_version_has_nothing_to_refresh(place: Workplace) -> None:
    assert not refresh(place.folder, environments=place.environments, say=place.said.append)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("/app/run.sh", "{tree}/app/run.sh"),
        ("exec /app/run.sh --to=/app", "exec {tree}/app/run.sh --to={tree}/app"),
        ("/bin/sh", "/bin/sh"),
        ("http://host/app", "http://host/app"),
        ("app/run.sh ./app ~/app", "app/run.sh ./app ~/app"),
        ("/", "/"),
        ("/app:/app/run.sh", "{tree}/app:{tree}/app/run.sh"),
    ],
)
def test_paths_of_the_image_become_paths_of_this_machine(text: str, here: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "run.sh").touch()
    assert on_this_machine(text, tmp_path) == here.format(tree=tmp_path)
