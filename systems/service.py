"""The declaration of one service: what it serves, what it needs, how it may live. It imports no framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from systems.scaling import Scaling

_METHOD: Final = re.compile("[A-Z]+")
_ARGUMENT: Final = re.compile(r"\{([a-z_]+)\}")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Mode(StrEnum):
    """How a service lives in a stage."""

    INLINE = "inline"
    """As part of the monolith."""

    FACADE = "facade"
    """By itself, while the monolith keeps the data behind a facade."""

    OWN = "own"
    """By itself, with the data."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route.

    Attributes:
        method: HTTP method in capitals.
        path: with arguments in braces, such as ``/orders/{order_id}/refund``.

    Raises:
        ValueError: no request would ever fit.
    """

    method: str
    path: str

    def __post_init__(self) -> None:
        if not _METHOD.fullmatch(self.method):
            raise ValueError(f"{self}'s method is not one HTTP method in capitals, such as GET.")
        if not self.path.startswith("/"):
            raise ValueError(f"{self}'s path does not begin with a slash.")
        literal = _ARGUMENT.sub("", self.path)
        if re.search("[{}]", literal):
            raise ValueError(
                f"{self} has an argument that is not small letters and underscores in braces, such as {{order_id}}."
            )
        if re.search("[*?]", literal):
            raise ValueError(f"{self} has a wildcard; write an argument in braces, such as {{order_id}}.")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def pattern(self) -> str:
        """Path pattern of a load balancer's rule: ``*`` for each argument. ``*`` matches slashes too."""
        return _ARGUMENT.sub("*", self.path)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the path's arguments, in order."""
        return tuple(_ARGUMENT.findall(self.path))

    def fits(self, path: str) -> bool:
        """Whether a path is one of the route's, with some part of a path for each argument."""
        texts = _ARGUMENT.split(self.path)[::2]
        return re.fullmatch("[^/]+".join(map(re.escape, texts)), path) is not None

    def at(self, **arguments: str) -> str:
        """The path with these arguments.

        Raises:
            KeyError: an argument is missing.
        """
        return _ARGUMENT.sub(lambda match: arguments[match[1]], self.path)


class Architecture(StrEnum):
    """Processors that an image is built for and tasks run on, as ECS names them."""

    X86_64 = "X86_64"
    ARM64 = "ARM64"


@dataclass(frozen=True, kw_only=True)
class Image:
    """How a container image is built.

    Attributes:
        dockerfile: path of the Dockerfile, relative to ``root``.
        context: files and folders that go into the image, relative to ``root``; its tag is a digest of them.
        root: build context, relative to the checkout.
        arguments: build arguments by name.
        architecture: on AWS; this machine's tasks run on its own processors.
    """

    dockerfile: str
    context: tuple[str, ...]
    root: str = "."
    arguments: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    architecture: Architecture = Architecture.X86_64


@dataclass(frozen=True, kw_only=True)
class Size:
    """What one task gets: CPU in 1/1024 vCPU, memory in MiB, in a combination that Fargate offers."""

    cpu_units: int = 256
    memory_mib: int = 512


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a service may do with a table, or with indexes of it, when it has the data itself.

    Attributes:
        name: of the statement in the IAM policy, letters and digits, such as ``ReadOrders``.
        table: name of a table of the system.
        operations: DynamoDB actions without their prefix, such as ``PutItem``.
        indexes: names of the table's indexes that the operations go to; none: to the table itself.
    """

    name: str
    table: str
    operations: tuple[str, ...]
    indexes: tuple[str, ...] = ()


class Supplied(StrEnum):
    """Values that only the stack knows when a service's environment is written."""

    FACADE = "facade"
    """By which load balancer the monolith's facade is called: host and port, with a scheme where that is not http."""

    SITE_ORIGINS = "site-origins"
    """Origins of the website, separated by commas."""

    MONOLITH_ROUTES = "monolith-routes"
    """What the monolith serves in this stage, as ``System.monolith_routes`` names it, separated by commas."""


@dataclass(frozen=True, kw_only=True)
class TableName:
    """Stands for the name of a system's table in the environment that is deployed."""

    table: str


class FacadeKey(StrEnum):
    """Stands for the key by which services in front are known to the monolith's facade."""

    CURRENT = "current"
    OTHER = "other"
    """Accepted too, while one is replaced by the other."""


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret of your own, which is there already.

    Attributes:
        source: ARN of a Secrets Manager secret, which may go on with ``:json-key::``, or of an SSM parameter; or the
            parameter's name, such as ``/shop/db-password``, which is then found in the account that is deployed to.

    Raises:
        ValueError: it is neither.
    """

    source: str

    def __post_init__(self) -> None:
        if not self.source.startswith(("arn:", "/")):
            raise ValueError(
                f"{self.source} is no source of a secret; give the ARN of a secret or a parameter, or a parameter's "
                "name with a slash at its beginning."
            )


_NO_KEYS: Final[Mapping[str, FacadeKey | Secret]] = MappingProxyType({})

Value = str | Supplied | TableName
"""One environment variable's value."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service, the monolith included.

    Attributes:
        name: of its folder, Terraform module and container, and part of its AWS names; with the system's name
            at most 16 characters.
        image: how it is built.
        routes: what it takes over from the monolith; of the monolith: what it never gives away.
        facade_routes: what the monolith serves for it while it lives in mode ``facade``; closed to the public.
        whole_paths: whether it takes its paths with every method. Otherwise the methods of its routes come to it, and
            all others stay with the monolith.
        stays_inline: whether the monolith serves its routes in every stage, whoever gets the requests, so that it is
            not told about them.
        size: CPU and memory of a task.
        desired_count: number of tasks; of a service that scales, those that it begins with.
        scaling: how it scales by itself; None: it does not.
        container_port: where it listens, given to it as PORT.
        health_check_path: answers 200 while it can serve.
        environment: variables in every mode.
        facade_environment, own_environment: variables in that mode.
        secrets: variables from secrets in every mode; ``facade_secrets`` in that mode.
        egress_tcp_ports: of whatever its tasks call besides AWS and each other, such as 5432 of a database.
        grants: what it may do with tables when it has the data itself; of the monolith: always.
        can_shadow: whether it can send a share of its requests to the new side too, told by SHADOW_PERCENT, SHADOW_URL,
            SHADOW_KEY and SHADOW_REVISION. Whoever takes over one of its routes must know a write that it has seen
            already by its Idempotency-Key.
    """

    name: str
    image: Image
    routes: tuple[Route, ...] = ()
    facade_routes: tuple[Route, ...] = ()
    whole_paths: bool = False
    stays_inline: bool = False
    size: Size = field(default_factory=Size)
    desired_count: int = 2
    scaling: Scaling | None = None
    container_port: int = 80
    health_check_path: str = "/"
    environment: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    facade_environment: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    own_environment: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    secrets: Mapping[str, FacadeKey | Secret] = field(default_factory=lambda: _NO_KEYS)
    facade_secrets: Mapping[str, FacadeKey | Secret] = field(default_factory=lambda: _NO_KEYS)
    egress_tcp_ports: tuple[int, ...] = ()
    grants: tuple[Grant, ...] = ()
    can_shadow: bool = False

    @property
    def variables(self) -> tuple[tuple[str, Value | FacadeKey | Secret], ...]:
        """Name and value of every variable that it is given in any mode."""
        values = (self.environment, self.facade_environment, self.own_environment)
        return tuple(pair for some in (*values, self.secrets, self.facade_secrets) for pair in some.items())
