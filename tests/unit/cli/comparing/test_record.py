"""Recording: where it listens, what the contract's file has afterwards, and how it ends."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.comparing import contract, record
from cli.comparing.learned import Seen
from cli.errors import REFUSED, CommandError
from cli.interrupts import Interrupted
from cli.progress import Progress
from settings.settings import Settings

LIST = Seen(
    method="GET",
    path="/mysfits",
    headers={},
    body=b"",
    status=200,
    answer_headers={"Content-Type": "application/json"},
    answer_body=b'{"mysfits":[]}',
)
FILE = "mysfits/contract.json"


class Recording:
    """What passes while it listens, and how that ends."""

    def __init__(self) -> None:
        self.passes: list[Seen] = []
        self.ends: BaseException | None = None
        self.asked: dict[str, Any] = {}

    async def serve(
        self, url: str, *, see: Callable[[Seen], None], ready: Callable[[int], None], **asked: object
    ) -> None:
        self.asked = {"url": url, **asked}
        ready(4321)
        for seen in self.passes:
            see(seen)
        if self.ends is not None:
            raise self.ends


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recording:
    made = Recording()
    (tmp_path / "mysfits").mkdir()
    monkeypatch.setattr(record, "serve", made.serve)
    monkeypatch.setattr(record, "ROOT", tmp_path)
    return made


def run(**environ: str) -> None:
    record.record(Settings.from_environ(environ), {"api_url": "http://lb"}, Progress())


def paths(file: Path) -> list[str]:
    return [one.request.path for one in contract.read(file).exchanges]


def test_what_passed_is_in_the_contract_and_told(
    recording: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.passes = [LIST, LIST, replace(LIST, path="/docs")]
    run(RECORD_PORT="4321", RECORD_SECONDS="9")
    origins = ("http://127.0.0.1:8081", "http://localhost:8081")
    assert recording.asked == {"url": "http://lb", "origins": origins, "port": 4321, "seconds": 9}
    assert paths(tmp_path / FILE) == ["/mysfits"]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o644
    assert [path.name for path in (tmp_path / FILE).parent.iterdir()] == ["contract.json"]
    told = capsys.readouterr()
    assert told.err.count("GET /mysfits: 200") == 1
    assert "for 9 s at http://127.0.0.1:4321, in front of http://lb" in told.err
    assert f"{FILE} has 1 exchanges, 1 new" in told.err
    table = [line.split() for line in told.out.splitlines()]
    assert ["GET", "/mysfits", "200", "1", "1"] in table
    assert any(line[:1] == ["1"] and line[-2:] == ["GET", "/docs"] for line in table)


def test_what_is_known_stays_and_a_recording_without_news_leaves_the_file_alone(
    recording: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.passes = [LIST]
    run()
    (tmp_path / FILE).chmod(0o600)
    run()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    recording.passes = [replace(LIST, path="/mysfits/1")]
    run()
    assert paths(tmp_path / FILE) == ["/mysfits", "/mysfits/1"]
    assert f"{FILE} has 2 exchanges, 1 new" in capsys.readouterr().err


def test_ctrl_c_ends_it_and_keeps_what_passed(
    recording: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.passes, recording.ends = [LIST], Interrupted(2)
    run()
    assert recording.asked["seconds"] is None
    assert "Recording until Ctrl-C" in capsys.readouterr().err
    assert paths(tmp_path / FILE) == ["/mysfits"]


def test_a_port_that_cannot_be_had_is_refused(recording: Recording, tmp_path: Path) -> None:
    recording.ends = OSError(errno.EADDRINUSE, "Address already in use")
    with pytest.raises(CommandError, match=r"RECORD_PORT=4321 .*Address already in use") as caught:
        run(RECORD_PORT="4321")
    assert caught.value.exit_code == REFUSED
    assert not (tmp_path / FILE).exists()


@pytest.mark.usefixtures("recording")
def test_a_system_that_names_no_file_is_told_where_to_name_one() -> None:
    settings = Settings.from_environ({})
    settings = replace(settings, system=replace(settings.system, contract=None))
    with pytest.raises(
        CommandError, match=r'contract="mysfits/contract.json" to SYSTEM in mysfits/system.py'
    ) as caught:
        record.record(settings, {"api_url": "http://lb"}, Progress())
    assert caught.value.exit_code == REFUSED


@pytest.mark.parametrize("site", ["https://site", ""])
def test_on_aws_the_site_that_was_deployed_may_call_it(site: str, recording: Recording) -> None:
    outputs = {"api_url": "http://lb", **({"site_url": site} if site else {})}
    record.record(Settings.from_environ({"TARGET": "aws"}), outputs, Progress())
    assert recording.asked["origins"] == ((site,) if site else ())
