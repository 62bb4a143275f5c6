"""Why a command that needs a deployment finds none: there is none, or somebody is just making it."""

from __future__ import annotations

from cli import lock
from cli.aws import NOT_RUNNING
from cli.errors import CommandError
from embedded import port_claims
from embedded.alb.ports import PortInUseError, check_port_free
from settings.settings import Settings
from systems.facade_way import FacadeWay


def nothing_deployed(settings: Settings) -> str:
    """Explain that a command needs a deployment and there is none.

    Returns:
        What, why and what to do next, in one line.
    """
    return f"Nothing is deployed as {settings.name()} with TARGET={settings.target}; run make deploy."


def first_deploy_cut_off(settings: Settings) -> str:
    """Explain that a first deploy did not get far enough.

    Returns:
        What, and what to do next, in one line.
    """
    return (
        f"The first deploy of {settings.name()} was cut off before anything serves; run make deploy to finish it, or "
        "make destroy."
    )


def why_nothing_serves(settings: Settings, otherwise: str = "") -> str:
    """Explain it to a command that holds no lock itself; who is at work just now is named, since when.

    Args:
        settings: of the environment.
        otherwise: the explanation when nobody is at work; by default that nothing is deployed.

    Returns:
        One line.
    """
    who = lock.at_work(settings)
    if who is not None:
        return f"Nothing of {settings.name()} serves: {who} is at work; wait for its end."
    return otherwise or nothing_deployed(settings)


def why_nothing_runs(settings: Settings) -> CommandError:
    """Explain that the embedded AWS does not run.

    Returns:
        An error with one line: who is starting it, that there is nothing that it could serve, or how to start it.
    """
    return CommandError(why_nothing_serves(settings, NOT_RUNNING if settings.terraform_state.is_file() else ""))


def foreign_ports(settings: Settings) -> str:
    """Find out who else has the ports that this environment is to have on this machine.

    Returns:
        That nothing is deployed, and who has them, in one line; empty when the ports are its own or free.
    """
    taken = foreign_port(settings)
    return f"{nothing_deployed(settings)} {taken}" if taken else ""


def foreign_port(settings: Settings) -> str:
    """Find out who else has a port of this environment's load balancer or website.

    Returns:
        Which port, and who has it, in one line; empty when the ports are its own or free.
    """
    ports = {"ALB_PORT": settings.alb_port, **({"SITE_PORT": settings.site_port} if settings.system.site else {})}
    if settings.facade_way > FacadeWay.PUBLIC:
        ports["INTERNAL_PORT"] = settings.internal_port
    claims = port_claims.read(settings.state_dir)
    own = claims.of(settings.name())
    known = own.by_variable() if own is not None else {}
    for variable, port in ports.items():
        if known.get(variable) == port:
            continue
        if owner := claims.owner(port):
            return f"{variable}={port} is taken by {owner}."
        try:
            check_port_free(port=port, variable=variable)
        except PortInUseError as problem:
            return str(problem)
    return ""
