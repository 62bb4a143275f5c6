"""Obeying the phases of a plan."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NoReturn

from cli import images, live, recover, rollouts, seed, task_counts
from cli.canary import CanaryFailed, Watcher
from cli.comparing import command as comparing
from cli.errors import CommandError
from cli.events import Events, SentWrite
from cli.phases import Apply, Compare, Phase, Publish, Seed, Watch, as_sentence
from cli.progress import Progress
from cli.rollouts import RevisionNotKept
from cli.target_metrics import TargetMetrics
from cli.terraform import Terraform
from cli.walk_view import Looker, WalkView
from modules.fargate_service.shapes import CANARY_SUFFIX
from settings.settings import Settings
from stacks.variables import (
    MONOLITH_ROUTES,
    STICKY_SECONDS,
    canary_tasks_variable,
    canary_weight_variable,
    held_revision_variable,
    image_tag_variable,
    tasks_variable,
    weight_variable,
)

_STICKY_SECONDS: Final = 3600
"""Longer than a step is watched."""


class Walk:
    """One run through the phases of a plan.

    Args:
        settings: of the environment.
        progress: for the person who waits.
        terraform: of the environment.
        image_tags: of every service, the same for the whole run, so that an edit of the sources meanwhile cannot split
            it.
        expects_nothing: whether an apply most likely changes nothing.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        terraform: Terraform,
        *,
        image_tags: Mapping[str, str],
        expects_nothing: bool,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._terraform = terraform
        self._image_tags = image_tags
        self._expects_nothing = expects_nothing
        self._events = Events(settings.events_file, say=progress.say)
        self._applied = False
        self._view = WalkView([])

    def obey(self, phases: Iterable[Phase]) -> None:
        """Do all phases in order.

        Raises:
            CanaryFailed: new tasks were worse or ECS did not keep them, and what was before is there again.
            CanaryUndecided: too few requests came to judge new tasks by.
            CommandError: a phase failed.
        """
        planned = list(phases)
        view = WalkView([str(phase) for phase in planned])
        looks_on = self._progress.is_terminal
        looker = Looker(self._settings, view, say=self._progress.say) if looks_on else contextlib.nullcontext()
        self._view = view
        with self._progress.view(view), looker:
            self._obey(planned)

    def _obey(self, phases: Iterable[Phase]) -> None:
        for phase in phases:
            with self._events.phase(phase) as writes, self._view.phase(str(phase)):
                self._one(phase, writes)

    def variables(self, phase: Apply) -> dict[str, str]:
        """Terraform variables of an apply that differ from the stack's defaults."""
        system = self._settings.system
        running = (system.monolith.name, *system.stage_by_name[phase.stage].separate)
        tags = {**self._image_tags, **phase.image_tags}
        found = {image_tag_variable(name): tag for name, tag in tags.items() if name in running}
        found |= {weight_variable(service): str(weight) for service, weight in phase.weights.items()}
        found |= {
            tasks_variable(service): str(count)
            for service, count in task_counts.by_hand(self._settings).items()
            if service in running and system.images[service].scaling is None
        }
        counts = live.desired_counts(self._settings) if phase.canaries else {}
        for service, weight in phase.canaries.items():
            # It may get every request of the own tasks, which may be more than declared, and none of it goes meanwhile.
            now = [counts.get(service, 0), counts.get(service + CANARY_SUFFIX, 0)]
            found[canary_tasks_variable(service)] = str(max(system.images[service].desired_count, *now))
            found[canary_weight_variable(service)] = str(weight)
        for service in phase.held:
            found[held_revision_variable(service)] = live.task_definition_of(self._settings, service)
        if self._settings.canary.sticky and phase.shares_requests:
            found[STICKY_SECONDS] = str(_STICKY_SECONDS)
        if phase.routes is not None:
            found[MONOLITH_ROUTES] = ",".join(phase.routes)
        return found

    def _one(self, phase: Phase, writes: list[SentWrite]) -> None:
        match phase:
            case Publish():
                tag = self._image_tags[phase.service]
                if images.publish(self._settings, phase.service, tag, say=self._progress.say):
                    self._progress.say(f"Published {phase.service}:{tag}")
            case Seed():
                for table, added in seed.seed(self._settings, self._terraform.outputs()).items():
                    self._progress.say(f"Seeded {added} items into {table}")
            case Apply():
                self._apply(phase)
            case Compare():
                self._compare(phase, writes)
            case Watch():
                self._watch(phase)

    def _apply(self, phase: Apply) -> None:
        try:
            self._apply_and_check(phase)
        except RevisionNotKept as problem:
            if not phase.back:
                raise
            self._give_up(phase.back, CanaryFailed(str(problem)))

    def _apply_and_check(self, phase: Apply) -> None:
        with self._progress.step(as_sentence(phase)):
            self._terraform.synthesise(phase.stage, facade_way=phase.facade_way)
            variables = self.variables(phase)
            # Where nothing should change, asking is cheaper than applying.
            if self._expects_nothing and self._terraform.plan_is_empty(variables):
                return
            self._change(variables)
            self._applied = True
        rollouts.wait_for_rollouts(self._settings, say=self._progress.say)
        rollouts.require_asked_revisions(self._settings, self._terraform.outputs())

    def _change(self, variables: Mapping[str, str]) -> None:
        """Apply. A call whose answer is lost is made again by the provider, and then what it made is in the way."""
        try:
            # Between the phases of one run nobody else changes what Terraform just wrote down.
            self._terraform.apply(variables, refresh=not self._applied)
        except CommandError as problem:
            if not recover.says_taken(problem):
                raise
            if not recover.import_leftovers(self._settings, self._terraform, variables, say=self._progress.say):
                raise
            self._terraform.apply(variables, refresh=True)

    def _compare(self, phase: Compare, writes: list[SentWrite]) -> None:
        """Compare; ``writes`` gets what that changed."""
        with self._trying(phase):
            found = comparing.compare(self._settings, self._terraform.outputs(), phase, say=self._progress.say)
            if found is not None:
                writes += found.writes
                comparing.require_same(self._settings, phase, found)

    def _watch(self, phase: Watch) -> None:
        with self._trying(phase):
            metrics = TargetMetrics(self._settings)
            Watcher(self._settings, say=self._progress.say, metrics=metrics).watch(phase)

    @contextlib.contextmanager
    def _trying(self, phase: Compare | Watch) -> Iterator[None]:
        """Around the trial of who is new; whoever fails in it is given up."""
        try:
            with self._progress.step(as_sentence(phase)):
                yield
        except CanaryFailed as failure:
            self._give_up(phase.back, failure)

    def _give_up(self, back: Sequence[Apply], failed: CanaryFailed) -> NoReturn:
        """Go back, and tell what was found, also where the way back is cut off.

        Raises:
            CanaryFailed: the same in short.
            CommandError: the way back did not come to its end.
        """
        # Said now and not in the end only: the way back takes a while, and may be cut off.
        self._progress.say(failed.found)
        try:
            self._obey(back)
        except CommandError as problem:
            raise CommandError(f"{failed.in_short}\nThe way back was cut off: {problem}") from failed
        raise failed.after_it_was_told() from failed
