"""How much of a busy processor a session gets: Linux shares it out among sessions first, then within each.

So the niceness of a process counts among its session's processes only. That of a session may be raised and lowered
again by whoever owns it, which that of a process may not. Source: "The autogroup feature" in sched(7). Where the kernel
has no such groups, or control groups in their place, nothing here has any effect.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path


def niceness(pid: int) -> int:
    """Niceness of a process's session, from -20 to 19; 0 where there is none."""
    with contextlib.suppress(OSError):
        found = re.search(r"nice (-?\d+)", _file(pid).read_text(encoding="ascii"))
        return int(found[1]) if found else 0
    return 0


def set_niceness(pid: int, value: int) -> bool:
    """Set the niceness of a process's session.

    Returns:
        Whether that is so now. Linux takes ten such changes a second from all of a machine together, so a process that
        still runs may be worth another try.
    """
    try:
        _file(pid).write_text(str(value), encoding="ascii")
    except OSError:
        return False
    return True


def _file(pid: int) -> Path:
    return Path(f"/proc/{pid}/autogroup")
