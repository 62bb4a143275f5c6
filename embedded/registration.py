"""Backends of our own in the place of moto's, as moto registers its own: one class for each service."""

from __future__ import annotations

import importlib
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from embedded.overriding import override
from embedded.patches import PatchError


class OurBackend(BaseBackend):
    """Base of every backend of ours, before moto's own: moto looks for a service's URLs beside the backend's class."""

    @property
    @override
    def _url_module(self) -> Any:
        module = next(kind.__module__ for kind in type(self).__mro__ if kind.__module__.startswith("moto."))
        return importlib.import_module(module.removesuffix(".models") + ".urls")


def register(service: BackendDict[Any], kind: type[Any]) -> None:
    """Let moto make backends of ``kind`` for a service; done before it has made one.

    Args:
        service: moto's, such as ``ecs_backends``.
        kind: a subclass of what it made so far.

    Raises:
        PatchError: it is none, or a backend exists already.
    """
    if service.backend is kind:
        return
    if not issubclass(kind, service.backend):
        raise PatchError(
            f"{kind.__name__} is no {service.backend.__name__}, which moto has for {service.service_name}."
        )
    if service:
        raise PatchError(
            f"moto has made a backend for {service.service_name} already; register {kind.__name__} before."
        )
    service.backend = kind
