"""Why an image cannot be built on this machine."""

from __future__ import annotations


class ImageBuildError(Exception):
    """The text says what, why, and what to do."""
