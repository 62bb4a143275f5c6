"""Listeners and requests that are likely to meet: a small alphabet, patterns cut from it, paths that nearly match."""

from __future__ import annotations

import string
from ipaddress import ip_network

from hypothesis import strategies as st

from embedded.alb.actions import FixedResponse
from embedded.alb.conditions import (
    REPEATABLE,
    Condition,
    HostHeader,
    HttpHeader,
    HttpRequestMethod,
    PathPattern,
    QueryParameter,
    QueryString,
    SourceIp,
)
from embedded.alb.model import Listener, Rule
from tests.alb_matching import Request

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
_VALUES = ("one", "Two", "one,two", "text/html, */*", "", "a.b(c)")
headers = st.lists(
    st.tuples(st.sampled_from(("x-key", "X-Key", "x-other", "X-Third")), st.sampled_from(_VALUES)), max_size=4
).map(tuple)
sources = st.sampled_from(("127.0.0.1", "127.0.0.2", "127.1.2.3"))
_WORDS = ("", "a", "B", "ab", "a=b", "*", "?", "\\", "%20", "x*y", "q?")
queries = st.lists(
    st.one_of(st.sampled_from(_WORDS), st.builds("{}={}".format, st.sampled_from(_WORDS), st.sampled_from(_WORDS))),
    max_size=4,
).map("&".join)
requests = st.builds(
    Request,
    target=st.builds(lambda target, query: f"{target}{'&' if '?' in target else '?'}{query}", targets, queries),
    method=methods,
    host=hosts,
    headers=headers,
    source=sources,
)

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
_HEADER_PATTERNS = ("one", "Two", "one,two", "*", "o*", "?wo", "*,*", "a.b(c)", "text/*")
http_headers = st.builds(
    HttpHeader,
    name=st.sampled_from(("X-Key", "x-other")),
    values=st.lists(
        st.sampled_from((*_VALUES[:-2], "*", "o*", "?wo", "*,*", "a.b(c)", "text/*")), min_size=1, max_size=2
    ).map(tuple),
)
_QUERY_PATTERNS = ("a", "B", "*", "?", "a*", "*b", r"\*", r"\?", "a=b", "\\", r"x\*y", "%20", r"q\?", "**")
query_strings = st.builds(
    QueryString,
    values=st.lists(
        st.builds(
            QueryParameter, key=st.none() | st.sampled_from(_QUERY_PATTERNS), value=st.sampled_from(_QUERY_PATTERNS)
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
source_ips = st.builds(
    SourceIp,
    networks=st.lists(
        st.sampled_from(("127.0.0.1/32", "127.0.0.0/30", "127.0.0.2/31", "0.0.0.0/0", "127.1.0.0/16", "::/0")),
        min_size=1,
        max_size=2,
    ).map(lambda some: tuple(ip_network(each) for each in some)),
)
request_methods = st.builds(HttpRequestMethod, values=st.lists(methods, min_size=1, max_size=2).map(tuple))


_BY_KIND: dict[str, st.SearchStrategy[Condition]] = {
    "path": path_patterns,
    "host": host_headers,
    "method": request_methods,
    "header": http_headers,
    "query": query_strings,
    "source": source_ips,
}


@st.composite
def listeners(draw: st.DrawFn, port: int = 80) -> Listener:
    """Listeners whose every action is a fixed response that names its rule's priority, or ``default``."""
    rules = []
    for priority in draw(st.lists(st.integers(1, 50000), unique=True, max_size=5)):
        kinds = draw(st.lists(st.sampled_from(tuple(_BY_KIND)), min_size=1, max_size=4))
        conditions: list[Condition] = []
        for kind in kinds:
            condition = draw(_BY_KIND[kind])
            if isinstance(condition, REPEATABLE) or type(condition) not in map(type, conditions):
                conditions.append(condition)
        action = FixedResponse(status=200, body=str(priority))
        rules.append(Rule(priority=priority, conditions=tuple(conditions), action=action))
    return Listener(port=port, rules=tuple(rules), default=FixedResponse(status=404, body="default"))


@st.composite
def _filled(draw: st.DrawFn, pattern: str, *, escapes: bool = False) -> str:
    """A text that ``pattern`` nearly always accepts."""
    if escapes:
        pattern = pattern.replace(r"\*", "\0").replace(r"\?", "\1")
    letters = st.sampled_from("abXY0/.,= &?")
    parts = (
        draw(st.text(letters, max_size=3)) if char == "*" else draw(letters) if char == "?" else char
        for char in pattern
    )
    return "".join(parts).replace("\0", "*").replace("\1", "?").strip()


def near(listener: Listener) -> st.SearchStrategy[Request]:
    """Requests that often meet a rule of ``listener``: the values of its conditions with the wildcards filled in."""
    if not listener.rules:
        return requests

    @st.composite
    def filled(draw: st.DrawFn) -> Request:
        request = draw(requests)
        path, parameters, lines = request.path, [], []
        method, host = request.method, request.host
        for condition in draw(st.sampled_from(listener.rules)).conditions:
            match condition:
                case PathPattern(values=values):
                    path = draw(_filled(draw(st.sampled_from(values)))).replace("?", "").replace(" ", "")
                case HttpRequestMethod(values=values):
                    method = draw(st.sampled_from(values))
                case HostHeader(values=values):
                    host = draw(st.sampled_from(values)).replace("*", "x").replace("?", "y")
                case HttpHeader(name=name, values=values):
                    lines.append((name, draw(_filled(draw(st.sampled_from(values))))))
                case QueryString(values=pairs):
                    pair = draw(st.sampled_from(pairs))
                    key, value = (draw(_filled(each, escapes=True)) for each in (pair.key or "k", pair.value))
                    parameters.append(draw(st.sampled_from((f"{key}={value}", key))).replace(" ", "").swapcase())
                case _:
                    pass
        parameters += draw(st.lists(queries, max_size=2))
        query = "&".join(draw(st.permutations(parameters)))
        return Request(
            target=f"{path}?{query}" if query else path,
            method=method,
            host=host,
            headers=tuple(draw(st.permutations([*lines, *draw(headers)]))),
            source=draw(sources),
        )

    return st.one_of(filled(), filled(), requests)
