"""What a rehearsal is asked to do: flags of the command line, with FAULTS from the environment as make passes it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.errors import OptionsError
from rehearse.dynamodb_faults import SHARES
from rehearse.surge import Surge, is_asked_for
from settings.folders import problem_of_report
from settings.numbers import is_number
from systems.checkout import ROOT
from systems.system import System

FAULTS: Final = ("kill", *SHARES)
"""What can be done to tasks and to their calls of DynamoDB."""

SURGE_RATE: Final = 12.0
"""Visits a second before a surge; a machine with two processors, and the load on it, bear five times as many."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One rehearsal.

    Attributes:
        order: stages in the order of the walk; load runs while the stage is not the placeholder.
        rate: visits a second, on average.
        mix: weight of each kind of visit.
        seed: of visits and kills.
        faults: of ``FAULTS``.
        delivers: whether new revisions of the services are delivered in the widest stage.
        hold_seconds: at each stage, before the next hop.
        min_requests: criterion; the last loaded stage is held until so many were sent.
        hop_limit_seconds: criterion; from one stage to its neighbour, on the machine of ``rehearse.calibration``.
        p50_limit_seconds: criterion; without faults, of no second half of the visits take longer.
        p99_limit_seconds: criterion; without faults, 99 % of all visits are done by then.
        recovery_limit_seconds: criterion; from the death of one of two tasks until both serve again.
        timeout_seconds: of one request.
        retry_seconds: with faults, how long a visit that failed is sent again.
        out: folder of the report.
        surge: instead of a walk, in the one stage of ``order``; None: none.
    """

    order: tuple[str, ...]
    rate: float = 75.0
    mix: Mapping[str, int]
    seed: int = 1
    faults: tuple[str, ...] = ()
    delivers: bool = True
    hold_seconds: float = 5.0
    min_requests: int = 20_000
    hop_limit_seconds: float = 30.0
    p50_limit_seconds: float = 0.25
    p99_limit_seconds: float = 0.25
    recovery_limit_seconds: float = 5.0
    timeout_seconds: float = 10.0
    retry_seconds: float = 15.0
    out: Path
    surge: Surge | None = None


def loaded_part(order: Sequence[str], system: System) -> tuple[int, int]:
    """The stages of a walk that get load: NGINX in the monolith's place has no answers for visitors.

    Args:
        order: names of stages.
        system: whose stages they are.

    Returns:
        Positions of the first and the last of them in ``order``.

    Raises:
        OptionsError: there are fewer than two, or a placeholder lies between them.
    """
    loaded = [number for number, name in enumerate(order) if not system.stage_by_name[name].placeholder]
    if len(loaded) < 2 or len(loaded) != loaded[-1] - loaded[0] + 1:
        raise OptionsError(
            "Load runs from the first stage after the placeholder to the last one before it, without a placeholder "
            f"between, and over two stages at least; give --stages such as {','.join(default_order(system))}."
        )
    return loaded[0], loaded[-1]


def default_order(system: System) -> tuple[str, ...]:
    """The stages that are walked when none are asked for.

    Returns:
        Every stage upwards, then downwards.
    """
    names = tuple(system.stage_by_name)
    return (*names, *reversed(names[:-1]))


def parse(arguments: Sequence[str], environ: Mapping[str, str], *, system: System, mix: Mapping[str, int]) -> Options:
    """Read the flags; exit with 2 and the usage on what argparse itself refuses.

    Args:
        arguments: of the command line.
        environ: where FAULTS may be.
        system: whose stages are walked.
        mix: kinds of visits of its workload, and the weights they have by default.

    Returns:
        What to rehearse.

    Raises:
        OptionsError: an unknown stage, fault or kind, an order without load, or no place for a report.
    """
    given = _parser(environ, mix).parse_args(arguments)
    surge = Surge() if is_asked_for(environ) else None
    order = _names(given.stages) or ((_surge_stage(system),) if surge else default_order(system))
    _require_known(order, system.stage_by_name, what="stage")
    faults = tuple(dict.fromkeys(_names(given.faults)))
    _require_known(faults, FAULTS, what="fault")
    if surge is None:
        loaded_part(order, system)
    elif len(order) > 1 or faults:
        raise OptionsError("A surge comes to one stage, without faults; give --stages one name, and no FAULTS.")
    out = ROOT / given.out
    if problem := problem_of_report("--out", out, is_folder=True):
        raise OptionsError(problem)
    return Options(
        order=order,
        rate=given.rate or (SURGE_RATE if surge else Options.rate),
        mix=_mix(given.mix, mix),
        seed=given.seed,
        faults=faults,
        delivers=given.delivers and not faults and surge is None,
        hold_seconds=given.hold_seconds,
        min_requests=given.min_requests,
        hop_limit_seconds=given.hop_limit_seconds,
        p50_limit_seconds=given.p50_limit_seconds,
        p99_limit_seconds=given.p99_limit_seconds,
        recovery_limit_seconds=given.recovery_limit_seconds,
        timeout_seconds=given.timeout_seconds,
        retry_seconds=given.retry_seconds,
        out=out,
        surge=surge,
    )


def _surge_stage(system: System) -> str:
    """The first stage in which a service that scales by itself runs."""
    scales = system.scaling_by_name.keys()
    for name, stage in system.stage_by_name.items():
        if not stage.placeholder and scales & {system.monolith.name, *stage.separate}:
            return name
    raise OptionsError(f"No service of {system.title} scales by itself, so a surge has nothing to show.")


def _parser(environ: Mapping[str, str], mix: Mapping[str, int]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearse",
        description="Walk through the stages under load, count every request, and judge the walk.",
        epilog="Exit code: 0 every criterion met, 1 one missed, 2 not possible as asked, 130 interrupted. "
        "TARGET, ENV and the ports are read from the environment, as by every other command.",
    )
    add = parser.add_argument
    add(
        "--stages",
        default="",
        help="stages of the walk in order, comma list (default: every stage upwards, then downwards)",
    )
    add(
        "--rate",
        type=_positive,
        help=f"visits a second (default: {Options.rate:g}; with SURGE=1 {SURGE_RATE:g}, five times that at the peak)",
    )
    add("--mix", default="", help=f"weight of each kind of visit (default: {_mix_text(mix)})")
    add("--seed", type=int, default=Options.seed, help="of visits and kills (default: %(default)d)")
    add("--faults", default=environ.get("FAULTS", ""), help=f"comma list of {', '.join(FAULTS)} (default: FAULTS)")
    add(
        "--no-delivery",
        dest="delivers",
        action="store_false",
        help="no new revision of each service in the widest stage; with faults there never is one",
    )
    add(
        "--hold-seconds",
        type=_not_negative,
        default=Options.hold_seconds,
        help="at each stage, before the next hop (%(default)g)",
    )
    add(
        "--min-requests",
        type=int,
        default=Options.min_requests,
        help="criterion: at least so many requests sent (%(default)d)",
    )
    add(
        "--hop-limit-seconds",
        type=_positive,
        default=Options.hop_limit_seconds,
        help="criterion: at most for a hop (%(default)g), more in the measure in which the processor takes longer for "
        "fixed work than the one it was set on; what else runs meanwhile is not allowed for",
    )
    add(
        "--p50-limit-seconds",
        type=_positive,
        default=Options.p50_limit_seconds,
        help="criterion without faults: of no second half of the visits take longer (%(default)g)",
    )
    add(
        "--p99-limit-seconds",
        type=_positive,
        default=Options.p99_limit_seconds,
        help="criterion without faults: at most for 99 %% of all visits (%(default)g)",
    )
    add(
        "--recovery-limit-seconds",
        type=_positive,
        default=Options.recovery_limit_seconds,
        help="criterion: from the death of one of two tasks until both serve (%(default)g)",
    )
    add("--timeout-seconds", type=_positive, default=Options.timeout_seconds, help="of one request (%(default)g)")
    add(
        "--retry-seconds",
        type=_positive,
        default=Options.retry_seconds,
        help="with faults: how long a visit that failed is sent again (%(default)g); without faults never",
    )
    add("--out", default="rehearsal", help="folder of report.html, report.json and plots (default: %(default)s)")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _not_negative(text: str) -> float:
    return 0.0 if text in ("0", "0.0") else _positive(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _mix(text: str, default: Mapping[str, int]) -> dict[str, int]:
    if not text.strip():
        return dict(default)
    mix: dict[str, int] = {}
    for part in _names(text):
        kind, _, weight = part.partition("=")
        _require_known([kind], default, what="kind of visit")
        if not is_number(weight):
            raise OptionsError(
                f"--mix {part}: give each kind a whole number of at most nine digits, such as {kind}=10."
            )
        mix[kind] = int(weight)
    if not sum(mix.values()):
        raise OptionsError("--mix has no weight above 0; give one kind at least 1.")
    return mix


def _mix_text(mix: Mapping[str, int]) -> str:
    return ",".join(f"{kind}={weight}" for kind, weight in mix.items())


def _require_known(given: Iterable[str], known: Iterable[str], *, what: str) -> None:
    options = tuple(known)
    for name in given:
        if name not in options:
            raise OptionsError(f"{name!r} is not a {what}; use {', '.join(options)}.")
