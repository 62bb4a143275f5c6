"""Adding a service is its folder, one import in the system's declaration and one stage row: done in a copy of the tree.

The copy's deployer walks the running deployment to the new service and back under load.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import requests

from services.mysfits.routes import PROFILE
from systems.checkout import ROOT
from tests.conftest import Deployed
from tests.copied_checkout import copy_checkout
from tests.local.load import Load
from tests.support import environment_of

_PATH: Final = PROFILE.at(mysfit_id="4e53920c-505a-4a90-a694-b9300791f0ae")

SERVICE: Final = '''
"""The declaration of a toy: the profile of a mysfit."""

from services.image import image
from services.mysfits import routes
from systems.service import Grant, Service, TableName

SERVICE = Service(
    name="toy",
    image=image("toy"),
    routes=(routes.PROFILE,),
    stays_inline=True,
    environment={"DDB_TABLE_NAME": TableName(table="mysfits")},
    grants=(Grant(name="ReadMysfits", table="mysfits", operations=("GetItem",)),),
)
'''

APP: Final = '''
"""A toy: the profile of a mysfit, read from the table."""

from dataclasses import dataclass
from functools import partial

from services.facade.persistence import add_persistence_errors
from services.kit.api_docs import add_api_docs
from services.kit.environment import EnvironmentReader
from services.kit.openapi import Operation, documented
from services.kit.routing import rule_of
from services.kit.server_settings import ServerSettings
from services.kit.service_app import Held, json_response, service_app
from services.mysfits.api import MYSFITS_API
from services.mysfits.dynamodb_store import open_dynamodb_store
from services.mysfits.routes import PROFILE
from services.mysfits.store_settings import StoreSettings


@dataclass(frozen=True, kw_only=True)
class ToySettings:
    server: ServerSettings
    store: StoreSettings


def read_settings(environ):
    reader = EnvironmentReader(environ)
    settings = ToySettings(server=ServerSettings.read(reader), store=StoreSettings.read(reader, ledger=False))
    reader.finish()
    return settings


def create_app(settings, lifecycle):
    app = service_app(service="toy", api=MYSFITS_API, site_origins=(), lifecycle=lifecycle)
    store = Held(app, partial(open_dynamodb_store, settings.store, metrics=app.metrics))
    add_persistence_errors(app)

    @app.route(rule_of(PROFILE), methods=[PROFILE.method])
    @documented(Operation(summary="One mysfit.", answers="MysfitProfile"))
    async def profile(mysfit_id):
        return json_response((await store.value.profile(mysfit_id)).as_json())

    add_api_docs(app, title="Toy")
    return app
'''

README: Final = "# Toy service\n\nThe profile of a mysfit, `GET /mysfits/{mysfit_id}`, and nothing else.\n"

_UNIT_TESTS: Final = (
    "tests/unit/test_readme.py",
    "tests/unit/cli/test_plan.py",
    "tests/unit/services/test_paths_against_rules.py",
    "tests/unit/services/test_rooms.py",
    "tests/unit/services/test_service_readmes.py",
)
"""What knows of all services at once."""

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
    """The tree with one service more, as the README says: its folder, one import, one row, and a route that leaves."""
    copy = copy_checkout(tmp_path / "copy")
    folder = copy / "services" / "toy"
    folder.mkdir()
    for name, text in (("__init__.py", ""), ("service.py", SERVICE), ("app.py", APP), ("README.md", README)):
        (folder / name).write_text(text.lstrip())
    _insert(
        copy / "mysfits" / "system.py",
        "from systems.system import",
        "from services.toy.service import SERVICE as TOY\n",
    )
    _replace(copy / "mysfits" / "system.py", "services=(LIKE, ADOPT)", "services=(LIKE, ADOPT, TOY)")
    _insert(copy / "mysfits" / "stages.py", '    Stage(\n        name="strangled"', ROW)
    _replace(copy / "services" / "monolith" / "service.py", "(routes.LIST, routes.PROFILE)", "(routes.LIST,)")
    return copy


def _insert(file: Path, before: str, text: str) -> None:
    _replace(file, before, text + before)


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def assert_only_get_has_left(api: str) -> None:
    posted = requests.post(f"{api}{_PATH}", timeout=5)
    assert (posted.status_code, posted.headers["X-Served-By"]) == (405, "monolith")
    assert requests.get(f"{api}/mysfits", timeout=5).headers["X-Served-By"] == "monolith"


def test_the_unit_tests_of_systems_hold_for_the_new_service_too(copy: Path) -> None:
    for part in ("README.md", "pyproject.toml", "tests"):
        (shutil.copy if (ROOT / part).is_file() else shutil.copytree)(ROOT / part, copy / part)
    for command in (["-m", "cli", "docs"], ["-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", *_UNIT_TESTS]):
        answer = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"


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
            assert_only_get_has_left(deployment.api)
            assert requests.head(f"{deployment.api}{_PATH}", timeout=5).headers["X-Served-By"] == "toy"
            deploy("split")
            assert served_by() == "monolith"
        assert load.failures == []
        assert len(load.answers) > 100
        assert {json.loads(answer)["name"] for answer in load.answers} == {"Evangeline"}
    finally:
        deployment.make("deploy")  # the tree without the toy takes its registry and log group away again
    assert not [address for address in deployment.make("state").stdout.split() if "toy" in address]
