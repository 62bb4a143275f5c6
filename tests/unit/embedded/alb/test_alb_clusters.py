"""The books of the proxy's clusters: names, who may go, and counts that never go back."""

from __future__ import annotations

from embedded.alb.clusters import Clusters
from embedded.alb.metrics import GroupMetrics
from embedded.alb.targets import Target, TargetGroup

OLD = TargetGroup(name="like", targets=(Target(host="127.0.0.1", port=1001),))
NEW = TargetGroup(name="like", targets=(Target(host="127.0.0.1", port=1002),))


def _with(*groups: TargetGroup) -> Clusters:
    clusters = Clusters()
    clusters.names = clusters.naming(groups)
    return clusters


def test_names_stay_with_their_targets_and_are_never_used_again() -> None:
    clusters = _with(OLD)
    name = clusters.names[OLD]
    assert clusters.naming([OLD, NEW])[OLD] == name
    clusters.drop(frozenset({OLD}), {})
    assert clusters.naming([OLD])[OLD] != name


def test_cluster_in_use_or_with_requests_under_way_stays() -> None:
    clusters = _with(OLD, NEW)
    busy = {clusters.names[OLD]: GroupMetrics(in_flight=1)}
    for _ in range(3):
        assert clusters.finished(wanted=frozenset({NEW}), counts=busy) == frozenset()


def test_unused_cluster_is_finished_when_idle_twice_in_a_row() -> None:
    clusters = _with(OLD, NEW)
    wanted = frozenset({NEW})
    assert clusters.finished(wanted=wanted, counts={}) == frozenset()
    assert clusters.finished(wanted=frozenset({OLD, NEW}), counts={}) == frozenset(), "back in use in between"
    assert clusters.finished(wanted=wanted, counts={}) == frozenset()
    assert clusters.finished(wanted=wanted, counts={}) == {OLD}


def test_counts_of_a_group_go_on_when_its_targets_change_and_clusters_go() -> None:
    clusters = _with(OLD, NEW)
    counts = {
        clusters.names[OLD]: GroupMetrics(sent=7, latency_ms=((1.0, 7),)),
        clusters.names[NEW]: GroupMetrics(sent=2, unsent=1, latency_ms=((1.0, 2),)),
    }
    both = {"like": GroupMetrics(sent=9, unsent=1, latency_ms=((1.0, 9),))}
    assert clusters.totals(counts) == both
    clusters.drop(frozenset({OLD}), counts)
    assert list(clusters.names) == [NEW]
    assert clusters.totals(counts) == both
    clusters.drop(frozenset({NEW}), counts)
    assert clusters.totals({}) == both


def test_a_cluster_that_is_not_counted_yet_counts_nothing() -> None:
    assert _with(OLD).totals({}) == {"like": GroupMetrics()}
