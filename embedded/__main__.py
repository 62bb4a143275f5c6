"""``python -m embedded``: the embedded AWS in the foreground. ``make deploy`` starts it in the background."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import os
import sys
from collections.abc import Sequence

from embedded import state
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.port_claims import region_problem
from embedded.private_folders import UMASK, make_private
from embedded.settings import EmbeddedSettings


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 after SIGTERM, 1 when another one runs, 2 for bad settings or a taken port."""
    os.umask(UMASK)
    settings = EmbeddedSettings.from_arguments(arguments)
    try:
        make_private(settings.state_dir)
    except OSError as problem:
        reason = problem.strerror or problem
        sys.stderr.write(f"{settings.state_dir} cannot be used ({reason}); choose another folder for --state-dir.\n")
        return 2
    if problem_line := region_problem(settings.state_dir, settings.region):
        sys.stderr.write(f"{problem_line}\n")
        return 2
    os.environ[state.MARKER] = str(settings.state_dir)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    with (settings.state_dir / "daemon.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.stderr.write(f"An embedded AWS already runs for {settings.state_dir}; stop it with make down.\n")
            return 1
        state.kill_processes(settings.state_dir)
        try:
            # An environment's own ports are asked for when it is deployed; until then nobody needs them.
            check_port_free(port=settings.aws_port, variable="AWS_PORT")
        except PortInUseError as problem:
            sys.stderr.write(f"{problem}\n")
            return 2
        # A quarter of this second is the collector's, which finds nothing; embedded.promptness sets it going again.
        gc.disable()
        from embedded.daemon import Daemon  # noqa: PLC0415 - the checks above answer at once, without this second
        from embedded.dynamodb.disk import DiskError  # noqa: PLC0415

        try:
            daemon = Daemon(settings)
        except DiskError as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        asyncio.run(daemon.run())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
