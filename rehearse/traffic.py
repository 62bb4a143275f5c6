"""The workload of a system that is to be rehearsed."""

from __future__ import annotations

from cli.errors import OptionsError
from systems.system import System
from systems.workload import Workload


def workload_of(system: System, folder: str) -> Workload:
    """Make the workload of ``system``, which was loaded from ``folder``.

    Raises:
        OptionsError: it has none; says what to write.
    """
    if system.workload is None:
        raise OptionsError(
            f"{folder}/system.py names no workload, and a rehearsal needs visitors: write {folder}/traffic.py after "
            "examples/bookshop/traffic.py, and name it there as workload."
        )
    return system.workload()
