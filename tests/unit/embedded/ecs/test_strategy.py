"""Which capacity provider each task runs on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from moto.ecs.exceptions import InvalidParameterException

from embedded.ecs.strategy import check_strategy, choose


def share(provider: str, *, weight: int = 0, base: int = 0) -> dict[str, Any]:
    return {"capacityProvider": provider, "weight": weight, "base": base}


SPOT, OWN = "FARGATE_SPOT", "FARGATE"


def placed(count: int, *strategy: dict[str, Any]) -> Counter[str]:
    running: Counter[str] = Counter()
    for _ in range(count):
        running[choose(strategy, running)] += 1
    return running


def test_the_base_comes_first_and_weights_share_the_rest() -> None:
    strategy = (share(OWN, weight=1, base=2), share(SPOT, weight=3))
    assert placed(2, *strategy) == {OWN: 2}
    assert placed(6, *strategy) == {OWN: 3, SPOT: 3}
    assert placed(10, *strategy) == {OWN: 4, SPOT: 6}
    assert placed(5, share(SPOT, weight=1)) == {SPOT: 5}
    assert placed(4, share(OWN), share(SPOT, weight=1)) == {SPOT: 4}


@pytest.mark.parametrize(
    ("strategy", "launch_type", "message"),
    [
        ([share(SPOT, weight=1)], OWN, "Specifying both a launch type and capacity provider strategy"),
        ([share(SPOT, weight=1)] * 2, None, "once only"),
        ([share("gone", weight=1)], None, "a capacity provider that is not associated with the cluster"),
        ([share("machines", weight=1)], None, "The embedded AWS has no machines for capacity provider machines"),
        ([share(OWN, weight=1, base=1), share(SPOT, base=1)], None, "Only one capacity provider"),
        ([share(OWN, base=1)], None, "must have a weight value greater than zero"),
    ],
)
def test_a_strategy_that_no_service_can_have_is_refused(
    strategy: list[dict[str, Any]], launch_type: str | None, message: str
) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        check_strategy(strategy, launch_type=launch_type, associated=(OWN, SPOT, "machines"))
    assert message in refused.value.message


def test_no_strategy_and_a_good_one_are_taken() -> None:
    check_strategy(None, launch_type=OWN, associated=())
    check_strategy([share(SPOT, weight=1)], launch_type=None, associated=(SPOT,))
