"""A web page that means harm: what it can send from a browser, by which names, and what came of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from playwright.sync_api import Page

EVIL: Final = "evil.example"
"""A name of somebody else that leads to this machine, as a name server of his can make it."""

RESOLVER_RULES: Final = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"

_ATTEMPT: Final = """
async ({url, init}) => {
  try {
    const answer = await fetch(url, init);
    return {kind: answer.type, status: answer.status, text: await answer.text()};
  } catch (error) {
    return {kind: "blocked", status: 0, text: ""};
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the page learned.

    Attributes:
        kind: the browser's type of the answer; "blocked" when it handed over none, "opaque" for one without content.
        status: HTTP status, 0 when it is kept from the page.
        text: the body as far as the page may read it.
    """

    kind: str
    status: int
    text: str

    @property
    def learned_nothing(self) -> bool:
        """Whether the page got no answer, or an error of the other side."""
        return self.kind in ("blocked", "opaque") or self.status in (401, 403, 404, 405, 421)


class Attacker:
    """One open page of the attacker's."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def attempt(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        mode: str = "cors",
    ) -> Outcome:
        """Send a request from the page; ``mode="no-cors"`` sends without asking and hides the answer."""
        init: dict[str, Any] = {"method": method, "headers": dict(headers or {}), "mode": mode}
        if body is not None:
            init["body"] = body
        return Outcome(**self.page.evaluate(_ATTEMPT, {"url": url, "init": init}))

    def submit_form(self, url: str, fields: Mapping[str, str]) -> int:
        """Post a form into a frame of the page, which no browser asks anybody about; the answer's status."""
        with self.page.expect_response(
            lambda answer: answer.url == url and answer.request.method == "POST"
        ) as answered:
            self.page.evaluate(
                """
                ({url, fields}) => {
                  const frame = Object.assign(document.createElement("iframe"), {name: `frame${Math.random()}`});
                  const form = Object.assign(document.createElement("form"), {action: url, method: "post"});
                  form.target = frame.name;
                  for (const [name, value] of Object.entries(fields)) {
                    form.append(Object.assign(document.createElement("input"), {name, value}));
                  }
                  document.body.append(frame, form);
                  form.submit();
                }
                """,
                {"url": url, "fields": dict(fields)},
            )
        return answered.value.status

    def embed(self, kind: str, url: str) -> bool:
        """Whether an element ("img", "script") that names ``url`` loads."""
        return bool(
            self.page.evaluate(
                """
                ({kind, url}) => new Promise(done => {
                  const element = document.createElement(kind);
                  element.onload = () => done(true);
                  element.onerror = () => done(false);
                  element.src = url;
                  document.body.append(element);
                })
                """,
                {"kind": kind, "url": url},
            )
        )


@dataclass(kw_only=True)
class Server:
    """A web server of the attacker's, or an unguarded one that lets every page in; ``requests``: method and path."""

    port: int
    requests: list[tuple[str, str]]


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """It answers everything with an empty page, and preflights with leave for everything."""
    requests: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append((self.command, self.path))
            body = b"<!doctype html><title>harmless</title><body></body>"
            self.send_response(200)
            for name, value in (("Origin", "*"), ("Methods", "*"), ("Headers", "*, Authorization")):
                self.send_header(f"Access-Control-Allow-{name}", value)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_OPTIONS = answer

        def log_message(self, *_: object) -> None:
            """Not on the console of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Server(port=server.server_address[1], requests=requests)
        finally:
            server.shutdown()
            thread.join()
