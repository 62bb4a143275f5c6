"""When tasks under a share of the requests count as worse than those that served them before.

They are judged by the metrics that an ALB publishes to CloudWatch (see ``cli.target_metrics``). What the load balancer
has to answer itself, because a target resets, hangs or refuses connections, is on AWS counted for the load balancer as
a whole only; so it is compared with the time before.
"""

from __future__ import annotations

from typing import Final

from cli.target_metrics import BalancerFigures, Figures

MAX_ERROR_SHARE: Final = 0.01
"""At most this share of requests may fail, or what fails at the old tasks if that is more."""
FEWEST_BALANCER_ERRORS: Final = 3
"""Of fewer nobody knows whose they are: an old task that dies costs one or two as well."""
FEWEST_FAILED: Final = 5
"""Where so many requests failed, and more than half of all, nobody has to wait for more.

Among them are those that the load balancer had to answer itself.
"""
FEWEST_UNANSWERED: Final = 5
"""So many may have come at once by chance, and be under way."""
UNKNOWN_LATENCY_SECONDS: Final = 1.0
"""What an answer may take where the old side gave none."""
MAX_LATENCY_RATIO: Final = 2.0
MIN_REQUESTS_FOR_P50: Final = 10
MIN_REQUESTS_FOR_P99: Final = 100
"""Of both sides. With fewer, p99 is the one slowest request, which tells more of the moment than of the tasks."""
LATENCY_ALLOWANCE_SECONDS: Final = 0.05
"""Going through the load balancer once more costs this much at most. It is added after the ratio."""


def verdict(
    new: Figures,
    old: Figures,
    *,
    seconds: float,
    during: BalancerFigures | None = None,
    before: BalancerFigures | None = None,
) -> str | None:
    """Compare the new target group with the old one, and the load balancer with itself.

    Args:
        new, old: figures of ``seconds`` seconds.
        seconds: above 0.
        during, before: the load balancer in these seconds, and earlier.

    Returns:
        Why the new tasks are worse, with figures and what is allowed; None when they are not.
    """
    if new.requests == 0:
        return None
    return (
        _errors(new, old)
        or _connections(new, old)
        or _unhealthy(new, old)
        or _balancer(new, old, during, before)
        or _latency(new, old)
        or _unanswered(new, old, seconds)
    )


def plainly_failing(
    new: Figures, old: Figures, *, during: BalancerFigures | None = None, before: BalancerFigures | None = None
) -> str | None:
    """Judge by requests that are too few for anything else.

    ``during``, ``before``: the load balancer meanwhile, and earlier. What it answered itself more than before failed at
    the new tasks as far as these have requests without an answer.

    Returns:
        That most of them failed, while most of the old side's did not; None otherwise.
    """
    unanswered = min(int(_own_errors_more(old, during, before)), new.unanswered)
    failed = min(new.failed + unanswered, new.requests)
    if failed >= FEWEST_FAILED and failed > new.requests / 2 and min(old.failed, old.requests) <= old.requests / 2:
        return f"{failed} of its first {new.requests} requests failed"
    return None


def _errors(new: Figures, old: Figures) -> str | None:
    allowed = max(MAX_ERROR_SHARE, old.error_share)
    if new.error_share > allowed:
        return f"{new.error_share:.1%} of its answers are 5xx, {allowed:.1%} are allowed"
    return None


def _connections(new: Figures, old: Figures) -> str | None:
    allowed = max(MAX_ERROR_SHARE, old.connection_errors / old.requests if old.requests else 0.0)
    share = new.connection_errors / new.requests
    if share > allowed:
        return f"{new.connection_errors} connections to it failed ({share:.1%} of its requests), {allowed:.1%} may"
    return None


def _unhealthy(new: Figures, old: Figures) -> str | None:
    if new.unhealthy_hosts > old.unhealthy_hosts:
        return f"{new.unhealthy_hosts} of its tasks were unhealthy at one time, {old.unhealthy_hosts} may"
    return None


def _own_errors_more(old: Figures, during: BalancerFigures | None, before: BalancerFigures | None) -> float:
    """How much more the load balancer answers itself than before; 0 where that is not known.

    For a connection to the old tasks that failed it had to answer too: that is theirs.
    """
    if during is None or before is None:
        return 0.0
    return max(during.own_errors - old.connection_errors - before.own_error_share * during.requests, 0.0)


def _balancer(new: Figures, old: Figures, during: BalancerFigures | None, before: BalancerFigures | None) -> str | None:
    """Whether the load balancer answers more itself than before, as far as that can be the new tasks' doing."""
    if during is None or before is None:
        return None
    more = _own_errors_more(old, during, before)
    share = min(more, new.requests) / new.requests
    if more >= FEWEST_BALANCER_ERRORS and share > MAX_ERROR_SHARE:
        return (
            f"the load balancer itself answered {during.own_errors} of {during.requests} requests with 502, 503 or 504 "
            f"({before.own_error_share:.1%} before); the excess is {share:.1%} of its requests, "
            f"{MAX_ERROR_SHARE:.1%} are allowed"
        )
    return None


def _latency(new: Figures, old: Figures) -> str | None:
    fewest, pairs = min(new.requests, old.requests), []
    if fewest >= MIN_REQUESTS_FOR_P50:
        pairs.append(("p50", new.p50_seconds, old.p50_seconds))
    if fewest >= MIN_REQUESTS_FOR_P99:
        pairs.append(("p99", new.p99_seconds, old.p99_seconds))
    for name, mine, theirs in pairs:
        if mine is None or theirs is None:
            continue
        limit = MAX_LATENCY_RATIO * theirs + LATENCY_ALLOWANCE_SECONDS
        if mine > limit:
            return f"its {name} is {mine * 1000:.0f} ms, {limit * 1000:.0f} ms are allowed"
    return None


def _unanswered(new: Figures, old: Figures, seconds: float) -> str | None:
    """Whether requests hang, which neither target nor load balancer has given up yet.

    Some are under way whenever one looks: as many as come in the time that an answer takes.
    """
    slowest = old.p99_seconds if old.p99_seconds is not None else UNKNOWN_LATENCY_SECONDS
    under_way = FEWEST_UNANSWERED + MAX_LATENCY_RATIO * slowest * new.requests / seconds
    allowed = under_way + max(MAX_ERROR_SHARE, old.unanswered_share) * new.requests
    if new.unanswered > allowed:
        return f"{new.unanswered} of its {new.requests} requests have no answer, {allowed:.0f} are allowed"
    return None
