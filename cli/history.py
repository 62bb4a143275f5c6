"""What was deployed when, by whom and with what result, for ``make releases`` and ``make rollback``.

It is kept beside the Terraform state, in the bucket where that is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, get_args

from cli import records
from cli.canary import CanaryFailed, CanaryUndecided
from cli.errors import REFUSED, CommandError
from cli.lock import user_name
from settings.settings import Settings

Result = Literal["under way", "done", "returned", "undecided", "failed"]

SUFFIXES: Final = (".releases.json", ".previous.json", ".unfinished")
"""Of the list of deploys, of what versions before it wrote, and of the mark of a run that is under way."""

_KEPT: Final = 100
"""So many deploys are remembered."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A stage and the image tags of the services that run in it."""

    stage: str
    image_tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """One deploy that changed something.

    Attributes:
        number: from 1, for people to name it by.
        began: time of day in ISO 8601, UTC; empty where it is not known.
        by: user and host.
        release: what it was to bring.
        result: what came of it; one that was killed is ``under way`` for ever.
        stands: what ran when it had ended, where it was given up or is undecided; None where that is not known.
    """

    number: int
    began: str
    by: str
    release: Release
    result: Result
    stands: Release | None = None

    @property
    def began_utc(self) -> str:
        """When it began, for people; empty where that is not known."""
        return self.began.partition("+")[0].replace("T", " ")


class History:
    """Remembers deploys, and whether a run is (or was left) under way.

    ``now`` gives the time of day in UTC.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._releases, self._earlier, self._unfinished = (records.of(settings, suffix) for suffix in SUFFIXES)
        self._now = now
        self._own: int | None = None

    def deploys(self) -> tuple[Deploy, ...]:
        """Read what is remembered, the oldest first.

        Raises:
            CommandError: what was written down cannot be read.
        """
        for record, parse in ((self._releases, _deploys), (self._earlier, _earlier_deploy)):
            try:
                text = record.read()
                if text is not None:
                    return parse(json.loads(text))
            except (ValueError, KeyError, TypeError, AttributeError) as problem:
                raise CommandError(
                    f"{record}, the record of earlier deploys, cannot be read ({problem}); delete it and run "
                    "make deploy STAGE=… for the stage that you want."
                ) from problem
        return ()

    def previous(self, live: Release | None) -> Release | None:
        """The last release that was reached and is not ``live``; None when there was none."""
        return next((release for release in _reached(self.deploys()) if release != live), None)

    def previous_to(self, live: Release | None) -> Release | None:
        """The release to go back to from what is live, if need be by giving up what the last deploy began.

        After one that was cut off or is undecided that is what was reached before it, though its tasks may run.
        """
        return self.previous(None if self._is_between(self.deploys()) else live)

    def _is_between(self, deploys: Sequence[Deploy]) -> bool:
        """Whether the last deploy left more than one release at work, or may have."""
        return self.is_unfinished or (bool(deploys) and deploys[-1].result == "undecided")

    def numbered(self, number: int) -> Deploy:
        """The deploy with this number.

        Raises:
            CommandError: no deploy has this number.
        """
        known = {deploy.number: deploy for deploy in self.deploys()}
        if number not in known:
            listed = f"1 to {max(known)}" if known else "none yet"
            raise CommandError(
                f"There is no release {number}; make releases lists those that are known ({listed}).", exit_code=REFUSED
            )
        return known[number]

    def remember(self, release: Release, *, before: Release | None) -> None:
        """A deploy begins that is to bring ``release``; ``before``, what it begins from, heads an empty record.

        Nothing is remembered where that was reached, is there, and nothing was begun since.
        """
        try:
            known = list(self.deploys())
        except CommandError:
            known = []  # it said so to whoever asked for a rollback; a deploy begins a new record
        if before == release == next(_reached(known), release) and not self._is_between(known):
            return
        if before is not None and not known:
            known.append(Deploy(number=_next(known), began="", by="", release=before, result="done"))
        began = self._now().isoformat(timespec="seconds")
        by = f"{user_name()}@{socket.gethostname()}"
        known.append(Deploy(number=_next(known), began=began, by=by, release=release, result="under way"))
        self._own = known[-1].number
        self._write(known)

    @contextlib.contextmanager
    def concluding(self, standing: Callable[[], Release | None]) -> Iterator[None]:
        """Write down what comes of a walk; one that is killed or interrupted stays under way.

        ``standing`` reads what runs when it is over.
        """
        try:
            yield
        except (CanaryFailed, CanaryUndecided) as problem:
            result: Result = "returned" if isinstance(problem, CanaryFailed) else "undecided"
            self.conclude(result, stands=standing())
            self.end()
            raise
        except CommandError:
            self.conclude("failed")
            raise
        self.conclude("done")
        self.end()

    def conclude(self, result: Result, *, stands: Release | None = None) -> None:
        """What came of the deploy that was remembered here, if one was; ``stands`` is what runs then, if not that."""
        if self._own is None:
            return
        known = [
            replace(deploy, result=result, stands=stands) if deploy.number == self._own else deploy
            for deploy in self.deploys()
        ]
        self._own = None
        self._write(known)

    @property
    def is_unfinished(self) -> bool:
        """Whether a run began and did not reach an end that it knew."""
        return self._unfinished.read() is not None

    def begin(self) -> None:
        """Remember that a run begins."""
        self._unfinished.write("")

    def end(self) -> None:
        """Remember that the run reached an end that it knew."""
        self._unfinished.remove()

    def forget(self) -> None:
        """Remove the records, because nothing is deployed any more."""
        self._releases.remove()
        self._earlier.remove()
        self.end()

    def _write(self, deploys: Sequence[Deploy]) -> None:
        document = [asdict(deploy) for deploy in deploys[-_KEPT:]]
        self._releases.write(json.dumps(document, indent=1))


def live_number(deploys: Sequence[Deploy]) -> int | None:
    """Number of the last deploy that was to bring what is live when none is under way; None where nothing tells."""
    if not deploys:
        return None
    last = deploys[-1]
    live = last.release if last.result == "done" else last.stands or next(_reached(deploys), None)
    return next((deploy.number for deploy in reversed(deploys) if deploy.release == live), None)


def _reached(deploys: Sequence[Deploy]) -> Iterator[Release]:
    """Releases that were reached, the last one first."""
    return (deploy.release for deploy in reversed(deploys) if deploy.result == "done")


def _next(known: Sequence[Deploy]) -> int:
    return known[-1].number + 1 if known else 1


def _deploys(document: Any) -> tuple[Deploy, ...]:
    return tuple(
        Deploy(
            number=int(one["number"]),
            began=str(one["began"]),
            by=str(one["by"]),
            release=_release(one["release"]),
            result=_result(one["result"]),
            stands=_release(one["stands"]) if one.get("stands") else None,
        )
        for one in document
    )


def _result(text: Any) -> Result:
    if text not in get_args(Result):
        raise ValueError(f"unknown result {text!r}")
    result: Result = text
    return result


def _earlier_deploy(document: Any) -> tuple[Deploy, ...]:
    """What versions before the list wrote down: what was deployed before the last deploy."""
    return (Deploy(number=1, began="", by="", release=_release(document), result="done"),)


def _release(document: Any) -> Release:
    match document:
        case {"stage": str(stage), "image_tags": dict(tags)}:
            return Release(stage=stage, image_tags={str(name): str(tag) for name, tag in tags.items()})
    raise ValueError(f"no stage and image tags in {str(document)[:60]}")
