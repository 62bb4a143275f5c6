"""Answers JSON; how well is said by the file of its service: see MANNERS."""

import http.server
import json
import os
import threading
import time
from pathlib import Path

SERVICE = os.environ["SERVICE"]
MANNERS = (Path(__file__).parent / f"{SERVICE}.txt").read_text().split()
"""``good`` or some of: ``error`` answers 500, ``reset`` closes the connection, ``slow`` takes 300 ms more, ``wrong``
has one wrong field, ``weak`` answers 500 while two requests are under way, ``hang`` never answers, ``dead`` ends at
once. More words do nothing: they make another image.
"""
UNDER_WAY = threading.Semaphore(1)


class Handler(http.server.BaseHTTPRequestHandler):
    """Every path but the health check is answered alike."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body

    def do_GET(self) -> None:
        """Answer after the manners."""
        if self.path == "/health":
            self.answer(200, {})
        elif "reset" in MANNERS:
            self.close_connection = True
        elif "hang" in MANNERS:
            threading.Event().wait()
        elif "error" in MANNERS:
            self.answer(500, {"error": "by manners"})
        elif "weak" in MANNERS:
            self.weak()
        else:
            time.sleep((0.3 if "slow" in MANNERS else 0) + (0.5 if self.path == "/far" else 0))
            self.good()

    def weak(self) -> None:
        """Fail as soon as there is company."""
        alone = UNDER_WAY.acquire(blocking=False)
        if not alone:
            self.answer(500, {"error": "too many"})
            return
        try:
            time.sleep(0.03)
            self.good()
        finally:
            UNDER_WAY.release()

    def good(self) -> None:
        """What is right, or nearly."""
        self.answer(200, {"path": self.path.partition("?")[0], "price": 13 if "wrong" in MANNERS else 12})

    def answer(self, status: int, document: object) -> None:
        """Send JSON."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", f"{SERVICE} {' '.join(MANNERS)}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    if "dead" in MANNERS:
        raise SystemExit(f"{SERVICE} cannot find its stock")
    print(f"{SERVICE} listens", flush=True)
    http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
