"""What a check came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        where: file and line, or plan and address.
        rule: the tool's name for what is violated.
        text: what is wrong, for people.
    """

    where: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check came to.

    Attributes:
        examined: how much it looked at, such as ``214 resources``.
        findings: what is wrong; none: the check passed, if it could be made whole.
        exempted: number of findings that are accepted, each with a reason beside its resource.
        not_examined: what could not be looked at and why, one line each: nothing is known of that.
    """

    examined: str
    findings: Sequence[Finding] = ()
    exempted: int = 0
    not_examined: Sequence[str] = ()

    @property
    def verdict(self) -> str:
        """``passed``, ``failed``, or ``unknown``: nothing is wrong in what could be looked at, and that is not all."""
        if self.findings:
            return "failed"
        return "unknown" if self.not_examined else "passed"
