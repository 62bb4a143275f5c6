"""The conditions of a rule as Envoy's route matches.

A rule becomes more than one match where Envoy cannot say "or": a Host header with and without a port, and headers that
came in one line or in several. Envoy joins lines with commas before it matches; so a script hands repeated ones on line
by line, as metadata, and looks for the route anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from embedded.alb.conditions import (
    Condition,
    HostHeader,
    HttpHeader,
    HttpRequestMethod,
    PathPattern,
    QueryString,
    SourceIp,
)
from embedded.alb.envoy_json import Json, header_match
from embedded.alb.envoy_patterns import exact_regex, pattern_regex, query_regex

CLIENT_ADDRESS: Final = "alb.client"
"""Key under which each connection keeps the client's address for ``SourceIp``."""

_REPEATED: Final = "alb.repeated"
_LINES: Final = "alb.lines"
_KNOWN: Final = "known"


@dataclass(kw_only=True)
class _Match:
    path: Json = field(default_factory=lambda: {"prefix": "/"})
    headers: list[Json] = field(default_factory=list)
    filter_state: list[Json] = field(default_factory=list)
    metadata: list[Json] = field(default_factory=list)

    def and_also(self, *, headers: Iterable[Json] = (), metadata: Iterable[Json] = ()) -> _Match:
        return _Match(
            path=self.path,
            headers=[*self.headers, *headers],
            filter_state=self.filter_state,
            metadata=[*self.metadata, *metadata],
        )

    def json(self) -> Json:
        more = {"headers": self.headers, "filter_state": self.filter_state, "dynamic_metadata": self.metadata}
        return {**self.path, **{name: each for name, each in more.items() if each}}


def matches(conditions: Iterable[Condition]) -> list[Json]:
    """Route matches of which one holds just when all ``conditions`` do."""
    common = _Match()
    headers: list[HttpHeader] = []
    hosts: list[list[Json]] = [[]]
    for condition in conditions:
        match condition:
            case PathPattern(values=values):
                common.path = {"safe_regex": {"regex": pattern_regex(values)}}
            case HttpRequestMethod(values=values):
                common.headers.append(header_match(":method", exact_regex(values)))
            case HttpHeader(name=name) if condition.is_presence:
                common.headers.append({"name": name.lower(), "present_match": True})
            case HttpHeader():
                headers.append(condition)
            case QueryString(values=parameters):
                common.headers.append(header_match(":path", query_regex(parameters)))
            case SourceIp(networks=networks):
                ranges = [{"address_prefix": str(net.network_address), "prefix_len": net.prefixlen} for net in networks]
                common.filter_state.append({"key": CLIENT_ADDRESS, "address_match": {"ranges": ranges}})
            case HostHeader(values=values):
                hosts = _hosts(values)
    return [
        by_lines.and_also(headers=host).json()
        for by_lines in (_header_lines(common, headers) if headers else [common])
        for host in hosts
    ]


def _hosts(values: tuple[str, ...]) -> list[list[Json]]:
    named = pattern_regex(values, ignore_case=True)
    has_port = header_match(":authority", "(?s).+:[0-9]+")
    return [
        [header_match(":authority", f"{named}:[0-9]+")],
        [header_match(":authority", named), {**has_port, "invert_match": True}],
    ]


def _header_lines(common: _Match, conditions: list[HttpHeader]) -> Iterator[_Match]:
    """When no header of the listener's rules is repeated, and when one is."""
    known: Json = {"filter": _REPEATED, "path": [{"key": _KNOWN}], "value": {"present_match": True}}
    expressions = [(each.name.lower(), pattern_regex(each.values, ignore_case=True)) for each in conditions]
    single = [header_match(name, regex) for name, regex in expressions]
    yield common.and_also(headers=single, metadata=[{**known, "invert": True}])
    lines: list[Json] = [
        {
            "filter": _LINES,
            "path": [{"key": name}],
            "value": {"list_match": {"one_of": {"string_match": {"safe_regex": {"regex": regex}}}}},
        }
        for name, regex in expressions
    ]
    yield common.and_also(metadata=[known, *lines])


def header_lines_script(conditions: Iterable[Condition]) -> str | None:
    """The script that hands on repeated headers line by line; None when no condition looks at a header's value."""
    names = sorted({each.name.lower() for each in conditions if isinstance(each, HttpHeader) and not each.is_presence})
    if not names:
        return None
    listed = ", ".join(json.dumps(name) for name in names)
    return f"""
local names = {{{listed}}}
function envoy_on_request(handle)
  local headers = handle:headers()
  local repeated = false
  for _, name in ipairs(names) do
    repeated = repeated or headers:getNumValues(name) > 1
  end
  if not repeated then return end
  local metadata = handle:streamInfo():dynamicMetadata()
  for _, name in ipairs(names) do
    local lines = {{}}
    for index = 0, headers:getNumValues(name) - 1 do
      lines[#lines + 1] = headers:getAtIndex(name, index)
    end
    if #lines > 0 then metadata:set("{_LINES}", name, lines) end
  end
  metadata:set("{_REPEATED}", "{_KNOWN}", true)
  handle:clearRouteCache()
end
"""
