"""moto's records as bytes, and back: one pickle of every backend, so that what refers to what stays as it is.

Left out are items of DynamoDB, which ``embedded.dynamodb`` keeps, log events, which ``log_events`` keeps, and data
points, which ``Volatile`` takes.
"""

from __future__ import annotations

import copyreg
import datetime as dt
import importlib
import io
import pickle
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType, GeneratorType
from typing import Any

import cloudpickle
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from moto.acm.models import CertBundle
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import RestoredPITTable, RestoredTable, Table
from moto.logs.models import LogStream

from embedded.overriding import override

_OWN: frozenset[str] = frozenset(vars(BackendDict(BaseBackend, "")))
"""Attributes that every BackendDict has; a subclass may have more, which are records too."""


def encode(*, leave_out: frozenset[str] = frozenset()) -> bytes:
    """Everything that ``decode`` brings back. Nobody may change a record meanwhile.

    Args:
        leave_out: names of services whose records are not to be kept.

    Raises:
        RuntimeError: somebody changed a record meanwhile.
        Exception: of any class, when a record cannot be pickled.
    """
    return _pickle([service for service in _services() if service.service_name not in leave_out])


def unkeepable() -> dict[str, str]:
    """Services whose records cannot be pickled, and why."""
    found: dict[str, str] = {}
    for service in _services():
        try:
            _pickle([service])
        except Exception as problem:  # whatever a record's class raises
            found[str(service.service_name)] = str(problem)
    return found


def _pickle(services: list[Any]) -> bytes:
    backends = {
        _place(service): (
            {name: value for name, value in vars(service).items() if name not in _OWN},
            {account: dict(regions) for account, regions in list(service.items())},
        )
        for service in services
    }
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _reducers()
    pickler.dump(backends)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    @override
    def reducer_override(self, one: Any) -> Any:
        """What pickle cannot do: functions in functions, pages not asked for, dicts made with other arguments."""
        if type(one) is FunctionType and "<locals>" in one.__qualname__:
            return pickle.loads, (cloudpickle.dumps(one),)
        if isinstance(one, GeneratorType):  # where a paged answer was left; a restart ends it as a time-out would
            return iter, ((),)
        if isinstance(one, defaultdict) and type(one) is not defaultdict:
            return _empty_defaultdict, (type(one), one.default_factory), vars(one), None, iter(one.items())
        return NotImplemented


def _empty_defaultdict(kind: Any, default_factory: Any) -> Any:
    """One of a subclass, whose ``__init__`` may want what only moto knows."""
    made = kind.__new__(kind)
    made.default_factory = default_factory
    return made


def decode(content: bytes) -> None:
    """Put the records into moto, in place of those that it has. ``content`` must come from ``encode`` of this user.

    Raises:
        Exception: of any class, when it does not; moto is as it was then.
    """
    backends = pickle.loads(content)  # noqa: S301 # nosec B301 - from a private file that this program wrote
    found = [(_service(place), attributes, accounts) for place, (attributes, accounts) in backends.items()]
    for service, attributes, accounts in found:
        vars(service).update(attributes)
        for account, regions in accounts.items():
            for region, backend in regions.items():
                if type(backend) is not service.backend and issubclass(service.backend, type(backend)):
                    backend.__class__ = service.backend  # of a version that had moto's own class
                dict.__setitem__(service[account], region, backend)


def _services() -> list[Any]:
    instances: list[Any] = vars(BackendDict)["_instances"]
    return sorted(instances, key=lambda service: str(service.service_name))


def _place(service: Any) -> tuple[str, str]:
    """Module and name under which the one BackendDict of a service is found: moto's, whosever subclass it makes."""
    module = next(kind.__module__ for kind in service.backend.__mro__ if kind.__module__.startswith("moto."))
    names = (name for name, value in vars(sys.modules[module]).items() if value is service)
    return module, next(names)


def _service(place: tuple[str, str]) -> Any:
    module, name = place
    return getattr(importlib.import_module(module), name)


def _account(place: tuple[str, str], account: str) -> Any:
    return _service(place)[account]


def _certificate_as_text(one: Any) -> tuple[Any, ...]:
    """A certificate without what OpenSSL made of its text."""
    kept = {name: value for name, value in vars(one).items() if name not in {"_cert", "_key"}}
    return _certificate_from_text, (kept,)


def _certificate_from_text(kept: dict[str, Any]) -> Any:
    made: Any = CertBundle.__new__(CertBundle)
    vars(made).update(kept)
    made._cert = x509.load_pem_x509_certificate(made.cert)
    made._key = serialization.load_pem_private_key(made.key, password=None)
    return made


def _reducers() -> dict[type, Callable[[Any], Any]]:
    """How to pickle what cannot be, or should not be as it is."""
    reducers: dict[type, Callable[[Any], Any]] = dict(copyreg.dispatch_table)
    for service in _services():
        reducers[type(service)] = lambda one: (_service, (_place(one),))
    by_account = {
        id(regions): (_place(service), account) for service in _services() for account, regions in service.items()
    }
    reducers[AccountSpecificBackend] = lambda one: (_account, by_account[id(one)])
    reducers[CertBundle] = _certificate_as_text
    reducers[type(threading.Lock())] = lambda _: (threading.Lock, ())
    reducers[type(threading.RLock())] = lambda _: (threading.RLock, ())
    for kind in (Table, RestoredTable, RestoredPITTable):
        reducers[kind] = _reduce_table
    reducers[LogStream] = _without("events", list)
    return reducers


def _reduce_table(table: Any) -> Any:
    """Items are kept elsewhere, unless the table is a backup's."""
    backend = dynamodb_backends[table.account_id][table.region_name]
    is_live = backend.tables.get(table.name) is table
    return _without("items", lambda: defaultdict(dict))(table) if is_live else _without("", str)(table)


def _without(name: str, empty: Callable[[], Any]) -> Callable[[Any], Any]:
    """As pickle does it by itself, with the attribute ``name`` empty ("": none)."""

    def reduce(one: Any) -> Any:
        state = dict(vars(one))
        if name:
            state[name] = empty()
        return copyreg.__newobj__, (type(one),), state  # type: ignore[attr-defined]

    return reduce


@dataclass(frozen=True, kw_only=True)
class Volatile:
    """What programs tell CloudWatch of themselves: data points by account and region."""

    data_points: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Volatile:
        """As it is; a copy, whose members nobody changes."""
        points = {place: list(backend.metric_data) for place, backend in backends_of(cloudwatch_backends)}
        return cls(data_points={place: found for place, found in points.items() if found})

    @property
    def mark(self) -> object:
        """Differs from that of another time when something came or went."""
        return {place: (len(points), points[-1].timestamp) for place, points in self.data_points.items()}

    def encode(self) -> bytes:
        """What ``decode`` reads."""
        return pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def decode(content: bytes) -> Volatile:
        """From ``encode``, of this user."""
        found = pickle.loads(content)  # noqa: S301 # nosec B301 - from a private file that this program wrote
        if not isinstance(found, Volatile):
            raise TypeError(f"{type(found).__name__} is no Volatile")
        return found

    def put_back(self) -> None:
        """Give every metric what it had."""
        for (account, region), points in self.data_points.items():
            for point in points:
                point.timestamp = _without_zone(point.timestamp)
            cloudwatch_backends[account][region].metric_data = points


def _without_zone(at: dt.datetime) -> dt.datetime:
    """moto compares UTC without a zone; data points of an earlier version have one, and comparing them fails."""
    return at if at.tzinfo is None else at.astimezone(dt.UTC).replace(tzinfo=None)


def backends_of(service: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """Account and region, and what moto has for them, of each that a service of it has."""
    for account, region, backend in list(service.iter_backends()):
        yield (account, region), backend
