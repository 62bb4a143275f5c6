"""Values behind the ``secrets`` of container definitions, read as ECS reads them when a task starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


class SecretValues:
    """Reads SSM parameters and Secrets Manager secrets by ARN (or parameter name) from the embedded API."""

    def __init__(self, backend: Callable[[str], Any]) -> None:
        self._backend = backend

    def read(self, value_from: str) -> str:
        """The value; ``arn:…:secret:name:key::`` picks one key of a JSON secret.

        Raises:
            LookupError: there is no such secret.
        """
        try:
            if ":secretsmanager:" in value_from:
                return self._secret(value_from)
            return self._parameter(value_from)
        except LookupError:
            raise
        except Exception as problem:  # moto raises a class of its own for each API error
            raise LookupError(_unavailable(value_from)) from problem

    def _parameter(self, value_from: str) -> str:
        found = self._backend("ssm").get_parameters([value_from])
        if not found:
            raise LookupError(_unavailable(value_from))
        return str(found[value_from].response_object(decrypt=True)["Value"])

    def _secret(self, value_from: str) -> str:
        parts = value_from.split(":")
        arn, key = ":".join(parts[:7]), (parts[7] if len(parts) > 7 else "")
        answer = self._backend("secretsmanager").get_secret_value(arn, "", "")
        text = str(answer["SecretString"])
        return str(json.loads(text)[key]) if key else text


def _unavailable(value_from: str) -> str:
    return f"ResourceInitializationError: unable to pull secrets or registry auth: {value_from} was not found"
