from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from embedded.control import Control
from embedded.control_client import ControlError, ask
from embedded.private_folders import remove_socket, socket_path


async def answer(control: Control, path: Path, *request: Any) -> Any:
    await control.start()
    try:
        return await asyncio.to_thread(ask, path, *request)
    finally:
        await control.close()


async def test_a_route_gets_the_requests_json_and_its_answer_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    control = Control(path)
    control.add("PUT", "/double", lambda document: {"twice": [document, document]})
    assert await answer(control, path, "PUT", "/double", {"a": 1}) == {"twice": [{"a": 1}, {"a": 1}]}


async def test_a_request_that_a_route_refuses_says_why(tmp_path: Path) -> None:
    def refuse(_: object) -> object:
        raise ValueError("slow is a share; lower it.")

    path = tmp_path / "control.sock"
    control = Control(path)
    control.add("PUT", "/faults", refuse)
    with pytest.raises(ControlError, match=r"refused PUT /faults: slow is a share; lower it\."):
        await answer(control, path, "PUT", "/faults", {})


async def test_a_route_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with pytest.raises(ControlError, match="status 404"):
        await answer(Control(path), path, "GET", "/nothing")


async def test_only_this_user_may_open_the_socket_and_one_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    control = Control(path)
    control.add("GET", "/status", lambda _: "here")
    await control.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await asyncio.to_thread(ask, path, "GET", "/status") == "here"
    await control.close()


def test_nobody_behind_the_socket_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="make status"):
        ask(tmp_path / "control.sock", "GET", "/status")


def test_a_socket_lies_in_its_folder_or_for_a_long_path_in_a_private_one_that_stands_for_it(tmp_path: Path) -> None:
    short, long = tmp_path / "s", tmp_path / ("long" * 30)
    assert socket_path(short, "control.sock") == short / "control.sock"
    path = socket_path(long, "control.sock")
    try:
        assert len(str(path)) < 100
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path == socket_path(long, "control.sock") != socket_path(tmp_path / ("else" * 30), "control.sock")
    finally:
        remove_socket(path, folder=long)
        remove_socket(socket_path(tmp_path / ("else" * 30), "control.sock"), folder=tmp_path / ("else" * 30))
    assert not path.parent.exists()
