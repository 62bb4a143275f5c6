"""Listeners and requests that are likely to meet: a small alphabet, patterns cut from it, paths that nearly match."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from embedded.alb.matching import Request
from embedded.alb.model import (
    Condition,
    FixedResponse,
    HostHeader,
    HttpHeaderPresent,
    HttpRequestMethod,
    Listener,
    PathPattern,
    Rule,
)

VISIBLE = "".join(char for char in string.printable if char.isprintable() and char not in " #")
"""Every character a request target may hold; ``#`` never reaches a server."""

_PIECES = (
    "/",
    "//",
    "/..",
    "/.",
    "a",
    "A",
    "like",
    "mysfits",
    "%65",
    "%2f",
    "%2F",
    ";x=1",
    "%",
    ".",
    "(",
    "\\",
    "$",
    "|",
)
_HOSTS = ("mysfits.example.com", "MYSFITS.example.com", "api.example.org", "a.b", "localhost")

texts = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=5).map("".join),
    st.text(alphabet=VISIBLE, max_size=8),
)
"""Parts of paths, without wildcards by intent but with them by chance."""

patterns = st.one_of(
    st.lists(st.sampled_from((*_PIECES, "*", "?", "*", "/*")), min_size=1, max_size=6).map("".join),
    st.text(alphabet=VISIBLE, min_size=1, max_size=8),
)

targets = st.builds(
    lambda path, query: "/" + path.replace("?", "") + query, texts, st.sampled_from(("", "?", "?a=b", "?/like", "??*"))
)
"""Request targets as a client would send them."""

hosts = st.builds(lambda host, port: host + port, st.sampled_from(_HOSTS), st.sampled_from(("", ":80", ":8080")))
methods = st.sampled_from(("GET", "POST", "DELETE"))
header_names = st.frozensets(st.sampled_from(("x-key", "x-other")))
requests = st.builds(Request, target=targets, method=methods, host=hosts, header_names=header_names)

path_patterns = st.builds(
    PathPattern, values=st.lists(patterns, min_size=1, max_size=3).map(lambda some: tuple("/" + each for each in some))
)
host_headers = st.builds(
    HostHeader,
    values=st.lists(
        st.sampled_from((*_HOSTS, "*.example.com", "*", "mysfits.example.???", "*:80", "l?calhost")),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
headers_present = st.builds(HttpHeaderPresent, name=st.sampled_from(("X-Key", "x-other")))
request_methods = st.builds(HttpRequestMethod, values=st.lists(methods, min_size=1, max_size=2).map(tuple))


@st.composite
def listeners(draw: st.DrawFn, port: int = 80) -> Listener:
    """Listeners whose every action is a fixed response that names its rule's priority, or ``default``."""
    rules = []
    for priority in draw(st.lists(st.integers(1, 50000), unique=True, max_size=5)):
        kinds = draw(st.sets(st.sampled_from(("path", "path", "host", "method", "header")), min_size=1))
        by_kind: dict[str, st.SearchStrategy[Condition]] = {
            "path": path_patterns,
            "host": host_headers,
            "method": request_methods,
            "header": headers_present,
        }
        conditions = [draw(by_kind[kind]) for kind in sorted(kinds)]
        action = FixedResponse(status=200, body=str(priority))
        rules.append(Rule(priority=priority, conditions=tuple(conditions), action=action))
    return Listener(port=port, rules=tuple(rules), default=FixedResponse(status=404, body="default"))


def near(listener: Listener) -> st.SearchStrategy[Request]:
    """Requests that often meet a rule of ``listener``: its patterns with the wildcards filled in."""
    values = [
        value
        for rule in listener.rules
        for condition in rule.conditions
        if isinstance(condition, PathPattern)
        for value in condition.values
    ]
    if not values:
        return requests

    @st.composite
    def filled(draw: st.DrawFn) -> Request:
        pattern = draw(st.sampled_from(values))
        path = "".join(
            draw(texts) if char == "*" else draw(st.sampled_from(VISIBLE)) if char == "?" else char for char in pattern
        ).replace("?", "")
        target = path + draw(st.sampled_from(("", "?q=1")))
        return Request(target=target, method=draw(methods), host=draw(hosts), header_names=draw(header_names))

    return st.one_of(filled(), requests)
