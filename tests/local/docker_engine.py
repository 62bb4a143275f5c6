"""A Docker engine of the tests' own.

It lives in namespaces of its own: its bridge, mounts and containers are not the machine's, need no port of it, and are
gone with the engine, however that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.support import wait_for

PACKAGES: Final = {"dockerd": "docker.io", "docker": "docker.io", "mmdebstrap": "mmdebstrap"}
"""Programs that these tests need, and Debian's package of each. Nothing installs them: ``make test`` does without."""

CONFINED: Final = (
    *("setpriv", "--pdeathsig", "KILL"),  # it ends with the tests, also when these are killed
    *("unshare", "--kill-child", "--fork", "--pid", "--mount-proc", "--mount"),
)
"""Begins a command whose processes and mounts are its own. They all end with the first process."""

# What dockerd writes to /etc, /run and /tmp stays in its folder, which is this script's first argument. (On a busy
# machine it may find containerd too slow, let it write its stacks to /tmp, and start it again.)
_DOCKERD: Final = """
set -e
mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" overlay /etc
mount -t tmpfs tmpfs /run
export TMPDIR="$1"
exec dockerd --config-file "$1/config.json"
"""
_CGROUPS: Final = Path("/sys/fs/cgroup")


class NoEngineError(RuntimeError):
    """No engine can be had on this machine; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running engine.

    Attributes:
        environ: variables by which Docker's client finds it.
    """

    environ: dict[str, str]

    def docker(self, *arguments: str) -> str:
        """What ``docker`` prints on stdout, without the last line's end. It has to succeed."""
        answer = self.attempt(*arguments)
        assert answer.returncode == 0, f"docker {' '.join(arguments)}:\n{answer.stdout}{answer.stderr}"
        return answer.stdout.strip()

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same, which may fail."""
        environ = {**os.environ, **self.environ}
        return subprocess.run(["docker", *arguments], env=environ, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """Start it with all that it writes in ``folder``, end it whatever happens, and remove the folder.

    Raises:
        NoEngineError: there is none on this machine.
    """
    _require_machine()
    for name in ("etc", "work", "client"):
        (folder / name).mkdir(parents=True)
    socket, cgroup = f"unix://{folder}/sock", f"test-{os.getpid()}"
    config = {
        "hosts": [socket],
        "data-root": f"{folder}/data",
        "exec-root": f"{folder}/exec",
        "pidfile": f"{folder}/pid",
        "iptables": False,  # no container calls anybody
        "cgroup-parent": cgroup,
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
    }
    (folder / "config.json").write_text(json.dumps(config))
    engine = Engine(environ={"DOCKER_HOST": socket, "DOCKER_CONFIG": f"{folder}/client"})
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*CONFINED, "--net", "sh", "-c", _DOCKERD, "sh", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests, which end it
        )
    try:
        wait_for(
            lambda: process.poll() is not None or engine.attempt("version").returncode == 0,
            what="dockerd answers or ends",
            timeout_seconds=60,
        )
        if process.poll() is not None:
            raise NoEngineError(f"dockerd does not start: {log.read_text(errors='replace').strip().splitlines()[-1]}")
        yield engine
    finally:
        _end(process)
        _remove_cgroups(cgroup)
        shutil.rmtree(folder)  # fails if anything is still mounted


def _require_machine() -> None:
    missing = [program for program in PACKAGES if shutil.which(program) is None]
    if missing:
        packages = " ".join(sorted({PACKAGES[program] for program in missing}))
        raise NoEngineError(f"not installed: {', '.join(missing)} (on Debian: apt-get install {packages})")
    if os.geteuid() != 0:
        raise NoEngineError("dockerd has to be started by root")
    if platform.machine() != "x86_64":
        raise NoEngineError(f"the images are for x86_64, and this machine is {platform.machine()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill dockerd, and with it, as the first process of its namespace, all that it started; wait for that."""
    if process.poll() is None:
        outer = psutil.Process(process.pid)
        for first in outer.children() or [outer]:
            first.kill()
    process.wait()


def _remove_cgroups(name: str) -> None:
    """Those of the containers: a folder of that name, in each controller's tree where dockerd was in it."""
    for folder, _, _ in os.walk(_CGROUPS, topdown=False):
        if name in Path(folder).parts:
            Path(folder).rmdir()
