"""The load balancer's metrics as an ALB publishes them: names, dimensions, and nothing where nothing happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from embedded.alb.health import Hosts
from embedded.alb.metrics import GroupMetrics
from embedded.alb.proxy import ProxyError
from embedded.alb.publish_metrics import MetricsPublisher
from embedded.cloudwatch.series import Key, SeriesStore
from tests.unit.virtual_time import now, run_in_virtual_time

NOON = 1_800_000_000.0
LIKE, MONOLITH, LAST = (
    SimpleNamespace(
        name=name, arn=f"arn:x:targetgroup/{name}/1", load_balancer_arns=["arn:x:loadbalancer/app/mysfits/2"]
    )
    for name in ("like", "monolith", "last")
)
BALANCER = {"LoadBalancer": "app/mysfits/2"}
OF_LIKE = {**BALANCER, "TargetGroup": "targetgroup/like/1"}


@dataclass
class Publishing:
    """A publisher for three target groups of one load balancer, and one of none."""

    hosts_of: dict[str, Hosts] = field(default_factory=dict)
    answers: list[dict[str, GroupMetrics] | Exception] = field(default_factory=list)
    speed: int = 1
    store: SeriesStore = field(default_factory=lambda: SeriesStore(keep_seconds=3600))

    def __post_init__(self) -> None:
        lone = SimpleNamespace(name="lone", arn="arn:x:targetgroup/lone/1", load_balancer_arns=[])
        groups = {one.name: one for one in (LIKE, MONOLITH, lone, LAST)}
        self._publisher = MetricsPublisher(
            store=self.store,
            elbv2=SimpleNamespace(target_groups=groups),
            load_balancers=self,
            speed=self.speed,
            clock=lambda: NOON + now(),
        )

    async def metrics(self) -> Mapping[str, GroupMetrics]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def hosts(self, group_arn: str) -> Hosts:
        return self.hosts_of.get(group_arn, Hosts(healthy=2, unhealthy=0))

    def run(self) -> None:
        """Until there is no further answer."""
        with pytest.raises(IndexError):
            run_in_virtual_time(self._publisher.run())

    def publish(self, at: float, **metrics: GroupMetrics) -> None:
        self._publisher.publish(metrics, at=NOON + at)

    def points(self, metric: str, dimensions: Mapping[str, str], statistic: str = "Sum") -> dict[float, float]:
        """Values by second since noon."""
        found = self.store.periods(Key.of(metric, dimensions), start=NOON, end=NOON + 10_000, period_seconds=1)
        return {period.start - NOON: period.statistic(statistic) for period in found}


def test_what_was_added_since_the_last_round_is_published() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=4, target_codes={200: 3, 500: 1}, latency_ms=((10.0, 4),)))
    one.publish(1, like=GroupMetrics(sent=6, target_codes={200: 5, 500: 1}, latency_ms=((10.0, 4), (20.0, 6))))
    assert one.points("RequestCount", OF_LIKE) == {0: 4, 1: 2}
    assert one.points("HTTPCode_Target_5XX_Count", OF_LIKE) == {0: 1}
    assert one.points("HTTPCode_Target_2XX_Count", OF_LIKE) == {0: 3, 1: 2}
    assert one.points("TargetResponseTime", OF_LIKE, "p99") == {0: 0.01, 1: 0.02}


def test_answers_of_the_load_balancer_are_its_own_and_of_no_target() -> None:
    one = Publishing()
    own = {502: 1, 503: 2, 504: 4, 460: 8}
    one.publish(0, like=GroupMetrics(sent=20, target_codes={200: 5}, own_codes=own), monolith=GroupMetrics(sent=3))
    assert one.points("HTTPCode_ELB_5XX_Count", BALANCER) == {0: 7}
    assert one.points("HTTPCode_ELB_4XX_Count", BALANCER) == {0: 8}
    codes = [one.points(f"HTTPCode_ELB_{code}_Count", BALANCER) for code in (502, 503, 504)]
    assert codes == [{0: 1}, {0: 2}, {0: 4}]
    assert one.points("RequestCount", BALANCER) == {0: 23}
    assert one.points("HTTPCode_Target_5XX_Count", OF_LIKE) == {}
    assert one.points("HTTPCode_ELB_5XX_Count", OF_LIKE) == {}


def test_a_request_that_is_never_answered_is_counted_when_it_is_sent() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=5, in_flight=5))
    assert one.points("RequestCount", OF_LIKE) == {0: 5}
    assert one.points("TargetResponseTime", OF_LIKE, "SampleCount") == {}


def test_refused_connections_and_requests_for_each_target() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=4, unsent=2, connection_errors=2))
    assert one.points("TargetConnectionErrorCount", OF_LIKE) == {0: 2}
    assert one.points("RequestCountPerTarget", OF_LIKE) == {0: 3}
    assert one.points("RequestCountPerTarget", {"TargetGroup": "targetgroup/like/1"}) == {0: 3}


@pytest.mark.parametrize("speed", [1, 20])
def test_hosts_are_published_when_they_change_and_in_each_minute(speed: int) -> None:
    """An alarm that fills missing values with 0 would end in a minute without one."""
    one, minute = Publishing(speed=speed), 60 // speed
    for second in range(minute // 2, 3 * minute):
        if second == minute + 2:
            one.hosts_of[LIKE.arn] = Hosts(healthy=1, unhealthy=1)
        one.publish(second)
    times = (minute // 2, minute, minute + 2, 2 * minute)
    assert one.points("UnHealthyHostCount", OF_LIKE, "Maximum") == dict(zip(times, (0, 0, 1, 1), strict=True))
    assert one.points("HealthyHostCount", OF_LIKE, "Maximum") == dict(zip(times, (2, 2, 1, 1), strict=True))


def test_a_proxy_that_was_started_again_counts_from_zero() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=100, target_codes={200: 100}))
    one.publish(1, like=GroupMetrics(sent=3, target_codes={200: 3}))
    assert one.points("RequestCount", OF_LIKE) == {0: 100, 1: 3}
    assert one.points("HTTPCode_Target_2XX_Count", OF_LIKE) == {0: 100, 1: 3}


def test_a_restart_shows_in_any_count_that_has_fallen() -> None:
    """A group without targets has answers of the load balancer alone."""
    one = Publishing()
    one.publish(0, like=GroupMetrics(own_codes={503: 9}))
    one.publish(1, like=GroupMetrics(own_codes={503: 4}))
    assert one.points("HTTPCode_ELB_503_Count", BALANCER) == {0: 9, 1: 4}


def test_an_idle_second_has_no_counts_and_an_old_series_goes() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=4))
    one.publish(1, like=GroupMetrics(sent=4))
    assert one.points("RequestCount", OF_LIKE) == {0: 4}
    one.publish(3601.5, like=GroupMetrics(sent=4))
    assert one.points("RequestCount", OF_LIKE) == {}


def test_it_publishes_every_second_and_leaves_a_second_out_in_which_a_proxy_is_started_again() -> None:
    one = Publishing()
    counts = [{"like": GroupMetrics(sent=sent)} for sent in (3, 5)]
    one.answers = [counts[0], ProxyError("it is being started again"), counts[1]]
    one.run()
    assert one.points("RequestCount", OF_LIKE) == {1: 3, 3: 2}


def test_without_a_healthy_target_there_is_no_count_for_each() -> None:
    one = Publishing(hosts_of={LIKE.arn: Hosts(healthy=0, unhealthy=2)})
    one.publish(0, like=GroupMetrics(sent=4), monolith=GroupMetrics())
    assert one.points("RequestCountPerTarget", OF_LIKE) == {}
    of_monolith = {**BALANCER, "TargetGroup": "targetgroup/monolith/1"}
    assert one.points("RequestCountPerTarget", of_monolith, "SampleCount") == {}
    assert one.points("HTTPCode_ELB_502_Count", BALANCER, "SampleCount") == {}


def test_a_group_of_no_load_balancer_hides_none_that_comes_after_it() -> None:
    one = Publishing()
    one.publish(0, last=GroupMetrics(sent=1), lone=GroupMetrics(sent=1))
    assert one.points("RequestCount", {**BALANCER, "TargetGroup": "targetgroup/last/1"}) == {0: 1}


def test_latencies_are_the_answers_of_each_bucket() -> None:
    one = Publishing()
    one.publish(0, like=GroupMetrics(sent=9, latency_ms=((1.0, 0), (5.0, 2), (10.0, 2), (20.0, 9))))
    assert one.points("TargetResponseTime", OF_LIKE, "SampleCount") == {0: 9}
    assert one.points("TargetResponseTime", OF_LIKE, "Sum") == {0: pytest.approx(2 * 0.005 + 7 * 0.02)}
    assert one.points("TargetResponseTime", OF_LIKE, "Minimum") == {0: 0.005}
