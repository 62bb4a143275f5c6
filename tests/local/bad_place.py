"""A state folder that was brought into a bad state."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import psutil

from embedded import state
from tests.support import quiet_ports


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

    def silent_daemon(self) -> None:
        """What calls itself the embedded AWS does not listen."""
        self.deployed()
        me = psutil.Process()
        running = state.DaemonState(
            pid=me.pid,
            control_plane_id="x",
            started_at=me.create_time(),
            aws_port=int(self.variables["AWS_PORT"]),
        )
        self.write("daemon.json", json.dumps(asdict(running)))

    def damaged_daemon_file(self) -> None:
        """Half a file tells of the daemon."""
        self.deployed()
        self.write("daemon.json", '{"pid": 1, ')

    def damaged_state(self) -> None:
        """Terraform's state is half a file."""
        self.write("terraform/mysfits-dev.tfstate", '{"version": 4,')

    def damaged_history(self) -> None:
        """What to go back to is half a file."""
        self.write("terraform/mysfits-dev.releases.json", '[{"stage": "gl')

    def foreign_history(self) -> None:
        """What to go back to is no release."""
        self.write("terraform/mysfits-dev.releases.json", '[{"number": 1, "release": "later"}]')
