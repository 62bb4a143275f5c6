"""What every ``python -m services NAME`` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar, cast

from quart import Quart

from services.kit import logs
from services.kit.asgi import AsgiApp
from services.kit.environment import SettingsError
from services.kit.lifecycle import Lifecycle
from services.kit.server import ServeError, serve
from services.kit.server_settings import ServerSettings


class ServiceSettings(Protocol):
    """Settings of any service."""

    @property
    def server(self) -> ServerSettings:
        """How to serve."""


S = TypeVar("S", bound=ServiceSettings)

log = logging.getLogger(__name__)


def run(
    service: str,
    environ: Mapping[str, str],
    *,
    read_settings: Callable[[Mapping[str, str]], S],
    create_app: Callable[[S, Lifecycle], Quart],
) -> int:
    """Serve until told to stop.

    Returns:
        The exit status: 0 stopped, 1 cannot serve, 2 wrong settings.
    """
    logs.configure(service)
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        for problem in error.problems:
            log.error("%s", problem)
        return 2
    lifecycle = Lifecycle()
    try:
        serve(cast(AsgiApp, create_app(settings, lifecycle)), settings=settings.server, lifecycle=lifecycle)
    except ServeError as error:
        log.error("%s", error)
        return 1
    return 0
