"""Figures of a target group that answers every request to which it has a connection."""

from __future__ import annotations

from cli.target_metrics import Figures


def figures(
    requests: int,
    *,
    answers: int | None = None,
    errors: int = 0,
    connection_errors: int = 0,
    unhealthy_hosts: int = 0,
    p50_seconds: float | None = None,
    p99_seconds: float | None = None,
) -> Figures:
    """The figures; ``answers``: where some requests have none."""
    return Figures(
        requests=requests,
        answers=requests - connection_errors if answers is None else answers,
        errors=errors,
        connection_errors=connection_errors,
        unhealthy_hosts=unhealthy_hosts,
        p50_seconds=p50_seconds,
        p99_seconds=p99_seconds,
    )
