"""An image runs as root unless its last stage names somebody else."""

from __future__ import annotations

import pytest

from policy.image_users import runs_as_root


@pytest.mark.parametrize(
    ("dockerfile", "root"),
    [
        ("FROM a\nUSER service\nCMD x\n", False),
        ("FROM a\nUSER 10001:10001\n", False),
        ("FROM a\nCMD x\n", True),
        ("FROM a\nUSER root\n", True),
        ("FROM a\nUSER 0\n", True),
        ("FROM a\nUSER 0:10001\n", True),
        ("FROM a\nUSER service\nUSER root\n", True),
        ("FROM a AS build\nUSER service\nFROM b\n", True),
        ("FROM a AS build\nFROM b\nUSER service\n", False),
    ],
)
def test_the_last_user_of_the_last_stage_counts(dockerfile: str, root: bool) -> None:
    assert runs_as_root(dockerfile) is root
