"""Which clusters the proxy has, when one may go, and what those that went had counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from embedded.alb.envoy_actions import Names
from embedded.alb.metrics import GroupMetrics
from embedded.alb.targets import TargetGroup

Counts = Mapping[str, GroupMetrics]
"""Metrics by cluster name."""


class Clusters:
    """The books of one proxy. A cluster's name is used once: counts of two lives could not be told apart."""

    def __init__(self) -> None:
        self.names: Names = {}
        self._serial = 0
        self._idle: frozenset[TargetGroup] = frozenset()
        self._gone: dict[str, GroupMetrics] = {}

    def naming(self, groups: Iterable[TargetGroup]) -> Names:
        """The clusters there are and, with new names, those that ``groups`` need on top."""
        names = dict(self.names)
        for group in groups:
            if group not in names:
                self._serial += 1
                names[group] = f"{group.name}-{self._serial}"
        return names

    def totals(self, counts: Counts) -> dict[str, GroupMetrics]:
        """Metrics by group name: clusters that are there, as ``counts`` says, and those that went."""
        totals = dict(self._gone)
        for group, name in self.names.items():
            totals[group.name] = totals.get(group.name, GroupMetrics()).plus(counts.get(name, GroupMetrics()))
        return totals

    def finished(self, *, wanted: frozenset[TargetGroup], counts: Counts) -> frozenset[TargetGroup]:
        """Clusters outside ``wanted`` (those that routes name) that have answered all and whose counts are complete.

        Counts may lag behind the last answer, so a cluster is finished when it was idle at the look before already.
        """
        unused = self.names.keys() - wanted
        idle = frozenset(group for group in unused if counts.get(self.names[group], GroupMetrics()).in_flight == 0)
        finished, self._idle = idle & self._idle, idle
        return finished

    def drop(self, finished: frozenset[TargetGroup], counts: Counts) -> None:
        """Strike clusters off and keep their ``counts``."""
        for group in finished:
            count = counts.get(self.names[group], GroupMetrics())
            self._gone[group.name] = self._gone.get(group.name, GroupMetrics()).plus(count)
        self.names = {group: name for group, name in self.names.items() if group not in finished}
        self._idle -= finished
