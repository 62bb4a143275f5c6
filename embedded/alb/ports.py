"""Who holds a port, said in a way that helps."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import psutil

from embedded import port_claims
from embedded.overriding import override
from embedded.port_claims import Environment
from embedded.state import MARKER


class PortInUseError(OSError):
    """A port that is wanted is taken; the message says by whom, if that can be known, and what to set."""

    @override
    def __str__(self) -> str:
        return str(self.strerror)  # for people, who do not count errors


def check_port_free(*, port: int, variable: str) -> None:
    """Return when a server could listen on 127.0.0.1:``port`` now.

    Args:
        port: TCP port.
        variable: the setting that chooses the port, named in the error.

    Raises:
        PortInUseError: something else listens there, or this user may not.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT do not hold the port
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            message = f"Port {port} is reserved for root; set {variable} to a port above 1023."
            raise PortInUseError(errno.EACCES, message) from error
        except OSError as error:
            message = f"Port {port} is in use{_by_whom(port, variable)}"
            raise PortInUseError(errno.EADDRINUSE, message) from error


def _by_whom(port: int, variable: str) -> str:
    """`` by NAME (process PID)`` and whose it is, where the system tells, and what to do.

    What serves an environment is not to be stopped: the embedded AWS starts it again.
    """
    stop = f"; stop that process or set {variable} to a free port."
    process = _listener(port)
    if process is None:
        return stop
    folder, owner = _embedded_aws(process, port)
    whose = f" by {process.name()} (process {process.pid})" + (f" of the embedded AWS in {folder}" if folder else "")
    if not owner:
        return whose + stop
    if variable in Environment.VARIABLES:
        advice = f"give this environment ports of its own: set {' and '.join(Environment.VARIABLES)} to free ports."
    else:
        advice = f"set {variable} to a free port."
    return f"{whose} as {owner}; {advice}"


def _embedded_aws(process: psutil.Process, port: int) -> tuple[str, str]:
    """State folder of the embedded AWS that the process is of, and for whom it has the port; empty if it is of none."""
    try:
        folder = process.environ().get(MARKER, "")
    except psutil.Error:
        return "", ""
    return folder, (port_claims.read(Path(folder)).owner(port) or "") if folder else ""


def _listener(port: int) -> psutil.Process | None:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return psutil.Process(connection.pid)
    except psutil.Error:
        pass  # another user's process: the system keeps its owner to itself
    return None
