"""Which loopback ports belong to whom on this embedded AWS: a small file that also its restart leaves alone.

The API has one port for all environments; each environment has one for its load balancer and one for its website.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from embedded.private_folders import replace_private

FILE: Final = "environments.json"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """TCP ports of one environment on 127.0.0.1."""

    alb_port: int
    site_port: int

    def by_variable(self) -> dict[str, int]:
        """Port by the setting that chooses it."""
        return {"ALB_PORT": self.alb_port, "SITE_PORT": self.site_port}


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Who has which port.

    Attributes:
        aws_port: of the API at the last start; None before the first.
        environments: ports by environment, such as "dev".
    """

    aws_port: int | None = None
    environments: Mapping[str, Ports] = field(default_factory=dict)

    def with_environment(self, env: str, ports: Ports) -> Claims:
        """These, and ``ports`` for ``env`` in the place of what it had."""
        return replace(self, environments={**self.environments, env: ports})

    def without(self, env: str) -> Claims:
        """These without those of ``env``."""
        return replace(self, environments={name: kept for name, kept in self.environments.items() if name != env})

    def problem(self, env: str, wanted: Ports) -> str | None:
        """Why ``env`` cannot have the ``wanted`` ports, and which variable to set; None when nobody else has them."""
        owners = dict(self._owners(except_for=env))
        if wanted.alb_port == wanted.site_port:
            return f"ALB_PORT and SITE_PORT are both {wanted.alb_port}; give each a port of its own."
        lines = [
            f"{variable}={port} is taken by {owners[port]}; choose another port for {env}, for example "
            f"{variable}={self._next_free(port)}."
            for variable, port in wanted.by_variable().items()
            if port in owners
        ]
        return "\n".join(lines) or None

    def _owners(self, *, except_for: str) -> Iterator[tuple[int, str]]:
        if self.aws_port is not None:
            yield self.aws_port, "the API of the embedded AWS (AWS_PORT)"
        for env, ports in self.environments.items():
            if env != except_for:
                yield ports.alb_port, f"the load balancer of the environment {env}"
                yield ports.site_port, f"the website of the environment {env}"

    def _next_free(self, port: int) -> int:
        taken = {number for number, _ in self._owners(except_for="")}
        return next(number for number in range(port + 2, port + 2000, 2) if number not in taken)


def read(state_dir: Path) -> Claims:
    """The claims of this state folder; none where the file is missing or damaged."""
    try:
        document = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        environments = {str(env): Ports(**ports) for env, ports in document["environments"].items()}
        return Claims(aws_port=document["aws_port"], environments=environments)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Claims()


def is_damaged(state_dir: Path) -> bool:
    """Whether there is a file of claims that ``read`` cannot understand."""
    path = state_dir / FILE
    return path.is_file() and read(state_dir) == Claims() and _text(path) != _as_text(Claims())


def write(state_dir: Path, claims: Claims) -> None:
    """Replace the file atomically."""
    replace_private(state_dir / FILE, _as_text(claims).encode())


def _as_text(claims: Claims) -> str:
    return json.dumps(asdict(claims), indent=1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
