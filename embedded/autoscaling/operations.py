"""Operations of Application Auto Scaling that moto lacks: tags and activities. Upstream issue: none."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from embedded import patches
from embedded.autoscaling.backend import EmbeddedAutoscaling, ObjectNotFound


def _backend(response: Any) -> EmbeddedAutoscaling:
    backend: EmbeddedAutoscaling = response.applicationautoscaling_backend
    return backend


def _known_tags(response: Any) -> dict[str, str]:
    """Tags of the scalable target that a call names."""
    backend, arn = _backend(response), str(response._get_param("ResourceARN"))
    if all(target.arn != arn for target in backend.services()):
        raise ObjectNotFound(f"The resource {arn} doesn't exist.")
    return backend.tags.setdefault(arn, {})


def _list_tags_for_resource(self: Any) -> str:
    return json.dumps({"Tags": _known_tags(self)})


def _tag_resource(self: Any) -> str:
    _known_tags(self).update(self._get_param("Tags") or {})
    return json.dumps({})


def _untag_resource(self: Any) -> str:
    tags = _known_tags(self)
    for key in self._get_param("TagKeys") or ():
        tags.pop(key, None)
    return json.dumps({})


def _describe_scaling_activities(self: Any) -> str:
    wanted, start = self._get_param("ResourceId"), int(self._get_param("NextToken") or 0)
    end = start + (self._get_int_param("MaxResults") or 50)
    found = [one for one in _backend(self).activities if wanted in (None, one.resource_id)]
    answer = {"ScalingActivities": [one.describe() for one in found[start:end]]}
    return json.dumps(answer | ({"NextToken": str(end)} if end < len(found) else {}))


def add_what_moto_lacks() -> None:
    """Once, before moto is used."""
    patches.add(ApplicationAutoScalingResponse, "list_tags_for_resource", _list_tags_for_resource)
    patches.add(ApplicationAutoScalingResponse, "tag_resource", _tag_resource)
    patches.add(ApplicationAutoScalingResponse, "untag_resource", _untag_resource)
    patches.add(ApplicationAutoScalingResponse, "describe_scaling_activities", _describe_scaling_activities)
    _keep_tags_of_new_targets()
    _show_the_policies_asked_for()


def _keep_tags_of_new_targets() -> None:
    original = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: Any) -> str:
        answer = str(original(self))
        if tags := self._get_param("Tags"):
            _backend(self).tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(tags)
        return answer

    patches.replace(
        ApplicationAutoScalingResponse, "register_scalable_target", register_scalable_target, written_for="self"
    )


def _show_the_policies_asked_for() -> None:
    """moto ignores PolicyNames. Upstream issue: none."""
    original = ApplicationAutoScalingResponse.describe_scaling_policies

    def describe_scaling_policies(self: Any) -> str:
        answer, names = json.loads(original(self)), self._get_param("PolicyNames")
        if names:
            answer["ScalingPolicies"] = [one for one in answer["ScalingPolicies"] if one["PolicyName"] in names]
        return json.dumps(answer)

    patches.replace(
        ApplicationAutoScalingResponse, "describe_scaling_policies", describe_scaling_policies, written_for="self"
    )
