"""The files of one environment's state, and nobody else's, go with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.lock import only_one
from cli.terraform import remove_state
from cli.terraform_setup import environment
from settings.settings import Settings

OWN = tuple(f"mysfits-a.{kind}" for kind in ("tfstate", "tfstate.backup", "boot", "previous.json", "unfinished"))


@pytest.mark.parametrize("other", ["mysfits-a-b", "mysfits-ab", "mysfits-b-a", "shop-a", "a"])
def test_what_belongs_to_an_environment_of_a_similar_name_stays(other: str, tmp_path: Path) -> None:
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path), "ENV": "a"})
    folder = settings.terraform_state.parent
    folder.mkdir()
    for name in OWN:
        (folder / name).touch()
    others = {name.replace("mysfits-a.", f"{other}.", 1) for name in OWN}
    for name in others:
        (folder / name).touch()
    remove_state(settings)
    assert {path.name for path in folder.iterdir()} == others


@pytest.mark.parametrize("env", ["cli", "deploy-dev"])
def test_no_environments_name_leads_to_what_all_of_them_share(
    env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(mirror))
    where = {"STATE_DIR": str(tmp_path / "state"), "CDKTF_OUTDIR": str(tmp_path / "out")}
    with only_one(Settings.from_environ({**where, "ENV": "dev"}), "deploy"):
        shared = Path(environment(Settings.from_environ({**where, "ENV": env}))["TF_CLI_CONFIG_FILE"])
        before = set(shared.parent.iterdir())
        remove_state(Settings.from_environ({**where, "ENV": env}))
        assert shared in before
        assert set(shared.parent.iterdir()) == before
