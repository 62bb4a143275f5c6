"""The limits that botocore's description of the API states: what must be there, lengths, ranges, patterns and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session

from embedded.alb.api.refusals import invalid


@cache
def _service() -> Any:
    return botocore.session.get_session().get_service_model("elbv2")


def check_shape(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise ``Refusal`` when the parameters of ``operation`` ("CreateRule") break a stated limit, naming all faults."""
    shape = _service().operation_model(operation).input_shape
    faults = list(_faults(shape, parameters, ""))
    if faults:
        count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(faults)}")


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name in shape.required_members:
            if value.get(name) is None:
                yield _fault("null", _member(path, name), "Member must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _faults(member, value[name], _member(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _length_faults(shape.metadata, len(value), f"{value}", path)
        for index, each in enumerate(value, start=1):
            yield from _faults(shape.member, each, f"{path}.{index}.member")
    elif shape.type_name == "string":
        yield from _length_faults(shape.metadata, len(str(value)), f"'{value}'", path)
        yield from _text_faults(shape.metadata, str(value), path)
    elif shape.type_name in ("integer", "long"):
        yield from _range_faults(shape.metadata, int(value), path)


def _member(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _fault(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def _length_faults(limits: Mapping[str, Any], length: int, value: str, path: str) -> Iterator[str]:
    if length < limits.get("min", 0):
        yield _fault(value, path, f"Member must have length greater than or equal to {limits['min']}")
    if length > limits.get("max", length):
        yield _fault(value, path, f"Member must have length less than or equal to {limits['max']}")


def _range_faults(limits: Mapping[str, Any], number: int, path: str) -> Iterator[str]:
    if number < limits.get("min", number):
        yield _fault(f"'{number}'", path, f"Member must have value greater than or equal to {limits['min']}")
    if number > limits.get("max", number):
        yield _fault(f"'{number}'", path, f"Member must have value less than or equal to {limits['max']}")


def _text_faults(limits: Mapping[str, Any], text: str, path: str) -> Iterator[str]:
    allowed = limits.get("enum")
    if allowed and text not in allowed:
        yield _fault(f"'{text}'", path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = limits.get("pattern")
    if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, text):  # Python does not know Java's \p
        yield _fault(f"'{text}'", path, f"Member must satisfy regular expression pattern: {pattern}")
