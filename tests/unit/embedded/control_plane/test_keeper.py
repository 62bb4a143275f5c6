"""A call that changes something is answered when the change is on disk, and refused when it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from embedded.control_plane import keeper as keeper_module
from embedded.control_plane import records as records_module
from embedded.control_plane.keeper import ControlPlaneKeeper
from embedded.control_plane.stamped_file import StampedFile

CHANGE = {"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "Toys.CreateToy"}
READ = {"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "Toys.ListToys"}


class Records:
    """In place of moto: what was made, and what of it was encoded last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.restored: list[bytes] = []
        self.problems: list[Exception] = []
        self.unkeepable: dict[str, str] = {}
        monkeypatch.setattr(records_module, "encode", self.encode)
        monkeypatch.setattr(records_module, "decode", self.restored.append)
        monkeypatch.setattr(records_module, "unkeepable", lambda: self.unkeepable)

    def encode(self, *, leave_out: frozenset[str]) -> bytes:
        if self.problems:
            raise self.problems.pop()
        return ",".join([*self.made, *(f"without {name}" for name in sorted(leave_out))]).encode()

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.made.append(environ["HTTP_X_AMZ_TARGET"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"made"]


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Records:
    return Records(monkeypatch)


def call(keeper: ControlPlaneKeeper, records: Records, environ: dict[str, Any]) -> tuple[str, bytes]:
    heads: list[Any] = []
    body = b"".join(keeper.around(records.app)(dict(environ), lambda *head: heads.append(head)))
    (head,) = heads
    return head[0], body


def on_disk(folder: Path) -> bytes | None:
    found = StampedFile(folder / "control-plane.snapshot").read()
    return None if found is None else found.content


async def calling(keeper: ControlPlaneKeeper, records: Records, environ: dict[str, Any]) -> tuple[str, bytes]:
    return await asyncio.to_thread(call, keeper, records, environ)


@pytest.fixture
async def keeper(tmp_path: Path, records: Records, monkeypatch: pytest.MonkeyPatch) -> Any:
    del records
    monkeypatch.setattr(keeper_module, "QUIET_SECONDS", 0.02)
    made = ControlPlaneKeeper(tmp_path)
    assert not made.restore()
    running = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    yield made
    running.cancel()


async def test_a_change_is_on_disk_when_it_is_answered(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    assert await calling(keeper, records, CHANGE) == ("200 OK", b"made")
    assert on_disk(tmp_path) == b"Toys.CreateToy"


async def test_many_changes_at_once_share_what_is_written(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    answers = await asyncio.gather(*(calling(keeper, records, CHANGE) for _ in range(12)))
    assert {status for status, _ in answers} == {"200 OK"}
    assert on_disk(tmp_path) == b",".join([b"Toys.CreateToy"] * 12)


async def test_a_read_waits_for_nothing(records: Records, tmp_path: Path) -> None:
    resting = ControlPlaneKeeper(tmp_path)
    assert call(resting, records, READ) == ("200 OK", b"made")
    assert on_disk(tmp_path) is None


async def test_what_an_engine_changed_is_kept_soon(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    records.made.append("by an engine")
    keeper.touch()
    async with asyncio.timeout(5):
        while on_disk(tmp_path) != b"by an engine":  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)


async def test_a_change_that_cannot_be_kept_is_refused_and_the_next_is_not_even_made(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(StampedFile, "write", full)
        status, body = await calling(keeper, records, CHANGE)
        assert status == "500 Internal Server Error"
        assert b"InternalFailure" in body
        assert b"no space left on device" in body
        assert b"free space" in body
        assert (await calling(keeper, records, CHANGE))[0] == "500 Internal Server Error"
        assert len(records.made) == 1
        assert len(keeper.warnings()) == 1
    assert (await calling(keeper, records, CHANGE))[0] == "200 OK"
    assert on_disk(tmp_path) == b"Toys.CreateToy,Toys.CreateToy"
    assert keeper.warnings() == ()


async def test_a_call_that_was_not_kept_in_time_says_that_it_was_made_and_the_next_is_not_made(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "_ANSWER_SECONDS", 0.05)
    with keeper._calls:  # held, as by a machine that gets nowhere
        assert not await asyncio.to_thread(keeper._is_kept, keeper._want())
        asked = asyncio.create_task(calling(keeper, records, CHANGE))
        await asyncio.wait({asked}, timeout=5)
        answered = asked.done()  # one that waits for its turn has it only when nobody holds it
    status, body = await asked
    assert answered
    assert status == "500 Internal Server Error"
    assert b"Nothing was changed; try again." in body
    assert records.made == []
    monkeypatch.setattr(keeper_module, "_ANSWER_SECONDS", 20.0)
    assert (await calling(keeper, records, CHANGE))[0] == "200 OK"
    assert on_disk(tmp_path) == b"Toys.CreateToy"


async def test_a_change_that_was_made_and_not_kept_says_so(records: Records, tmp_path: Path) -> None:
    status, body = call(ControlPlaneKeeper(tmp_path), records, CHANGE)
    assert status == "500 Internal Server Error"
    assert b"This change was made all the same" in body
    assert records.made == ["Toys.CreateToy"]


async def test_apis_of_xml_get_their_refusal_as_xml(records: Records, tmp_path: Path) -> None:
    stopped = ControlPlaneKeeper(tmp_path)
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": "Action=CreateVpc", "HTTP_X_AMZ_TARGET": ""}
    status, body = call(stopped, records, environ)
    assert status == "500 Internal Server Error"
    assert body.startswith(b"<ErrorResponse><Error>")
    assert b"<Code>InternalFailure</Code>" in body


async def test_records_that_change_meanwhile_are_looked_at_again(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    records.problems = [RuntimeError("dictionary changed size during iteration")] * 3
    assert (await calling(keeper, records, CHANGE))[0] == "200 OK"
    assert on_disk(tmp_path) == b"Toys.CreateToy"


async def test_one_service_that_cannot_be_kept_does_not_stop_the_others(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    records.problems = [TypeError("cannot pickle 'generator' object")]
    records.unkeepable = {"lambda": "cannot pickle 'generator' object"}
    assert (await calling(keeper, records, CHANGE))[0] == "200 OK"
    assert on_disk(tmp_path) == b"Toys.CreateToy,without lambda"
    assert "lambda" in keeper.warnings()[0]


async def test_a_removed_file_is_written_again(keeper: ControlPlaneKeeper, records: Records, tmp_path: Path) -> None:
    await calling(keeper, records, CHANGE)
    (tmp_path / "control-plane.snapshot").unlink()
    async with asyncio.timeout(5):
        while on_disk(tmp_path) is None:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)


async def test_a_later_start_goes_on_with_the_same_control_plane(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path
) -> None:
    await calling(keeper, records, CHANGE)
    later = ControlPlaneKeeper(tmp_path)
    assert later.id != keeper.id
    assert later.restore()
    assert (later.id, later.lost, later.warnings()) == (keeper.id, "", ())
    assert records.restored == [b"Toys.CreateToy"]


@pytest.mark.parametrize("damage", [b"", b"damaged"])
async def test_a_damaged_file_is_a_fresh_start_that_says_so(
    keeper: ControlPlaneKeeper, records: Records, tmp_path: Path, damage: bytes
) -> None:
    await calling(keeper, records, CHANGE)
    (tmp_path / "control-plane.snapshot").write_bytes(damage)
    later = ControlPlaneKeeper(tmp_path)
    assert not later.restore()
    assert later.id != keeper.id
    assert later.warnings() == ("control-plane.snapshot is damaged, so the embedded AWS starts afresh",)


async def test_everything_is_kept_at_the_end(records: Records, tmp_path: Path) -> None:
    ending = ControlPlaneKeeper(tmp_path)
    records.made.append("the last")
    await ending.close()
    assert on_disk(tmp_path) == b"the last"
