"""``make record``: learn a system's contract from live traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.comparing import contract
from cli.comparing.learned import Learned, Seen
from cli.comparing.proxy import serve
from cli.errors import REFUSED, CommandError
from cli.interrupts import Interrupted
from cli.progress import Progress, print_columns, print_table
from settings.settings import Settings
from systems.checkout import ROOT


def record(settings: Settings, outputs: Mapping[str, Any], progress: Progress) -> None:
    """Stand before a deployment on a loopback port until Ctrl-C or for RECORD_SECONDS, then write what was learned.

    Args:
        settings: of the environment.
        outputs: of its last apply.
        progress: for the person who waits.

    Raises:
        CommandError: the system names no file for it, the file is no contract, or the port is taken; exit code 2.
    """
    declared = settings.system.contract
    if declared is None:
        raise CommandError(
            f'There is no file to record into: add contract="{settings.system_folder}/contract.json" to SYSTEM in '
            f"{settings.system_folder}/system.py.",
            exit_code=REFUSED,
        )
    path = ROOT / declared
    known = contract.read(path)
    learned = Learned(settings.system)
    origins = settings.site_origins or ((str(outputs["site_url"]),) if "site_url" in outputs else ())
    _listen(settings, str(outputs["api_url"]), origins, learned, progress)
    after = learned.added_to(known)
    if after != known:
        _replace(path, after.text())
    progress.say(f"{declared} has {len(after.exchanges)} exchanges, {len(after.exchanges) - len(known.exchanges)} new")
    if rows := learned.rows(known, after):
        print_columns("Contract", ("Route", "Status", "Exchanges", "New"), rows)
    if learned.left_out:
        print_table("Left out", [(str(count), reason) for reason, count in learned.left_out.most_common()])


def _listen(settings: Settings, url: str, origins: Sequence[str], learned: Learned, progress: Progress) -> None:
    def see(seen: Seen) -> None:
        first = learned.see(seen)
        if first:
            progress.say(f"  {first}")

    def ready(port: int) -> None:
        seconds = settings.compare.record_seconds
        until = "until Ctrl-C" if seconds is None else f"for {seconds} s"
        progress.say(f"Recording {until} at http://127.0.0.1:{port}, in front of {url}; send requests there")

    asked = settings.compare
    try:
        asyncio.run(
            serve(
                url,
                origins=origins,
                port=asked.record_port,
                see=see,
                ready=ready,
                seconds=asked.record_seconds,
            )
        )
    except Interrupted:
        progress.say("Recording has ended")
    except OSError as problem:
        raise CommandError(
            f"RECORD_PORT={asked.record_port} cannot be listened on ({problem.strerror}); leave it out for a free one.",
            exit_code=REFUSED,
        ) from problem


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.chmod(0o644)  # a source like any other
    part.replace(path)
