"""Virtual environments for images: one for each lock, made once, found again, never used half made."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from embedded.image_build import requirements_file
from embedded.image_build.built_image import BuiltImage, Packages
from embedded.image_build.problems import ImageBuildError
from embedded.private_folders import FOLDER_MODE
from embedded.tether import tethered

_COMPLETE: Final = "complete.json"
"""Written into an environment when all of it is there."""

_SAY_SECONDS: Final = 2.0
"""How often a line of pip's is shown."""

_LAST_LINES: Final = 8
_WORTH_SHOWING: Final = ("Collecting", "Downloading", "Building", "Installing")

Say = Callable[[str], None]


class PythonEnvironments:
    """The virtual environments in ``state_dir``.

    Args:
        state_dir: of the embedded AWS.
        own_python: the interpreter whose packages are used where a lock asks for nothing else.
        are_installed: whether that interpreter has all that a lock asks for.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        own_python: Path = Path(sys.executable),
        are_installed: Callable[[str], bool] = requirements_file.are_installed,
    ) -> None:
        self._folder = state_dir / "environments"
        self._own_python = own_python
        self._are_installed = are_installed

    def provide(self, packages: Packages, tree: Path, *, say: Say) -> Path:
        """Folder of the programs of an environment that has exactly these packages.

        Args:
            packages: what is to be installed.
            tree: the image's file tree, which has the requirements files.
            say: gets a line now and then while an environment is made.

        Raises:
            ImageBuildError: a requirements file is missing, or pip fails; says why.
        """
        texts = self._texts(packages, tree)
        python = self._python(packages.python, say)
        if python == self._own_python and self._is_our_own(packages, texts):
            return python.parent
        environment = self._folder / _digest(packages, texts, python)
        if not (environment / _COMPLETE).is_file():
            with self._locked(environment):
                if not (environment / _COMPLETE).is_file():
                    self._make(environment, packages, tree, python, say)
        return environment / "bin"

    def remove_unused(self, images: Path) -> None:
        """Remove every environment that no image below the folder ``images`` runs in."""
        used = {image.python_bin for path in images.glob("*/*") if (image := BuiltImage.read(path)) is not None}
        for environment in self._folder.glob("*/"):
            if str(environment / "bin") not in used:
                shutil.rmtree(environment, ignore_errors=True)
                environment.with_suffix(".lock").unlink(missing_ok=True)

    def _texts(self, packages: Packages, tree: Path) -> dict[str, str]:
        """Text of each requirements file by its path; those that they name, too."""
        folder = tree / packages.directory.lstrip("/")
        found: dict[str, str] = {}
        for name in packages.files:
            try:
                for path in requirements_file.with_those_it_names(_inside(tree, folder, name)):
                    found[str(path.relative_to(tree.resolve()))] = path.read_text(encoding="utf-8")
            except (OSError, ValueError) as problem:
                raise ImageBuildError(
                    f"pip install reads {name}, which the image's files do not have ({problem}); copy it in before, "
                    "with everything that it names."
                ) from problem
        return found

    def _is_our_own(self, packages: Packages, texts: dict[str, str]) -> bool:
        from_files = [argument for install in packages.installs for argument in install if not argument.startswith("-")]
        return bool(texts) and set(from_files) == set(packages.files) and all(map(self._are_installed, texts.values()))

    def _python(self, version: str, say: Say) -> Path:
        own = ".".join(platform.python_version_tuple()[:2])
        if version in ("", own):
            return self._own_python
        found = shutil.which(f"python{version}")
        if found is None:
            say(f"There is no python{version} on PATH, so the image runs on this machine's Python {own}")
            return self._own_python
        return Path(found)

    @contextlib.contextmanager
    def _locked(self, environment: Path) -> Iterator[None]:
        """One process makes an environment; others wait for it."""
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        with environment.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self, environment: Path, packages: Packages, tree: Path, python: Path, say: Say) -> None:
        shutil.rmtree(environment, ignore_errors=True)  # of somebody who was ended on the way
        began = time.monotonic()
        _run([str(python), "-I", "-m", "venv", "--without-pip", str(environment)], cwd=tree, say=say)
        folder = tree / packages.directory.lstrip("/")
        for install in packages.installs:
            what = " ".join(install)
            say(f"Making a Python environment: pip install {what} …")
            options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--no-compile"]
            arguments = [str(_inside(tree, folder, word)) if word in packages.files else word for word in install]
            # This process's pip: one of its own, and modules compiled that nobody imports, would cost a third more.
            pip = [str(self._own_python), "-m", "pip", "--python", str(environment / "bin" / "python"), "install"]
            _run([*pip, *options, *arguments], cwd=folder, say=say)
        document = json.dumps({"installs": packages.installs, "python": str(python)})
        (environment / _COMPLETE).write_text(document, encoding="utf-8")
        if packages.installs:
            say(f"Made the Python environment in {time.monotonic() - began:.1f} s")


def _inside(tree: Path, folder: Path, name: str) -> Path:
    """Where a path of the image lies."""
    return tree / name.lstrip("/") if name.startswith("/") else folder / name


def _digest(packages: Packages, texts: dict[str, str], python: Path) -> str:
    """Differs for another Python, another text of a file, and other arguments; paths do not matter."""
    places = {name: number for number, name in enumerate(packages.files)}
    installs = [
        [f"file {places[word]}" if word in places else word for word in install] for install in packages.installs
    ]
    content = json.dumps([_version(python), installs, list(texts.values())])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _version(python: Path) -> str:
    mine = f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}"
    if python == Path(sys.executable):
        return mine
    code = "import platform as p; print(p.python_implementation(), p.python_version(), p.machine())"
    return subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _run(command: Sequence[str], *, cwd: Path, say: Say) -> None:
    """Run a program to its end; it ends with this process.

    Raises:
        ImageBuildError: it failed; with its last lines.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    last: deque[str] = deque(maxlen=_LAST_LINES)
    said = time.monotonic()
    process = subprocess.Popen(
        tethered(command),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with process:
        try:
            for line in process.stdout or ():
                last.append(line.strip())
                if line.strip().startswith(_WORTH_SHOWING) and time.monotonic() - said >= _SAY_SECONDS:
                    said = time.monotonic()
                    say(f"  {line.strip()[:100]}")
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        what = " ".join(command[1:4])
        raise ImageBuildError(
            f"{Path(command[0]).name} {what} … failed with exit code {process.returncode}: "
            + "\n".join(last)
            + "\nCorrect the requirements or the connection to the package index, then deploy again."
        )
