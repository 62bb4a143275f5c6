"""A state that was named by the environment alone goes on as that of its system; a half walk is not touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cli.earlier_state import take_over
from cli.errors import CommandError
from cli.phases import Live
from tests.unit.cli.fake_cloud import Cloud, deploy
from tests.unit.cli.partial_applies import world_at


def state_of(project: str, env: str) -> str:
    tagged = {"instances": [{"attributes": {"tags_all": {"Project": project, "Env": env}}}]}
    plain = {"instances": [{"attributes": {"tags_all": None}}, {}]}
    return json.dumps({"resources": [{"mode": "data"}, plain, tagged]})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_is_renamed_with_all_that_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "dev.tfstate").write_text(state_of("shop", "dev"))
    (tmp_path / "a.tfstate").write_text("no state at all")
    for name in ("dev.tfstate.backup", "dev.previous.json", "dev.control-plane", "dev-2.previous.json"):
        (tmp_path / name).touch()
    said: list[str] = []
    take_over(tmp_path, say=said.append)
    own = {"shop-dev.tfstate", "shop-dev.tfstate.backup", "shop-dev.previous.json", "shop-dev.control-plane"}
    assert names(tmp_path) == {*own, "a.tfstate", "dev-2.previous.json"}
    assert said == ["The state of dev is that of shop-dev from now on: several systems may have an environment dev"]
    take_over(tmp_path, say=said.append)
    assert len(said) == 1


def test_what_is_named_by_its_system_says_nothing_or_cannot_be_read_stays(tmp_path: Path) -> None:
    texts = {
        "shop-dev.tfstate": state_of("shop", "dev"),
        "dev.tfstate": state_of("shop", "dev"),  # shop-dev is there already
        "blue.tfstate": state_of("shop", "green"),
        "empty.tfstate": json.dumps({"resources": []}),
        "cut.tfstate": '{"resources": [',
        "odd.tfstate": "[]",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    take_over(tmp_path, say=print)
    assert names(tmp_path) == set(texts)
    take_over(tmp_path / "nowhere", say=print)


@pytest.mark.parametrize("shares", [{"like": 50}, {"like": 0}])
def test_a_walk_that_an_earlier_version_left_half_done_is_not_touched(
    shares: Mapping[str, int], cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.world = world_at("split")
    earlier = Live(stage="split", weights=shares, routes=("like",), lacks_fallback_group=True)
    monkeypatch.setattr("cli.deploy.live.read", lambda *_: earlier)
    with pytest.raises(
        CommandError, match=r"half done \(like gets \d+ % of its paths\).*Nothing was changed"
    ) as raised:
        deploy(tmp_path, cloud, "split")
    assert raised.value.exit_code == 2
    assert not cloud.applies
    monkeypatch.setattr("cli.deploy.live.read", lambda *_: replace(earlier, weights={"like": 100}))
    deploy(tmp_path, cloud, "split")
    assert cloud.applies
