"""CDKTF construct of the module `rotating_key`."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from modules.local_module import LocalModule


class RotatingKey(LocalModule):
    """A generated key that never stands in state or plan, in two slots for rotation.

    Args:
        name: path of the SSM parameters, such as ``/shop/dev/facade-key``.
        description: what the key opens.
        versions: version of each slot's key, ``a`` and ``b``; a higher number generates a new one. None: 1 of each.
        current_slot: slot whose key callers send. None: ``a``.
        tags: of both parameters, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        versions: Mapping[str, int] | None = None,
        current_slot: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "name": name,
            "description": description,
            "versions": versions,
            "current_slot": current_slot,
            "tags": tags,
        }
        super().__init__(scope, id, folder="rotating_key", inputs=inputs)

    @property
    def current_name(self) -> str:
        """Name of the parameter whose key callers send."""
        return self.get_string("current_name")

    @property
    def current_arn(self) -> str:
        """ARN of the parameter whose key callers send."""
        return self.get_string("current_arn")

    @property
    def other_arn(self) -> str:
        """ARN of the parameter whose key is accepted too."""
        return self.get_string("other_arn")
