"""What was deployed before the last deploy, for ``make rollback``. It is kept beside the Terraform state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cli.errors import CommandError
from embedded.private_folders import replace_private
from settings.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Release:
    """A stage and the image tags of its services."""

    stage: str
    image_tags: Mapping[str, str]


class History:
    """Remembers the release before the last deploy, and whether a run is (or was left) under way."""

    def __init__(self, settings: Settings) -> None:
        self._previous = settings.terraform_state.with_suffix(".previous.json")
        self._stages = settings.system.stage_by_name
        self._unfinished = settings.terraform_state.with_suffix(".unfinished")

    def previous(self) -> Release | None:
        """Read the release before the last deploy.

        Returns:
            The release, or None when there was none.

        Raises:
            CommandError: what was written down cannot be read.
        """
        if not self._previous.is_file():
            return None
        try:
            return self._parse(self._previous.read_text(encoding="utf-8"))
        except ValueError as problem:
            raise CommandError(
                f"{self._previous}, the record of the last deploy, cannot be read ({problem}); delete it and run "
                "make deploy STAGE=… for the stage that you want."
            ) from problem

    def remember(self, release: Release) -> None:
        """Make ``release`` what a rollback goes back to. An unfinished run keeps what it started from."""
        if not self.is_unfinished:
            document = asdict(release) | {"image_tags": dict(release.image_tags)}
            replace_private(self._previous, json.dumps(document).encode())

    @property
    def is_unfinished(self) -> bool:
        """Whether a run began and did not reach its end."""
        return self._unfinished.is_file()

    def begin(self) -> None:
        """Remember that a run begins."""
        replace_private(self._unfinished, b"")

    def end(self) -> None:
        """Remember that the run reached its end. After one that failed, a rollback goes to what was there before it."""
        self._unfinished.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove the records, because nothing is deployed any more."""
        self._previous.unlink(missing_ok=True)
        self.end()

    def _parse(self, text: str) -> Release:
        document = json.loads(text)
        match document:
            case {"stage": str(stage), "image_tags": dict(tags)} if stage in self._stages:
                return Release(stage=stage, image_tags={str(name): str(tag) for name, tag in tags.items()})
        raise ValueError(f"no stage and image tags in {text[:60]!r}")
