"""Adding a service is its folder, one import in the system's declaration and one stage row: done in a copy of the tree.

The copy's deployer walks the running deployment to the new service and back under load.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import requests

from tests.conftest import Deployed
from tests.copied_checkout import copy_checkout
from tests.local.load import Load
from tests.support import environment_of

"""All that a deploy reads."""

_PATH: Final = "/openapi.json"
"""Every service of ours has it, so the monolith serves it, too."""

SERVICE: Final = '''
"""The declaration of a toy."""

from services.image import image
from systems.service import Route, Service

SERVICE = Service(
    name="toy", image=image("toy"), routes=(Route(method="GET", path="/openapi.json"),), stays_inline=True
)
'''

APP: Final = '''
"""A toy: what the kit gives, and nothing else."""

from dataclasses import dataclass

from services.kit.api_docs import add_api_docs
from services.kit.environment import EnvironmentReader
from services.kit.server_settings import ServerSettings
from services.kit.service_app import service_app
from services.mysfits.api import MYSFITS_API


@dataclass(frozen=True, kw_only=True)
class ToySettings:
    server: ServerSettings


def read_settings(environ):
    reader = EnvironmentReader(environ)
    settings = ToySettings(server=ServerSettings.read(reader))
    reader.finish()
    return settings


def create_app(settings, lifecycle):
    app = service_app(service="toy", api=MYSFITS_API, site_origins=(), lifecycle=lifecycle)
    add_api_docs(app, title="Toy")
    return app
'''

ROW: Final = """    Stage(
        name="toys",
        means="the toy takes a path over",
        services={"like": Mode.FACADE, "toy": Mode.OWN},
        facade=True,
        kept=("like",),
    ),
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree with one service more: its folder, one import, one row."""
    copy = copy_checkout(tmp_path / "copy")
    folder = copy / "services" / "toy"
    folder.mkdir()
    for name, text in (("__init__.py", ""), ("service.py", SERVICE), ("app.py", APP)):
        (folder / name).write_text(text.lstrip())
    _insert(
        copy / "mysfits" / "system.py",
        "from systems.system import",
        "from services.toy.service import SERVICE as TOY\n",
    )
    _replace(copy / "mysfits" / "system.py", "services=(LIKE, ADOPT)", "services=(LIKE, ADOPT, TOY)")
    _insert(copy / "mysfits" / "stages.py", '    Stage(\n        name="strangled"', ROW)
    return copy


def _insert(file: Path, before: str, text: str) -> None:
    _replace(file, before, text + before)


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_service_is_walked_to_and_back_under_load(deployment: Deployed, copy: Path) -> None:
    def deploy(stage: str) -> None:
        settings = replace(deployment.settings, stage=stage, out_dir=copy / "cdktf.out")
        command = [sys.executable, "-m", "cli", "deploy"]
        answer = subprocess.run(
            command, cwd=copy, env=environment_of(settings), capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
        assert "restarting it" not in answer.stderr, "the copy has the same embedded AWS"

    def served_by() -> str:
        return requests.get(f"{deployment.api}{_PATH}", timeout=5).headers["X-Served-By"]

    try:
        with Load(deployment.api, path=_PATH) as load:
            assert served_by() == "monolith"
            deploy("toys")
            assert served_by() == "toy"
            answer = requests.post(f"{deployment.api}{_PATH}", timeout=5)
            assert answer.headers["X-Served-By"] == "monolith", "only GET has left"
            assert requests.head(f"{deployment.api}{_PATH}", timeout=5).headers["X-Served-By"] == "toy"
            deploy("split")
            assert served_by() == "monolith"
        assert load.failures == []
        assert len(load.answers) > 100
        assert {'"Toy"' in answer for answer in load.answers} == {True, False}
    finally:
        deployment.make("deploy")  # the tree without the toy takes its registry and log group away again
    assert not [address for address in deployment.make("state").stdout.split() if "toy" in address]
