"""The actions of a rule as Envoy's routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from embedded.alb.actions import Action, FixedResponse, Forward, Redirect, Unserved
from embedded.alb.envoy_json import Json, header_match
from embedded.alb.envoy_stickiness import answer_headers, group_cookie_match, target_script
from embedded.alb.model import Entry
from embedded.alb.targets import TargetGroup

Names = Mapping[TargetGroup, str]
"""The cluster of each group with just these targets."""

LUA: Final = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute"
_BUFFER: Final = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute"
_OWN_ANSWER_REQUEST_BYTES: Final = 1 << 20

NO_BUFFER: Final[Json] = {"@type": _BUFFER, "disabled": True}
NO_SCRIPT: Final[Json] = {"@type": LUA, "disabled": True}

_HOST: Final = r"%CEL(re.extract(request.host, '(?s)^(.*?)(:[0-9]+)?$', '\\1'))%"
_PATH: Final = r"%CEL(re.extract(request.url_path, '(?s)^/?(.*)$', '\\1'))%"
_QUERY: Final = "%CEL(request.query)%"


def action_routes(action: Action, matches: list[Json], names: Names, entry: Entry) -> list[Json]:
    """Routes that do ``action`` where one of ``matches`` holds."""
    match action:
        case FixedResponse():
            return _each(matches, _own_answer(action.status, action.body, content_type=action.content_type))
        case Unserved(reason=reason):
            return _each(matches, _own_answer(501, f"{reason}\n"))
        case Redirect():
            return _redirect_routes(action, matches, entry)
        case Forward():
            return _forward_routes(action, matches, names, entry)


def _each(matches: list[Json], route: Json) -> list[Json]:
    return [{"match": match, **route} for match in matches]


def _with_header(match: Json, header: Json) -> Json:
    headers = cast("list[Json]", match.get("headers", []))
    return {**match, "headers": [*headers, header]}


def _forward_routes(action: Forward, matches: list[Json], names: Names, entry: Entry) -> list[Json]:
    routes: list[Json] = []
    if action.sticky_seconds is not None:
        # A client with a cookie stays with its group, whatever the weights have become.
        for weighted in action.groups:
            cookie = group_cookie_match(weighted.group)
            stays = _forward(action, {weighted.group: 1}, names, entry)
            routes += _each([_with_header(match, cookie) for match in matches], stays)
    weights = {weighted.group: weighted.weight for weighted in action.groups}
    if sum(weights.values()) == 0:
        page = error_page("503 Service Temporarily Unavailable")
        return [*routes, *_each(matches, _own_answer(503, page, content_type="text/html"))]
    return [*routes, *_each(matches, _forward(action, weights, names, entry))]


def _forward(action: Forward, weights: Mapping[TargetGroup, int], names: Names, entry: Entry) -> Json:
    clusters = [_weighted_cluster(action, group, names[group], weight) for group, weight in weights.items()]
    # The load balancer limits silence, not duration: no timeout of the whole answer.
    route: Json = {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}
    is_hidden = entry.connections.forwarded_for == "remove"
    removed: Json = {"request_headers_to_remove": ["x-forwarded-for"]} if is_hidden else {}
    return {"route": route, "request_headers_to_add": _forwarded_headers(entry), **removed}


def _weighted_cluster(action: Forward, group: TargetGroup, name: str, weight: int) -> Json:
    cluster: Json = {"name": name, "weight": weight}
    headers = answer_headers(action, group)
    if headers:
        cluster["response_headers_to_add"] = headers
    if group.stickiness is not None:
        script = {"@type": LUA, "source_code": {"inline_string": target_script(group.stickiness)}}
        cluster["typed_per_filter_config"] = {"sticky": script}
    return cluster


def _forwarded_headers(entry: Entry) -> list[Json]:
    """X-Forwarded-* as the load balancer sets them; Envoy's own X-Forwarded-For would hide loopback clients."""
    port = "" if entry.connections.forwarded_for_port else "_WITHOUT_PORT"
    client = {"key": "X-Forwarded-For", "value": f"%DOWNSTREAM_DIRECT_REMOTE_ADDRESS{port}%"}
    appended: Json = {"header": client, "append_action": "APPEND_IF_EXISTS_OR_ADD"}
    return [
        *([appended] if entry.connections.forwarded_for == "append" else []),
        _set_header("X-Forwarded-Proto", entry.scheme),
        _set_header("X-Forwarded-Port", str(entry.port)),
    ]


def _redirect_routes(action: Redirect, matches: list[Json], entry: Entry) -> list[Json]:
    """Two routes where the address ends with the request's query string, which may be empty, and with it the ``?``."""
    plain = f"{action.protocol.lower()}://{action.host}:{action.port}{action.path}"
    routes: list[Json] = []
    if action.query == "#{query}":
        has_query = header_match(":path", r"(?s)[^?]*\?.+")
        moved = _moved(action, f"{plain}?{action.query}", entry)
        routes = _each([_with_header(match, has_query) for match in matches], moved)
        return [*routes, *_each(matches, _moved(action, plain, entry))]
    return _each(matches, _moved(action, f"{plain}?{action.query}" if action.query else plain, entry))


def _moved(action: Redirect, location: str, entry: Entry) -> Json:
    title = {301: "301 Moved Permanently", 302: "302 Found"}[action.status]
    to = _set_header("Location", _filled(location, entry), literal=False)
    return _own_answer(action.status, error_page(title), content_type="text/html", more_headers=(to,))


def _filled(template: str, entry: Entry) -> str:
    """``template`` with AWS's variables as Envoy's commands."""
    text = template.replace("%", "%%")
    variables = {"protocol": entry.scheme, "host": _HOST, "port": str(entry.port), "path": _PATH, "query": _QUERY}
    for name, command in variables.items():
        text = text.replace(f"#{{{name}}}", command)
    return text


def _set_header(name: str, value: str, *, literal: bool = True) -> Json:
    text = value.replace("%", "%%") if literal else value  # Envoy reads header values as format strings
    return {"header": {"key": name, "value": text}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _own_answer(status: int, body: str, *, content_type: str = "text/plain", more_headers: Iterable[Json] = ()) -> Json:
    headers = [_set_header("Server", "awselb/2.0"), *more_headers]
    if body:
        headers.append(_set_header("Content-Type", content_type))
    # Answering before the request's body has arrived would cost the client its connection: read the body first.
    buffer: Json = {"@type": _BUFFER, "buffer": {"max_request_bytes": _OWN_ANSWER_REQUEST_BYTES}}
    return {
        "direct_response": direct(status, body),
        "response_headers_to_add": headers,
        "typed_per_filter_config": {"buffer": buffer},
    }


def direct(status: int, body: str) -> Json:
    """An answer that Envoy gives by itself."""
    return {"status": status, "body": {"inline_string": body}} if body else {"status": status}


def error_page(title: str) -> str:
    """The page that the load balancer itself answers errors with."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
