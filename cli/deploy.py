"""Deploying: bring the target to a stage by obeying a plan."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from cli import (
    aws,
    changes,
    destroying,
    drift,
    earlier_state,
    images,
    live,
    local,
    lock,
    recover,
    regions,
    releases,
    rollouts,
    site,
    status,
)
from cli.comparing import command as comparing
from cli.cost import command as cost
from cli.errors import CommandError
from cli.history import History, Release
from cli.phases import Apply, Live, Phase, Watch
from cli.plan import plan
from cli.progress import Progress
from cli.target_metrics import require_alarms
from cli.terraform import Terraform
from cli.undeployed import first_deploy_cut_off, nothing_deployed, why_nothing_serves
from cli.walk import Walk
from embedded import state
from settings.settings import Settings
from systems.facade_way import FacadeWay

_ALWAYS_THERE: Final = frozenset({"api_url", "cluster_name", "services"})
"""Outputs of every finished apply. One that was cut off may lack some."""


class Deployment:
    """One run of ``make deploy``, ``plan``, ``rollback``, ``status`` or ``destroy``."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._terraform = Terraform(settings, say=progress.say)
        self._history = History(settings)

    def prepare(self, *, claims_ports: bool = False, restarts: bool = True) -> None:
        """Make the target reachable and its state readable.

        ``claims_ports``: the local ports become this environment's own, because something is about to listen there.
        ``restarts``: an embedded AWS that runs old code is started anew; otherwise it is left alone.
        """
        settings, progress = self._settings, self._progress
        regions.require_known(settings)
        self._terraform.keep_provider()
        if settings.is_local:
            running = self._embedded_aws(claims_ports=claims_ports, restarts=restarts)
            local.drop_stale_state(settings, running, progress)
        aws.require_account(settings)
        lock.wait_for_terraform(settings.terraform_state, say=progress.say)
        with progress.step(f"Synthesising stage {settings.stage}"):
            self._terraform.synthesise(settings.stage)
            self._terraform.init()

    def _live(self) -> Live:
        outputs = self._terraform.outputs()
        now = live.read(self._settings, outputs.get("stage"))
        registries = outputs.get("repository_urls")
        lacks = registries is not None and not self._settings.system.images.keys() <= set(registries)
        return replace(now, lacks_registries=lacks)

    def _prepare_walk(self, *, claims_ports: bool = False) -> Live:
        """Read what is deployed, once nothing is under way any more, and report what was changed by hand."""
        self.prepare(claims_ports=claims_ports)
        rollouts.wait_for_rollouts(self._settings, say=self._progress.say)
        now = self._live()
        earlier_state.require_no_half_walk(now)
        changed = drift.find(self._settings) if now.stage else []
        if changed:
            by = "by hand or by the run that was cut off" if self._history.is_unfinished else "by hand"
            self._progress.say(f"Changed {by} since the last deploy; it goes on from there:")
        for one in changed:
            self._progress.say(f"  {one}")
        return now

    def _embedded_aws(self, *, claims_ports: bool, restarts: bool) -> state.DaemonState:
        """Start the embedded AWS if need be. One that was started in vain is stopped again."""
        if claims_ports:
            local.require_ports_of_its_own(self._settings)
        began, starts = time.time(), state.read(self._settings.state_dir) is None
        running = local.ensure_running(self._settings, self._progress, restarts=restarts)
        aws.restore_keys(self._settings)
        if claims_ports:
            try:
                local.claim_ports(self._settings, running)
            except CommandError:
                if starts:
                    local.stop_again(self._settings, self._progress, since=began)
                raise
        return running

    def deploy(self) -> None:
        """Walk to the stage of the settings with the sources as they are."""
        now = self._prepare_walk(claims_ports=True)
        self._walk(now, self._settings.stage, {}, compares=self._settings.compare.on)

    def rollback(self, number: int | None = None) -> None:
        """Walk back to the release before the one that is live, or to the one with this number.

        It is a deploy like any other: revisions and paths earn their requests. But nobody's answers are compared:
        whoever goes back most likely does so because of what is answered now.

        Raises:
            CommandError: there is no such release, this checkout does not know its stage, or nobody agrees to its cost.
        """
        asked = None if number is None else self._history.numbered(number)
        if asked is None and not any(deploy.result == "done" for deploy in self._history.deploys()):
            raise CommandError(self._no_release())
        now = self._prepare_walk(claims_ports=True)
        if now.stage is None:
            raise CommandError(nothing_deployed(self._settings))
        release = (
            asked.release if asked else self._history.previous_to(Release(stage=now.stage, image_tags=now.image_tags))
        )
        if release is None:
            raise CommandError(self._no_release())
        if release.stage not in self._settings.system.stage_by_name:
            raise CommandError(
                f"The release to go back to is in stage {release.stage}, which this checkout does not know; use the "
                "checkout that deployed it, or make deploy STAGE=… for the stage that you want."
            )
        cost.confirm(replace(self._settings, stage=release.stage))
        tags = ", ".join(f"{service}:{tag}" for service, tag in release.image_tags.items())
        what = f"Back to {release.stage}" + (f" with {tags}" if tags else "")
        if asked and asked.result != "done":
            what += f"; release {asked.number} was {releases.told(asked)}, not reached"
        self._progress.say(what)
        self._walk(now, release.stage, release.image_tags, compares=False)

    def _no_release(self) -> str:
        return (
            f"No deploy of {self._settings.name()} is known to go back from; run make deploy STAGE=… for the stage "
            "that you want."
        )

    def show_plan(self) -> None:
        """Print the phases of a deploy and what Terraform would change; apply nothing.

        An embedded AWS that does not run is started for this, and stopped again in the end; one that runs goes on.
        """
        with local.left_as_it_was(self._settings, self._progress):
            self.prepare(restarts=False)
            self._print_plan()

    def _print_plan(self) -> None:
        now = self._live()
        goal = self._settings.stage
        wanted = self._wanted(now, goal, {})
        phases = self._plan(now, goal, wanted, compares=self._settings.compare.on)
        self._announce(now, self._settings.stage, phases)
        by_hand, planned = self._changes(goal, wanted)
        changes.show(by_hand, planned, title="Changes from now to the end of the walk")

    def show_drift(self) -> None:
        """Print what AWS has otherwise than this checkout says of the stage and the images that run.

        Raises:
            CommandError: there is such a thing, or nothing is deployed.
        """
        with local.left_as_it_was(self._settings, self._progress):
            self.prepare(restarts=False)
            now = self._live()
            if now.stage is None:
                raise CommandError(nothing_deployed(self._settings))
            self._terraform.synthesise(now.stage)
            by_hand, planned = self._changes(now.stage, now.image_tags)
            changes.show(by_hand, planned, title=f"Changes to what stage {now.stage} says")
            changes.require_none(by_hand, planned)

    def _changes(self, stage: str, image_tags: Mapping[str, str]) -> tuple[changes.Rows, changes.Rows]:
        end = Walk(self._settings, self._progress, self._terraform, image_tags=image_tags, expects_nothing=False)
        variables = end.variables(Apply(stage=stage, why="the end of the walk"))
        return changes.ask(self._settings, self._terraform, variables, self._progress)

    def destroy(self) -> None:
        """Remove everything that was made and everything that is kept, and prove it.

        An embedded AWS that does not run is started for this, and stopped again in the end.
        """
        with local.left_as_it_was(self._settings, self._progress):
            self.prepare()
            destroying.destroy(self._settings, self._terraform, self._history, self._progress, stage=self._live().stage)

    def outputs(self) -> Mapping[str, Any]:
        """Read the outputs of the last apply.

        Returns:
            Value by name.

        Raises:
            CommandError: nothing is deployed, or not enough to serve.
        """
        outputs = self._terraform.outputs()
        if "stage" not in outputs:
            raise CommandError(why_nothing_serves(self._settings))
        if not outputs.keys() >= _ALWAYS_THERE:
            raise CommandError(why_nothing_serves(self._settings, first_deploy_cut_off(self._settings)))
        return outputs

    def report(self) -> None:
        """Print what runs and where, as a short table on stdout."""
        outputs, deploys, unfinished = self.outputs(), self._history.deploys(), self._history.is_unfinished
        status.show(
            self._settings,
            outputs,
            unfinished=unfinished,
            at_work=lock.at_work(self._settings) if unfinished else None,
            last=deploys[-1] if deploys else None,
        )

    def _walk(self, now: Live, goal: str, image_tags: Mapping[str, str], *, compares: bool) -> None:
        """Obey the plan from ``now`` to ``goal`` with these tags (those of the sources where none is named)."""
        if compares:
            comparing.read_contract(self._settings)  # one that cannot be read is told before anything changes
        wanted = self._wanted(now, goal, image_tags)
        phases = self._plan(now, goal, wanted, compares=compares)
        if any(isinstance(phase, Watch) for phase in phases):
            require_alarms(self._settings)
        # A terminal shows the list all the time.
        if sum(isinstance(phase, Apply) for phase in phases) > 1 and not self._progress.is_terminal:
            self._announce(now, goal, phases)
        goal_release = self._release(goal, wanted)
        before = Release(stage=now.stage, image_tags=now.image_tags) if now.stage else None
        walk = Walk(
            self._settings, self._progress, self._terraform, image_tags=wanted, expects_nothing=before == goal_release
        )
        if self._history.is_unfinished:
            self._take_over(walk, now, goal)
        self._history.remember(goal_release, before=before)
        self._history.begin()
        with self._history.concluding(self._standing):
            walk.obey(phases)
            site.publish_declared(self._settings, self._terraform.outputs(), self._progress)
        self.report()

    def _wanted(self, now: Live, goal: str, asked: Mapping[str, str]) -> dict[str, str]:
        """Image tag of every service, the same for the whole run: an edit of the sources meanwhile cannot split it."""
        settings = self._settings
        return images.tags_of_walk(
            settings.system,
            settings.system.stage_by_name[goal],
            asked=asked,
            running=now.image_tags,
            revision=settings.revision,
        )

    def _release(self, stage: str, image_tags: Mapping[str, str]) -> Release:
        """What runs of these images in a stage."""
        row = self._settings.system.stage_by_name[stage]
        running = () if row.placeholder else (self._settings.system.monolith.name, *row.separate)
        return Release(stage=stage, image_tags={name: image_tags[name] for name in running})

    def _standing(self) -> Release | None:
        """What runs now; None where that cannot be read: whoever asks has more important things to tell."""
        with contextlib.suppress(CommandError, BotoCoreError, ClientError):
            now = self._live()
            return Release(stage=now.stage, image_tags=now.image_tags) if now.stage else None
        return None

    def _plan(self, now: Live, goal: str, image_tags: Mapping[str, str], *, compares: bool) -> tuple[Phase, ...]:
        system, steps = self._settings.system, self._settings.canary.steps
        way = self._settings.facade_way
        return plan(now, goal, system=system, canary=steps, compares=compares, image_tags=image_tags, facade_way=way)

    def _announce(self, now: Live, goal: str, phases: tuple[Phase, ...]) -> None:
        self._progress.say(f"From {now.stage or 'nothing'} to {goal}:")
        for number, phase in enumerate(phases, start=1):
            self._progress.say(f"  {number}. {phase}")

    def _take_over(self, walk: Walk, now: Live, goal: str) -> None:
        """Take over what the last run left, in its own stage too: what it made there may be no part of the goal."""
        with self._progress.step("The last run was cut off; looking for what it left"):
            # With everything that a move of the way to the facade makes, in either direction.
            moved = max(self._settings.facade_way, now.facade.begun) > FacadeWay.PUBLIC
            for stage in dict.fromkeys([now.stage or goal, goal]):
                self._terraform.synthesise(stage, facade_way=FacadeWay.MOVED if moved else None)
                variables = walk.variables(Apply(stage=stage, why=""))
                recover.import_leftovers(self._settings, self._terraform, variables, say=self._progress.say)
