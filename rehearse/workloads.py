"""The workload of a system, by the folder that holds it."""

from __future__ import annotations

from importlib import import_module

from systems.workload import Workload

DEFAULT_SYSTEM = "mysfits"


def workload_of(system: str) -> Workload:
    """The traffic of the system in the folder ``system``, relative to the checkout."""
    found: Workload = import_module(f"{system.replace('/', '.')}.traffic").workload()
    return found
