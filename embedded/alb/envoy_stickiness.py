"""Envoy's configuration of stickiness: routes that match a cookie choose the group, a script chooses the target.

AWS encrypts its cookies; these hold plain words. AWS's carry the end of the session inside and expire in seven days;
these end with ``Max-Age``. Each answer begins the time anew, as with AWS.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from embedded.alb.actions import Forward
from embedded.alb.envoy_json import Json, header_match
from embedded.alb.targets import TargetGroup, TargetStickiness

TARGET_HEADER: Final = "x-alb-target"
"""Header by which the router tells the script what target answered; the script takes it off."""


def group_token(group: TargetGroup) -> str:
    """What the group cookie says for this group."""
    return hashlib.sha256(group.name.encode()).hexdigest()[:32]


def group_cookie_match(group: TargetGroup) -> Json:
    """Holds for a request whose cookie names ``group``."""
    regex = rf"(?s)(?:.*[;,] *)?AWSALBTG(?:CORS)?={group_token(group)}(?: *[;,].*)?"
    return header_match("cookie", regex)


def answer_headers(action: Forward, group: TargetGroup) -> list[Json]:
    """Headers that an answer from ``group`` gets."""
    found: list[Json] = []
    if action.sticky_seconds is not None:
        cookie = f"={group_token(group)}; Max-Age={action.sticky_seconds}; Path=/"
        found += [_add("Set-Cookie", f"AWSALBTG{cookie}"), _add("Set-Cookie", f"AWSALBTGCORS{cookie}; SameSite=None")]
    if group.stickiness is not None:
        found.append(_add(TARGET_HEADER, "%UPSTREAM_REMOTE_ADDRESS%"))
    return found


def _add(name: str, value: str) -> Json:
    return {"header": {"key": name, "value": value}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


def target_script(stickiness: TargetStickiness) -> str:
    """The script that keeps a client with its target."""
    if stickiness.app_cookie is None:
        return _LB_COOKIE.replace("SECONDS", str(stickiness.seconds)).replace("COMMON", _COMMON)
    script = _APP_COOKIE.replace("SECONDS", str(stickiness.seconds)).replace("COMMON", _COMMON)
    return script.replace("APP_COOKIE", json.dumps(stickiness.app_cookie))


_COMMON: Final = f"""
local function cookie(handle, name)
  local all = handle:headers():get("cookie") or ""
  for pair in all:gmatch("[^;,]+") do
    local key, value = pair:match("^%s*([^=%s]+)%s*=%s*(.-)%s*$")
    if key == name then return value end
  end
end
local function take_target(handle)
  local target = handle:headers():get("{TARGET_HEADER}")
  handle:headers():remove("{TARGET_HEADER}")
  return target
end
"""

_LB_COOKIE: Final = """COMMON
function envoy_on_request(handle)
  local target = cookie(handle, "AWSALB") or cookie(handle, "AWSALBCORS")
  if target and target:match("^[%d.]+:%d+$") then handle:setUpstreamOverrideHost(target, false) end
end
function envoy_on_response(handle)
  local target = take_target(handle)
  if not target then return end
  local value = target .. "; Max-Age=SECONDS; Path=/"
  handle:headers():add("set-cookie", "AWSALB=" .. value)
  handle:headers():add("set-cookie", "AWSALBCORS=" .. value .. "; SameSite=None")
end
"""

_APP_COOKIE: Final = """COMMON
local app_cookie = APP_COOKIE
function envoy_on_request(handle)
  local target = cookie(handle, "AWSALBAPP-0")
  if not target or not target:match("^[%d.]+:%d+$") or not cookie(handle, app_cookie) then return end
  handle:setUpstreamOverrideHost(target, false)
  handle:streamInfo():dynamicMetadata():set("alb.session", "target", target)
end
function envoy_on_response(handle)
  local headers = handle:headers()
  local target = take_target(handle)
  if not target then return end
  local session = handle:streamInfo():dynamicMetadata():get("alb.session")
  local is_sticky = session ~= nil and session["target"] == target
  for index = 0, headers:getNumValues("set-cookie") - 1 do
    local line = headers:getAtIndex("set-cookie", index)
    if line:sub(1, #app_cookie + 1) == app_cookie .. "=" then is_sticky = true end
  end
  if is_sticky then
    headers:add("set-cookie", "AWSALBAPP-0=" .. target .. "; Max-Age=SECONDS; Path=/")
  end
end
"""
