"""A state folder that was brought into a bad state, and what a command says of it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil

from cli import unexpected
from embedded import credentials, state
from embedded.code_version import code_version
from embedded.control import SOCKET_NAME
from embedded.private_folders import remove_socket, socket_path
from systems.checkout import ROOT
from tests.support import quiet_ports

Answer = tuple[int, str, str]
"""Exit code, stdout and stderr of a command."""


class Place:
    """A state folder and the variables that lead to it; the methods bring it into a bad state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = [str(port) for port in quiet_ports(3)]
        self.variables = {
            "STATE_DIR": str(folder / "state"),
            "CDKTF_OUTDIR": str(folder / "out"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_CONFIG_FILE": str(folder / "none"),
            **dict(zip(("ALB_PORT", "AWS_PORT", "SITE_PORT"), ports, strict=True)),
        }

    def write(self, name: str, text: str) -> None:
        path = self.folder / "state" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def deployed(self) -> None:
        """Terraform's state says that something is deployed."""
        outputs = {"stage": {"value": "split", "type": "string"}}
        document = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": outputs}
        self.write("terraform/mysfits-dev.tfstate", json.dumps({**document, "resources": []}))

    def deaf_daemon(self) -> None:
        """What calls itself the embedded AWS has its keys and does not listen."""
        self.daemon_without_keys()
        credentials.write(self.folder / "state", credentials.make())

    def daemon_without_keys(self) -> None:
        """What calls itself the embedded AWS has lost the file with its keys."""
        self.deployed()
        me = psutil.Process()
        running = state.DaemonState(
            pid=me.pid,
            control_plane_id="x",
            started_at=me.create_time(),
            booted_at=psutil.boot_time(),
            aws_port=int(self.variables["AWS_PORT"]),
            control_socket=str(self.control_socket),
            code_version=code_version(ROOT),
        )
        self.write("daemon.json", json.dumps(asdict(running)))

    @property
    def control_socket(self) -> Path:
        """Where the embedded AWS is asked, if anybody listens; so short that a socket may be made of it."""
        return socket_path(self.folder / "state", SOCKET_NAME)

    @contextlib.contextmanager
    def silent_daemon(self) -> Iterator[None]:
        """What calls itself the embedded AWS listens, and answers nothing, as one that was stopped by SIGSTOP."""
        self.deaf_daemon()
        port = int(self.variables["AWS_PORT"])
        with socket.create_server(("127.0.0.1", port)), socket.socket(socket.AF_UNIX) as control:
            control.bind(str(self.control_socket))
            control.listen()
            yield
        remove_socket(self.control_socket, folder=self.folder / "state")

    def damaged_daemon_file(self) -> None:
        """Half a file tells of the daemon."""
        self.deployed()
        self.write("daemon.json", '{"pid": 1, ')

    def holding(self, name: str, content: bytes | None) -> Path:
        """A file of the state folder that was overwritten, by None with a folder of its name; its path."""
        path = self.folder / "state" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
        return path

    def damaged_state(self) -> None:
        """Terraform's state is half a file."""
        self.write("terraform/mysfits-dev.tfstate", '{"version": 4,')

    def damaged_history(self) -> None:
        """What to go back to is half a file."""
        self.write("terraform/mysfits-dev.releases.json", '[{"stage": "gl')

    def foreign_history(self) -> None:
        """What to go back to is no release."""
        self.write("terraform/mysfits-dev.releases.json", '[{"number": 1, "release": "later"}]')


def complaint(answer: Answer, *, code: int) -> str:
    """The text for the person, which is no traceback."""
    found, _, err = answer
    assert "Traceback" not in err
    assert found == code, err
    text = "\n".join(line for line in err.splitlines() if " s  " not in line[:12])
    assert text.strip()
    assert unexpected.LOG_NAME not in text, text
    return text
