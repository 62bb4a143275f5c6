"""Files of the state folder that somebody overwrote: each command that reads one says which, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.local.bad_place import Answer, Place, complaint

DAMAGES = {"bytes": b"\xff\xfe\x00", "a list": b"[]", "a number": b"4", "lists": b'{"version": 4, "outputs": []}'}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("command", ["state", "audit", "releases", "rollback", "canary-key", "env"])
def test_a_file_that_somebody_overwrote_is_named_with_the_way_back(
    command: str, damage: bytes, place: Place, run: Callable[..., Answer]
) -> None:
    """Not every command reads each of them; whoever does can say more than that something is wrong."""
    place.deaf_daemon()
    files = {"tfstate": "cp ", "releases.json": "delete it", "tasks": "make scale", "previous.json": "delete it"}
    for suffix, way in files.items():
        path = place.holding(f"terraform/mysfits-dev.{suffix}", damage)
        _, _, err = run(command, {})
        assert "Traceback" not in err
        assert "does not know" not in err
        if str(path) in err:
            assert way in err
        path.unlink()


@pytest.mark.parametrize(("command", "suffix"), [("state", "tfstate"), ("releases", "releases.json")])
def test_a_folder_in_a_files_place_is_named(
    command: str, suffix: str, place: Place, run: Callable[..., Answer]
) -> None:
    path = place.holding(f"terraform/mysfits-dev.{suffix}", None)
    assert complaint(run(command, {}), code=1) == (
        f"{path} is a folder, and has to be a file; move it away and run the command again."
    )


@pytest.mark.parametrize("damage", [DAMAGES["bytes"], DAMAGES["a list"], DAMAGES["a number"], DAMAGES["lists"]])
def test_a_state_that_somebody_overwrote_is_no_state(damage: bytes, place: Place, run: Callable[..., Answer]) -> None:
    path = place.holding("terraform/mysfits-dev.tfstate", damage)
    assert complaint(run("state", {}), code=1) == (
        f"{path} cannot be read, it is no Terraform state. To go back to Terraform's copy of it before the last "
        f"change: cp {path}.backup {path}"
    )
