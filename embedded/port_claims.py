"""Which environments this embedded AWS serves, and whose each loopback port is: a file that its restart leaves alone.

The API has one port for all environments; each environment has one for its load balancer and one for its website.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from embedded.private_folders import replace_private

FILE: Final = "environments.json"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment, as its deployer registers it before it applies anything.

    Attributes:
        alb_port, site_port: TCP ports on 127.0.0.1 of its load balancer and its website.
        internal_port: of its internal load balancer; 0 where it never had one.
        load_balancer: name of its load balancer; empty in an entry of an earlier version, until it is registered again.
        internal_load_balancer: name of its internal one; empty where it never had one.
        site_bucket: name of the bucket that its website serves; empty when it has no website.
        tables: names of its DynamoDB tables; the items that are kept for them go when the environment does.
    """

    VARIABLES: ClassVar = ("ALB_PORT", "SITE_PORT")
    """The settings that choose the ports that every environment has."""

    INTERNAL_VARIABLE: ClassVar = "INTERNAL_PORT"
    """The setting that chooses the port of the internal load balancer."""

    alb_port: int
    site_port: int
    load_balancer: str = ""
    site_bucket: str = ""
    tables: tuple[str, ...] = ()
    internal_port: int = 0
    internal_load_balancer: str = ""

    def by_variable(self) -> dict[str, int]:
        """Port by the setting that chooses it."""
        ports = dict(zip(self.VARIABLES, (self.alb_port, self.site_port), strict=True))
        return ports | ({self.INTERNAL_VARIABLE: self.internal_port} if self.internal_port else {})

    def balancer_ports(self) -> dict[str, int]:
        """Port of each load balancer by the setting that chooses it."""
        return {variable: port for variable, port in self.by_variable().items() if variable != "SITE_PORT"}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Environment:
        """An environment from its JSON.

        Raises:
            TypeError: something is missing, unknown or of another type.
        """
        found = cls(**{**document, "tables": tuple(document.get("tables", ()))})
        texts = (found.load_balancer, found.internal_load_balancer, found.site_bucket, *found.tables)
        if not all(isinstance(port, int) for port in (found.alb_port, found.site_port, found.internal_port)):
            raise TypeError("ports are whole numbers")
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("names are texts")
        return found


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Who has which port.

    Attributes:
        aws_port: of the API at the last start; None before the first.
        region: of the embedded AWS at the last start; empty before the first.
        environments: by name, such as ``shop-dev``: the system's name, a hyphen and that of its environment. An earlier
            version, which knew one system, left out the first two.
    """

    aws_port: int | None = None
    region: str = ""
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def of(self, name: str) -> Environment | None:
        """The environment of this name, also one that an earlier version wrote down; None when there is none."""
        return self.environments.get(self._key(name))

    def with_environment(self, name: str, environment: Environment) -> Claims:
        """These, and this environment in the place of what was known of it."""
        return replace(self, environments={**self.without(name).environments, name: environment})

    def without(self, name: str) -> Claims:
        """These without the environment of this name."""
        key = self._key(name)
        return replace(self, environments={other: kept for other, kept in self.environments.items() if other != key})

    def problem(self, name: str, wanted: Environment) -> str | None:
        """Why an environment cannot have the ports that it wants, and which variable to set; None when it can."""
        owners = dict(self._owners(except_for=self._key(name)))
        by_port: dict[int, str] = {}
        for variable, port in wanted.by_variable().items():
            if port in by_port:
                return f"{by_port[port]} and {variable} are both {port}; give each a port of its own."
            by_port[port] = variable
        taken = {variable: port for variable, port in wanted.by_variable().items() if port in owners}
        if not taken:
            return None
        whose = " and ".join(f"{variable}={port} is taken by {owners[port]}" for variable, port in taken.items())
        return f"{whose}; give {name} ports of its own, for example {self._moves(taken, wanted)}."

    def owner(self, port: int) -> str | None:
        """Whose a port is, for people; None when it is nobody's."""
        return dict(self._owners(except_for="")).get(port)

    def _key(self, name: str) -> str:
        earlier = name.partition("-")[2]
        known = self.environments.get(earlier)
        return earlier if name not in self.environments and known is not None and not known.load_balancer else name

    def _owners(self, *, except_for: str) -> Iterator[tuple[int, str]]:
        if self.aws_port is not None:
            yield self.aws_port, "the API of the embedded AWS (AWS_PORT)"
        for name, environment in self.environments.items():
            if name != except_for:
                yield environment.alb_port, f"the load balancer of the environment {name}"
                yield environment.site_port, f"the website of the environment {name}"
                if environment.internal_port:
                    yield environment.internal_port, f"the internal load balancer of the environment {name}"

    def _moves(self, taken: Mapping[str, int], wanted: Environment) -> str:
        """The variables with which an environment moves away from ports of others."""
        used = {number for number, _ in self._owners(except_for="")} | set(wanted.by_variable().values())
        moves = []
        for variable, port in taken.items():
            free = next(number for number in (*range(port + 1000, 65_536), *range(1024, port)) if number not in used)
            used.add(free)
            moves.append(f"{variable}={free}")
        return " ".join(moves)


def read(state_dir: Path) -> Claims:
    """The claims of this state folder; none where the file is missing or damaged."""
    try:
        document = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        environments = {str(name): Environment.parse(one) for name, one in document["environments"].items()}
        region = str(document.get("region", ""))
        return Claims(aws_port=document["aws_port"], region=region, environments=environments)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Claims()


def region_problem(state_dir: Path, region: str) -> str | None:
    """Why an embedded AWS of this state folder cannot be in ``region``; None when it can."""
    claims = read(state_dir)
    if not claims.environments or claims.region in ("", region):
        return None
    names = " and ".join(sorted(claims.environments))
    return (
        f"The embedded AWS in {state_dir} has {names} in REGION={claims.region}, and it has one region, so "
        f"REGION={region} is not possible; use REGION={claims.region}, destroy what is there, or set another STATE_DIR."
    )


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
