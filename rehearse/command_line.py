"""One rehearsal from its flags to its verdict."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import EndpointConnectionError

from cli import entry, local
from cli.errors import OptionsError, complain
from cli.progress import Progress
from embedded.control_client import ControlError
from rehearse.hops import CommandDeployer
from rehearse.options import Options, parse
from rehearse.rehearsal import Rehearsal
from rehearse.surge import is_asked_for
from rehearse.surge_rehearsal import SPEED, SurgeRehearsal, surge_mix
from rehearse.traffic import workload_of
from reporting.criteria import print_criteria
from settings.folders import require_usable

_INTERRUPTED: Final = "Interrupted; the last hop may be half done. Continue with make deploy, or stop with make down."


def main(arguments: Sequence[str]) -> int:
    """Rehearse as ``arguments`` ask for.

    Returns:
        Exit code: 0 every criterion met, 1 one missed, 2 not possible as asked, 130 after Ctrl-C.
    """
    try:
        return _rehearse(arguments)
    except (EndpointConnectionError, ControlError):
        return complain(
            "The embedded AWS ended during the rehearsal, so it proves nothing; run make rehearse again.", 1
        )
    except (Exception, KeyboardInterrupt) as problem:
        return entry.tell(problem, command="rehearse", interrupted=_INTERRUPTED)


def _rehearse(arguments: Sequence[str]) -> int:
    surges = is_asked_for(os.environ)
    if surges and not os.environ.get("SCALING_SPEED", "").strip():
        os.environ["SCALING_SPEED"] = SPEED
    settings = local.settings_of(os.environ)
    workload = workload_of(settings.system, settings.system_folder)
    mix = surge_mix(settings.system, workload) if surges else workload.mix
    options = parse(arguments, os.environ, system=settings.system, mix=mix)
    if not settings.is_local:
        raise OptionsError(
            "Only TARGET=local can be rehearsed: the load would reach real visitors and cost money elsewhere."
        )
    local.require_ports_of_its_own(settings)
    require_usable(settings)
    progress = Progress()
    environment = {**os.environ, **_canary(options), "COMPARE_RUN": secrets.token_hex(4)}
    deployer = CommandDeployer(environment, say=lambda line: progress.say(f"    {line.strip()}"))
    kind = Rehearsal if options.surge is None else SurgeRehearsal
    story = kind(options, settings, workload, deployer=deployer, say=progress.say).run()
    # Drawing needs most of a second of imports; a misspelt option is reported before.
    from rehearse.report import write  # noqa: PLC0415

    written = write(story)
    progress.say(f"Report: {written}")
    print_criteria(story.criteria)
    return 0 if story.passed else 1


def _canary(options: Options) -> dict[str, str]:
    """How the walk tries who is new, where the caller leaves that open: in short steps, and not at all under faults.

    What a killed task costs is counted for the load balancer as a whole, and would be blamed on who is watched or
    compared.
    """
    wanted = (
        {"CANARY": "off", "COMPARE": "off"} if options.faults else {"CANARY_SECONDS": "5", "CANARY_MIN_REQUESTS": "5"}
    )
    return {name: value for name, value in wanted.items() if not os.environ.get(name, "").strip()}
