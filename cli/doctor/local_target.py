"""Checks of the local target: ports, memory for tasks, and that nothing of it listens beyond loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import psutil

from cli.doctor import needs
from cli.doctor.check import Check
from cli.undeployed import foreign_port
from embedded import state
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.ecs.capacity import of_machine, usable_memory_bytes
from settings.settings import Settings


def checks(settings: Settings) -> list[Check]:
    """Look at what the embedded AWS needs, and change nothing; it may run or not."""
    max_tasks = settings.max_tasks or of_machine(usable_memory_bytes()).max_tasks
    return [
        ports((settings.aws_port, settings.alb_port, settings.site_port), problem=_port_problem(settings)),
        memory(max_tasks=max_tasks, wanted=needs.most_tasks(settings), usable_bytes=usable_memory_bytes()),
        loopback(_listening(settings)),
    ]


def ports(numbers: Iterable[int], *, problem: str) -> Check:
    """Whether the ports are free or this environment's own; ``problem``: who has one of them, and what to set."""
    if problem:
        what, _, mend = problem.partition("; ")
        return Check(name="Ports", found=what.rstrip("."), mend=mend.rstrip(".") or "set other ports")
    return Check(name="Ports", found=f"{', '.join(map(str, numbers))} are free or this environment's own")


def memory(*, max_tasks: int, wanted: int, usable_bytes: int) -> Check:
    """Whether the machine bears as many tasks as a walk has at most."""
    found = f"{max_tasks} tasks at once in {usable_bytes / 2**30:.1f} GiB, a walk has up to {wanted}"
    mend = "" if max_tasks >= wanted else "set MAX_TASKS higher, or use a machine with more memory"
    return Check(name="Memory for tasks", found=found, mend=mend)


def loopback(addresses: Iterable[str]) -> Check:
    """Whether the processes of the embedded AWS listen on loopback only.

    Args:
        addresses: of all sockets on which they listen.
    """
    found = list(addresses)
    open_to_others = sorted({address for address in found if not ipaddress.ip_address(address).is_loopback})
    if open_to_others:
        return Check(
            name="Loopback",
            found=f"something of the embedded AWS listens on {', '.join(open_to_others)}",
            mend="others can reach it: make down, and see which task binds to that address",
        )
    what = f"{len(found)} sockets listen, all on loopback" if found else "nothing of the embedded AWS listens yet"
    return Check(name="Loopback", found=what)


def _port_problem(settings: Settings) -> str:
    if state.read(settings.state_dir) is None:
        try:
            check_port_free(port=settings.aws_port, variable="AWS_PORT")
        except PortInUseError as problem:
            return str(problem)
    return foreign_port(settings)


def _listening(settings: Settings) -> list[str]:
    if state.read(settings.state_dir) is None:
        return []
    found: list[str] = []
    for process in state.processes(settings.state_dir):
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.Error:
            continue  # it has ended
        found += [str(one.laddr[0]) for one in connections if one.status == psutil.CONN_LISTEN]
    return found
