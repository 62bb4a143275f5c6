"""``@override`` for every Python that is supported; mypy then refuses a method whose base has lost it."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

__all__ = ["override"]
