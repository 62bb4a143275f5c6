"""Nothing of a task may listen beyond loopback: this machine has no VPC around it, as a container on AWS has."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections.abc import Awaitable, Callable
from typing import Final

import psutil

FIRST_LOOK_SECONDS: Final = 0.2
LAST_LOOKS_SECONDS: Final = 30.0
"""Looks become rarer: each pause is twice the one before, up to this."""

Sleep = Callable[[float], Awaitable[None]]


def exposed(process_group: int) -> tuple[str, ...]:
    """Addresses beyond loopback, such as ``0.0.0.0:8000``, that processes of this group listen on."""
    found: set[str] = set()
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) != process_group:
                continue
            connections = psutil.Process(pid).net_connections(kind="tcp")
        except (OSError, psutil.Error):  # it has ended, or is another user's
            continue
        found |= {
            f"{connection.laddr.ip}:{connection.laddr.port}"
            for connection in connections
            if connection.status == psutil.CONN_LISTEN and not _is_loopback(connection.laddr.ip)
        }
    return tuple(sorted(found))


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


async def wait_until_exposed(
    process_group: int,
    *,
    look: Callable[[int], tuple[str, ...]] = exposed,
    sleep: Sleep = asyncio.sleep,
) -> tuple[str, ...]:
    """Wait until something in the group listens beyond loopback.

    Args:
        process_group: of a task.
        look: finds the addresses; called in a thread.
        sleep: waits for so many seconds.

    Returns:
        Where it listens.
    """
    pause = FIRST_LOOK_SECONDS
    while True:
        await sleep(pause)
        if found := await asyncio.to_thread(look, process_group):
            return found
        pause = min(2 * pause, LAST_LOOKS_SECONDS)


def reason(addresses: tuple[str, ...]) -> str:
    """The stopped reason of a task that listens there."""
    return (
        f"The container listens on {', '.join(addresses)}, beyond loopback, where other machines could reach it; make "
        "it listen where HOST and PORT say, for example with "
        "CMD gunicorn --bind ${HOST:-0.0.0.0}:${PORT:-8000} app:app"
    )
