"""A side that is slow to begin is waited for, however its first answers fail."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench import sides
from cli.errors import CommandError
from systems.checkout import ROOT

_SLOW_AT_FIRST = """
import http.server, os, time

class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Handler.asked += 1
        if Handler.asked == 1:
            time.sleep(1)
        self.send_response(200)
        self.end_headers()

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def test_an_answer_that_does_not_come_in_time_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "_ANSWER_SECONDS", 0.2)
    with contextlib.ExitStack() as stack:
        starter = sides.Starter(stack, logs=tmp_path, endpoint_url="http://127.0.0.1:9")
        assert starter.start("slow", ["-c", _SLOW_AT_FIRST]).process.is_running()


def test_a_side_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        starter = sides.Starter(stack, logs=tmp_path, endpoint_url="http://127.0.0.1:9")
        with pytest.raises(CommandError, match=r"broken did not answer .*\nno such thing"):
            starter.start("broken", ["-c", "import sys; sys.exit('no such thing')"])


def test_a_database_whose_starter_was_interrupted_ends_too(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.dynamodb_server", str(tmp_path / "control.sock")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdout.close()
        server.stdin.close()
        try:
            server.wait(timeout=30)
        finally:
            server.kill()
        assert b"Traceback" not in server.stderr.read()
