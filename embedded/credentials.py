"""The one pair of keys that the embedded AWS accepts: made afresh at each start, in a file that only this user reads.

The file has the form of AWS's shared credentials, so that Terraform is given its path and never the keys themselves:
they stand in no stack, plan or state, and a stack that was written before a restart finds the new ones.
"""

from __future__ import annotations

import configparser
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embedded.private_folders import replace_private

PROFILE: Final = "embedded"
"""Name of the section in the file."""

ROUTE: Final = "/credentials"
"""Of the control socket: a POST has the embedded AWS write its file anew."""

_KEY_ID_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_KEY_ID_LENGTH: Final = 20
_KEY_ID_PREFIX: Final = "AKIA"
_SECRET_BYTES: Final = 30
"""Forty characters, as AWS's."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An access key as AWS shapes them."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which every SDK and command line of AWS takes them."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}


def make() -> Credentials:
    """A new pair that nobody can guess."""
    letters = (secrets.choice(_KEY_ID_LETTERS) for _ in range(_KEY_ID_LENGTH - len(_KEY_ID_PREFIX)))
    return Credentials(
        access_key_id=_KEY_ID_PREFIX + "".join(letters), secret_access_key=secrets.token_urlsafe(_SECRET_BYTES)
    )


def path(state_dir: Path) -> Path:
    """The file of the embedded AWS with this state folder."""
    return state_dir / "credentials.ini"


def write(state_dir: Path, credentials: Credentials) -> None:
    """Replace the file atomically."""
    text = (
        f"[{PROFILE}]\n"
        f"aws_access_key_id = {credentials.access_key_id}\n"
        f"aws_secret_access_key = {credentials.secret_access_key}\n"
    )
    replace_private(path(state_dir), text.encode())


def read(state_dir: Path) -> Credentials | None:
    """What the file says, or None when there is none or it is damaged."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path(state_dir).read_text(encoding="utf-8"))
        section = parser[PROFILE]
        return Credentials(
            access_key_id=section["aws_access_key_id"], secret_access_key=section["aws_secret_access_key"]
        )
    except (FileNotFoundError, configparser.Error, KeyError, UnicodeDecodeError):
        return None


def remove(state_dir: Path) -> None:
    """Delete the file."""
    path(state_dir).unlink(missing_ok=True)
