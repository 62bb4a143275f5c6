"""The part of a plan that brings new revisions to services: each earns its requests on the service's canary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cli.phases import ALL, Apply, Canary, Compare, Live, Phase, Tasks, Watch


def steps_from(steps: Sequence[int], shares: Iterable[int]) -> list[int]:
    """The steps that are still to come, and what somebody has now: nobody has seen how that went.

    Args:
        steps: rising percentages; none: all at once.
        shares: percentages that are there now.
    """
    now = set(shares)
    if not steps:
        return []
    stands = {share for share in now if 0 < share < ALL}
    return sorted(step for step in {*steps, *stands} if step >= min(now, default=0))


@dataclass(frozen=True, kw_only=True)
class Revisions:
    """What has to be done about the revisions of services, from what is there.

    Attributes:
        running: image tag that the own tasks of each service run.
        canaries: those that have tasks.
        wanted: image tag that each service is to run.
        steps: percentages that a new revision gets before all; none: revisions are rolled out.
        asked: services that requests come to. What nobody asks has nothing to earn: its revision is rolled out.
        compares: whether their new revision is compared before the first request comes to it.
    """

    running: Mapping[str, str]
    canaries: Mapping[str, Canary]
    wanted: Mapping[str, str]
    steps: tuple[int, ...]
    asked: tuple[str, ...]
    compares: bool = False

    @classmethod
    def of(
        cls,
        live: Live,
        wanted: Mapping[str, str],
        steps: tuple[int, ...],
        *,
        asked: tuple[str, ...],
        compares: bool,
    ) -> Revisions:
        """For the services that run; what leaves on the way keeps its image, by ``wanted``."""
        kept = {service: wanted.get(service, tag) for service, tag in live.image_tags.items()}
        return cls(
            running=live.image_tags,
            canaries=live.canaries,
            wanted=kept,
            steps=steps,
            asked=asked,
            compares=compares,
        )

    @property
    def strayed(self) -> Mapping[str, str]:
        """Canaries that run something else than what is wanted: their image tags by service."""
        return {
            service: canary.image_tag
            for service, canary in self.canaries.items()
            if canary.image_tag != self.wanted.get(service)
        }

    @property
    def revised(self) -> Mapping[str, int]:
        """Services that a new revision comes to, and the percentage that it has already."""
        tried = self.asked if self.steps else ()
        begun = [name for name in self.canaries if name not in self.strayed]
        changed = [name for name, tag in self.wanted.items() if tag != self.running[name] and name in {*tried, *begun}]
        return {
            name: 0 if name in self.strayed or name not in self.canaries else self.canaries[name].weight
            for name in changed
        }

    @property
    def arrived(self) -> Mapping[str, int]:
        """Canaries of the revision that the own tasks run as well, and the percentage that they have."""
        return {
            service: canary.weight
            for service, canary in self.canaries.items()
            if service not in self.strayed and service not in self.revised
        }

    def phases(self, apply: Callable[[str], Apply]) -> list[Phase]:
        """What to do, while everything else stays as ``apply`` has it, which is given the reason."""
        found: list[Phase] = []
        live = {service: canary.weight for service, canary in self.canaries.items()}
        if self.strayed:
            found.append(
                replace(
                    apply("requests go back to the tasks that had them"),
                    canaries=live | dict.fromkeys(self.strayed, 0),
                    held=tuple(dict.fromkeys([*self._held(live), *self.revised])),
                    image_tags=self.strayed,
                )
            )
        if self.revised:
            found += self._arrive(apply)
        last = dict(self.arrived) | dict.fromkeys(self.revised, ALL)
        if last:
            why = "the services' own tasks take the new revision"
            if self.revised:
                found.append(replace(apply(why), canaries=last))
            why = "the services' own tasks have their requests again"
            found.append(replace(apply(why), canaries=dict.fromkeys(last, 0)))
        if found:
            found.append(apply("no task is left beside the services' own"))
        return found

    def _arrive(self, apply: Callable[[str], Apply]) -> list[Phase]:
        """Make the canaries steady with what they get now, then give them more in steps."""
        start, held = self.revised, tuple(self.revised)
        back = self._back(apply)
        why = "the new revision becomes steady beside the old one"
        # Where no request has come to any of them, there is none to give back.
        unseen = back if any(start.values()) else back[1:]
        found: list[Phase] = [replace(apply(why), canaries={**self.arrived, **start}, held=held, back=unseen)]
        found += [
            Compare(new=Tasks(service=service, canary=True), old=Tasks(service=service), back=unseen)
            for service, weight in start.items()
            if weight == 0 and self.compares and service in self.asked
        ]
        for step in steps_from(self.steps, start.values()):
            share = {service: max(step, weight) for service, weight in start.items()}
            if share != start:
                canaries = {**self.arrived, **share}
                found.append(replace(apply("a share of the requests"), canaries=canaries, held=held))
            found += [
                Watch(
                    new=Tasks(service=service, canary=True),
                    old=Tasks(service=service),
                    weight=share[service],
                    back=back,
                )
                for service, weight in start.items()
                if weight <= step
            ]
        return found

    def _back(self, apply: Callable[[str], Apply]) -> tuple[Apply, ...]:
        """Back to what the services run: first their requests, then their tasks."""
        held = tuple(self.revised)
        nothing = replace(
            apply("back to the revision before"),
            canaries={**self.arrived, **dict.fromkeys(self.revised, 0)},
            held=held,
        )
        before = {service: self.running[service] for service in self.revised}
        gone = replace(apply("no task of the new revision is left"), canaries=dict(self.arrived), image_tags=before)
        return (nothing, gone)

    def _held(self, services: Iterable[str]) -> tuple[str, ...]:
        """Those whose own tasks run something else than their canary."""
        return tuple(name for name in services if self.running.get(name) != self.canaries[name].image_tag)
