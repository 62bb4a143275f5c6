"""The commands of ``python -m cli COMMAND``, which ``make COMMAND`` runs."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cli import (
    audit,
    docs,
    earlier_state,
    entry,
    hcl,
    local,
    profile_guard,
    releases,
    scale,
    shadow,
    shell_exports,
    sides,
    state_bucket,
)
from cli.answers import confirm_destroy, release_number
from cli.aws import require_account
from cli.comparing.command import compare_alone
from cli.cost import command as cost
from cli.deploy import Deployment
from cli.doctor import command as doctor
from cli.errors import REFUSED, CommandError
from cli.lock import at_work, only_one, require_free
from cli.progress import Progress
from cli.run_task import run_task
from cli.terraform import Terraform
from cli.undeployed import foreign_ports, why_nothing_runs, why_nothing_serves
from embedded import state
from embedded.private_folders import UMASK
from settings.folders import remove_unused, require_events_file, require_readable, require_usable
from settings.settings import Settings

_COMMANDS = {
    "deploy": "walk to STAGE",
    "plan": "show the phases of a deploy, apply nothing",
    "drift": "show what AWS has otherwise than this checkout says; end with 1 if there is anything",
    "cost": "show what STAGE costs a month on AWS, apply nothing",
    "releases": "list what was deployed when, by whom and with what result",
    "rollback": "go back to the release before the one that is live, or to number RELEASE of make releases",
    "compare": "ask both sides of SERVICE what was recorded, and show where the answers differ",
    "record": "learn requests and answers from live traffic",
    "run-task": "run one task of SERVICE outside its service, call it, stop it",
    "doctor": "see whether all is there that a deploy needs; say how to mend what is not",
    "destroy": "remove everything that was deployed, then audit",
    "audit": "show what AWS still has of this environment",
    "state-bucket": "make the S3 bucket in which a team keeps the state, and move the state to it",
    "down": "stop the embedded AWS; what it has stays on disk for the next deploy",
    "canary-key": "print the key for the header X-Canary, by which a tester picks the new or the old side",
    "env": "print shell exports for curl, aws, terraform and cdktf",
    "state": "list the addresses in the Terraform state",
    "status": "show what runs and where",
    "scale": "give SERVICE another number of tasks, COUNT, which later deploys keep",
    "shadow": "show how the answers of old and new side compare, of requests that went to both (SHADOW)",
    "hcl": "write the stack in Terraform's own language, for going on without CDKTF",
    "docs": "write the README's tables from the code",
}

_WRITING = frozenset({"deploy", "plan", "drift", "rollback", "destroy", "state-bucket"})
"""Commands that make STATE_DIR and CDKTF_OUTDIR; all others make no folder."""
_STATELESS = frozenset({"docs", "doctor", "down", "hcl", "state-bucket"})
"""Commands that need no state, or bring it where it belongs."""
_WALKING = frozenset({"deploy", "rollback"})
"""Commands that write EVENTS_FILE."""


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name.

    Returns:
        Exit code: 0, 1 for a failure, 2 for a request that cannot be carried out, 3 for new tasks that answered
        otherwise or were worse and gave their requests back, 4 for too few requests to judge them by, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="python -m cli", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _COMMANDS.items():
        commands.add_parser(name, help=text)
    command = parser.parse_args(arguments).command
    os.umask(UMASK)  # states, logs and images are this user's business alone
    settings: Settings | None = None
    new_folders: tuple[Path, ...] = ()
    try:
        settings = local.settings_of(os.environ)
        new_folders = _folders_for(command, settings)
        _run(command, settings)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as problem:
        if isinstance(problem, CommandError) and problem.exit_code == REFUSED:
            remove_unused(new_folders)
        return entry.tell(problem, command=command, settings=settings)
    return 0


def _folders_for(command: str, settings: Settings) -> tuple[Path, ...]:
    """See that what a command writes to can be used; which folders were made for that."""
    if command == "docs":
        return ()
    if command in _WALKING:
        require_events_file(settings)
    if command in _WRITING:
        made = require_usable(settings)
    else:
        require_readable(settings)
        made = ()
    if command != "down":
        earlier_state.take_over(settings.terraform_state.parent, say=Progress().say)
    return made


def _run(command: str, settings: Settings) -> None:
    progress = Progress()
    if command not in _STATELESS:
        settings = state_bucket.resolve(settings, progress)
    match command:
        case "deploy":
            require_free(settings)
            profile_guard.require_same(settings)
            cost.confirm(settings)
            with only_one(settings, command):
                doctor.before_first_deploy(settings, progress)
                Deployment(settings, progress).deploy()
        case "plan" | "drift":
            with only_one(settings, command):
                deployment = Deployment(settings, progress)
                (deployment.show_plan if command == "plan" else deployment.show_drift)()
        case "rollback":
            require_free(settings)
            profile_guard.require_same(settings)
            with only_one(settings, command):
                Deployment(settings, progress).rollback(release_number())
        case "compare" | "record" | "run-task" | "scale":
            _require_target(settings)
            _call(command, settings, progress)
        case "destroy":
            require_free(settings)
            confirm_destroy(settings)
            with only_one(settings, command):
                Deployment(settings, progress).destroy()
        case "state-bucket":
            with only_one(settings, command):
                state_bucket.make(settings, progress)
        case "down":
            # Without a state folder there is nothing to stop, and no folder is made to lock.
            with only_one(settings, command) if settings.state_dir.is_dir() else contextlib.nullcontext():
                local.stop_unless_used(settings, progress)
                progress.say(local.kept(settings))
        case "docs":
            docs.write()
        case _:
            _show(command, settings, progress)


def _call(command: str, settings: Settings, progress: Progress) -> None:
    """The commands that do something with what is deployed, to SERVICE if they name one."""
    outputs, service = Deployment(settings, progress).outputs(), os.environ.get("SERVICE", "").strip()
    match command:
        case "compare":
            compare_alone(settings, outputs, service, progress)
        case "record":
            from cli.comparing.record import record  # noqa: PLC0415 - every other command starts 0.4 s sooner

            record(settings, outputs, progress)
        case "run-task":
            run_task(settings, outputs, service or settings.system.monolith.name, progress)
        case "scale":
            with only_one(settings, command):
                count = os.environ.get("COUNT", "").strip()
                scale.scale(settings, service=service, count=count, progress=progress)


def _show(command: str, settings: Settings, progress: Progress) -> None:
    """The commands that change nothing."""
    match command:
        case "audit":
            _require_target(settings)
            audit.audit(settings, progress, why=_why_objects_are_there(settings, progress))
        case "doctor":
            doctor.report(settings)
        case "cost":
            cost.show(settings)
        case "hcl":
            sys.stdout.write(f"{hcl.write(settings)}\n")
        case "canary-key":
            _require_target(settings)
            sides.print_key(settings, Deployment(settings, progress).outputs())
        case "env":
            addresses, problem = _addresses_of(settings)
            sys.stdout.write(shell_exports.exports(settings, addresses))
            if not addresses:
                raise CommandError(f"{problem} API and SITE are not set until then.")
        case "state":
            sys.stdout.write("".join(f"{address}\n" for address in _addresses(settings, progress)))
        case "releases":
            if not releases.show(settings):
                raise CommandError(why_nothing_serves(settings))
        case "shadow":
            _require_target(settings)
            shadow.report(settings)
        case "status":
            _require_target(settings)
            Deployment(settings, progress).report()


def _addresses(settings: Settings, progress: Progress) -> list[str]:
    addresses = Terraform(settings, say=progress.say).state_list()
    if not addresses:
        raise CommandError(why_nothing_serves(settings))
    return addresses


def _require_target(settings: Settings) -> None:
    """Ask the target which account it is, so that missing credentials or a stopped daemon end in one clear line.

    Raises:
        CommandError: it does not answer, or is not the account of this target.
    """
    if settings.is_local and state.read(settings.state_dir) is None:
        raise why_nothing_runs(settings)
    require_account(settings)


def _addresses_of(settings: Settings) -> tuple[dict[str, str], str]:
    """API and SITE, where the system has one, else none and why.

    On AWS only a deployment knows them. On this machine they are known before, unless somebody else has the ports.
    """
    if settings.is_local:
        problem = foreign_ports(settings)
        site = {"SITE": f"http://127.0.0.1:{settings.site_port}"} if settings.system.site else {}
        return ({}, problem) if problem else ({"API": f"http://127.0.0.1:{settings.alb_port}", **site}, "")
    outputs = Terraform(settings, say=Progress().say).outputs()
    names = {"API": "api_url", "SITE": "site_url"}
    found = {name: outputs[output] for name, output in names.items() if output in outputs}
    return (found if "stage" in outputs else {}), why_nothing_serves(settings)


def _why_objects_are_there(settings: Settings, progress: Progress) -> str:
    """Why objects of the environment are no leftovers: they are what is deployed, or being made; empty: they are."""
    if who := at_work(settings):
        return f"{who} is at work on them"
    if "stage" in Terraform(settings, say=progress.say).outputs():
        return f"the deployment of {settings.name()} consists of them, and make destroy removes them"
    return ""
