"""Comparing in a deployment: as a phase of a walk, and alone by ``make compare``."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from cli import live, sides
from cli.canary import CanaryFailed
from cli.comparing import contract, summary
from cli.comparing.exchange import Request
from cli.comparing.fields import matcher
from cli.comparing.rounds import Comparer, Comparison
from cli.comparing.selection import asked_of
from cli.comparing.sender import Sender
from cli.errors import REFUSED, WORSE, CommandError
from cli.phases import Compare, Live, Tasks, as_sentence
from cli.progress import Progress, print_columns
from settings.settings import Settings
from systems.checkout import ROOT
from systems.rules import Side
from systems.system import System

_NO_PREVIEWS: Final = "this deployment was made before the load balancer had rules that lead to one side"
_NOBODY_ASKS: Final = "No request is known that would come to it: make record learns them from live traffic"
_OTHER_SIDE: Final[Mapping[Side, Side]] = {"new": "old", "old": "new"}
_TELL_SECONDS: Final = 2.0


def read_contract(settings: Settings) -> contract.Contract:
    """Read the contract of the system; one that declares none has an empty one.

    Raises:
        CommandError: the file is no contract, exit code 2.
    """
    declared = settings.system.contract
    return contract.read(ROOT / declared) if declared else contract.Contract()


def compare(
    settings: Settings, outputs: Mapping[str, Any], phase: Compare, *, say: Callable[[str], None]
) -> Comparison | None:
    """Ask both sides of a phase what was recorded, and say what came of it.

    Args:
        settings: of the environment.
        outputs: of its last apply.
        phase: whose answers.
        say: shows a line.

    Returns:
        What came of it; None where the deployment cannot lead a request to one side.
    """
    header_of = sides.header_of_side(settings, outputs)
    if header_of is None:
        say(f"  Nothing is compared: {_NO_PREVIEWS}")
        return None
    system, recorded = settings.system, read_contract(settings)
    owner, is_swapped = rules_of(phase, system)
    asked = asked_of(system, system.stage_by_name[outputs["stage"]], owner, recorded)
    sender = Sender(
        str(outputs["api_url"]),
        lambda side: header_of(_OTHER_SIDE[side] if is_swapped else side),
        key_header=system.idempotency_header,
    )
    comparer = Comparer(
        sender,
        key_of=_key_of_the_day(settings) if system.idempotency_header else None,
        may_differ=matcher(recorded.ignore),
    )
    try:
        found = comparer.compare(asked, done=_teller(len(asked), say))
    finally:
        sender.close()
    say(f"  {summary.counts(found) if asked else _NOBODY_ASKS}")
    return found


def rules_of(phase: Compare, system: System) -> tuple[str, bool]:
    """Whose rules lead to both sides of a phase, and whether what they call new is old here.

    A path that comes back to the monolith has the rules of the service that it leaves, and they call the monolith old.
    """
    comes_back = not phase.new.canary and phase.new.service == system.monolith.name
    return (phase.old.service if comes_back else phase.new.service), comes_back


def _key_of_the_day(settings: Settings) -> Callable[[Request], str]:
    """The same key for a write the whole day, so that it counts once however often it is compared."""
    day = _today().isoformat()
    return lambda request: request.key(day, settings.compare.run)


def _today() -> dt.date:
    """The same on every machine."""
    return dt.datetime.now(dt.UTC).date()


def _teller(total: int, say: Callable[[str], None]) -> Callable[[int], None]:
    told = time.monotonic()

    def done(count: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_SECONDS:
            told = time.monotonic()
            say(f"  {count} of {total} requests compared")

    return done


def require_same(settings: Settings, phase: Compare, comparison: Comparison) -> None:
    """Nothing, when all answers are the same.

    Raises:
        CanaryFailed: with the differences.
    """
    if not comparison.different:
        return
    declared = settings.system.contract
    raise CanaryFailed(
        f"{as_sentence(phase.new)} answers {len(comparison.different)} of {len(comparison.outcomes)} requests "
        f"otherwise than {phase.old}.\n  old → new\n{summary.diff(comparison)}",
        then=f"No visitor's request came to it. Correct {phase.new.service} and deploy again. Where this is meant, "
        + (f'name the field in the list "ignore" of {declared}, or ' if declared else "")
        + "deploy with COMPARE=off.",
    )


def compare_alone(settings: Settings, outputs: Mapping[str, Any], service: str, progress: Progress) -> None:
    """Print what each request is answered by both sides of ``service`` now, as a table on stdout.

    Raises:
        CommandError: answers differ, exit code 3; or nothing can be compared as asked, exit code 2.
    """
    now = live.read(settings, outputs["stage"])
    phase = sides_now(settings.system, now, service)
    if isinstance(phase, str):
        progress.say(phase)
        return
    with progress.step(as_sentence(phase)):
        found = compare(settings, outputs, phase, say=progress.say)
    if found is None:
        raise CommandError("Run make deploy first, which adds them.", exit_code=REFUSED)
    if rows := summary.rows(found):
        print_columns(f"{phase.old} → {phase.new}", ("Request", "Status", "Answers", "Fields"), rows)
    if found.different:
        raise CommandError(
            f"{len(found.different)} of {len(found.outcomes)} answers differ; old → new:\n{summary.diff(found)}",
            exit_code=WORSE,
        )


def sides_now(system: System, now: Live, service: str) -> Compare | str:
    """The two sides of a service's paths as they are, or why there is nothing to compare.

    Args:
        system: what is deployed.
        now: what is there.
        service: name of a service that runs in its stage.

    Raises:
        CommandError: it names none, exit code 2.
    """
    stage = system.stage_by_name[now.stage or ""]
    running = () if stage.placeholder else (system.monolith.name, *stage.separate)
    if service not in running:
        raise CommandError(
            f"SERVICE={service} is no service that runs in stage {stage.name}; name one of: "
            f"{', '.join(running) or 'none runs'}.",
            exit_code=REFUSED,
        )
    own = Tasks(service=service)
    if service in now.canaries:
        return Compare(new=Tasks(service=service, canary=True), old=own)
    if service == system.monolith.name:
        return f"Both sides of {service} are the same tasks, since no new revision of it is tried: nothing to compare"
    stays = system.service_by_name[service].stays_inline or now.routes is None or service in now.routes
    if not stays:
        return (
            f"{system.monolith.name} no longer serves the paths of {service} in stage {stage.name}: nothing to compare"
        )
    return Compare(new=own, old=Tasks(service=system.monolith.name))
