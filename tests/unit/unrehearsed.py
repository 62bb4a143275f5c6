"""The workload of systems that tests declare and never rehearse."""

from __future__ import annotations

from systems.workload import Workload


def no_workload() -> Workload:
    """Stands where a declaration wants one."""
    raise AssertionError("this system has no traffic: no test rehearses it")
