"""A stage for one ECS task."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import images
from embedded.ecs import task as task_module
from embedded.ecs.process import ContainerProcess
from tests.unit.embedded.ecs.fakes import Toy
from tests.unit.embedded.ecs.task_stage import Stage


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(task_module, "_POLL_SECONDS", 0.0)
    stage = Stage(tmp_path)
    folder = images.snapshot_dir(tmp_path, "toy", "v1") / "services" / "toy"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM x\nCMD ["serve", "--port", "{port}", "{port}s"]\n')
    (tmp_path / "bin").mkdir()
    for name in ("serve", "from"):
        (tmp_path / "bin" / name).touch(mode=0o700)
    monkeypatch.setattr(ContainerProcess, "start", stage.start_process)
    return stage


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def steady(toy: Toy) -> Toy:
    toy.tick()
    toy.bring_up()
    return toy
