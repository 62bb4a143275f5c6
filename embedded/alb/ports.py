"""Who holds a port, said in a way that helps."""

from __future__ import annotations

import errno
import socket

import psutil

from embedded.state import MARKER


class PortInUseError(OSError):
    """A port that is wanted is taken; the message says by whom, if that can be known, and what to set."""

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
            message = f"Port {port} is in use{_holder(port)}; stop that process or set {variable} to a free port."
            raise PortInUseError(errno.EADDRINUSE, message) from error


def _holder(port: int) -> str:
    """`` by NAME (process PID)`` and the embedded AWS it belongs to, or nothing when the system does not tell."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                folder = process.environ().get(MARKER)
                of_what = f" of the embedded AWS in {folder}" if folder else ""
                return f" by {process.name()} (process {process.pid}){of_what}"
    except psutil.Error:
        pass  # another user's process: the system keeps its owner to itself
    return ""
