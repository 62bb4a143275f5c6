"""Documents of an environment: files of this checkout, or objects of the state bucket where there is one.

Terraform's state is one; what is written down about deploys are others, beside it and named alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from embedded.private_folders import replace_private
from settings.settings import Settings

STATE: Final = ".tfstate"
_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_UNMET: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class Record(Protocol):
    """One document; for people, its ``str`` is where it lies."""

    def read(self) -> str | None:
        """The text; None when there is none.

        Raises:
            UnicodeDecodeError: it is no text.
            CommandError: it cannot be read at all.
        """

    def write(self, text: str) -> None:
        """Replace it atomically."""

    def remove(self) -> None:
        """Remove it, if it is there."""


@dataclass(frozen=True)
class FileRecord:
    """A file of this user alone."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def read(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except IsADirectoryError as problem:
            raise CommandError(
                f"{self} is a folder, and has to be a file; move it away and run the command again."
            ) from problem

    def write(self, text: str) -> None:
        replace_private(self.path, text.encode())

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class ObjectRecord:
    """An object of the state bucket."""

    settings: Settings
    key: str

    def __str__(self) -> str:
        return f"s3://{self.settings.state_bucket}/{self.key}"

    def read(self) -> str | None:
        try:
            return str(self._s3.get_object(**self._which)["Body"].read().decode())
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise self._refused(error) from error

    def write(self, text: str) -> None:
        try:
            self._s3.put_object(**self._which, Body=text.encode())
        except ClientError as error:
            raise self._refused(error) from error

    def create(self, text: str) -> bool:
        """Write it unless it is there, which S3 itself decides.

        Returns:
            Whether it was written.
        """
        try:
            self._s3.put_object(**self._which, Body=text.encode(), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNMET:
                return False
            raise self._refused(error) from error
        return True

    def remove(self) -> None:
        try:
            self._s3.delete_object(**self._which)
        except ClientError as error:
            raise self._refused(error) from error

    @property
    def _s3(self) -> Any:
        return aws.client(self.settings, "s3")

    @property
    def _which(self) -> dict[str, str]:
        return {"Bucket": self.settings.state_bucket, "Key": self.key}

    def _refused(self, error: ClientError) -> CommandError:
        reason = " ".join(str(error).split()).rstrip(".")
        return CommandError(f"{self} cannot be used ({reason}); see STATE_BUCKET and what these credentials may do.")


def of(settings: Settings, suffix: str) -> Record:
    """The document of the environment with this suffix, such as ``.tfstate``, where these settings have it."""
    if settings.state_bucket:
        return ObjectRecord(settings, f"{settings.name()}{suffix}")
    return FileRecord(settings.terraform_state.with_suffix(suffix))
