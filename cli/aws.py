"""boto3 clients for the target of a run."""

from __future__ import annotations

import contextlib
import threading
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from cli.errors import REFUSED, CommandError
from embedded import credentials, state
from embedded.control_client import RefusedError, SilentError, ask
from embedded.settings import ACCOUNT_ID
from settings.settings import Settings

_MAKING: Final = threading.Lock()
"""A session makes one client at a time; what it has made may be used by any thread, and is kept for all of them."""

NOT_RUNNING: Final = "The embedded AWS does not run; start it with make deploy."
UNANSWERED: Final = (NoConnection, HTTPClientError)
"""What botocore raises when no complete answer comes back."""

_NO_PROFILE: Final = {"profile": (None, None, None, None)}
"""An entry for botocore's table of session variables: the profile is read from no environment variable."""


def client(settings: Settings, service: str) -> Any:
    """The client of an AWS service.

    Returns:
        A boto3 client: of the embedded AWS with the credentials of its start, or of AWS with those of the shell.
        Later calls get the same one while neither settings nor credentials change.

    Raises:
        CommandError: the embedded AWS does not run.
    """
    keys = embedded_credentials(settings) if settings.is_local else None
    with _MAKING:
        return _client(_session(is_local=settings.is_local), service, settings.region, settings.aws_endpoint_url, keys)


@cache
def _client(
    session: boto3.Session, service: str, region: str, endpoint_url: str | None, keys: credentials.Credentials | None
) -> Any:
    return session.client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5),
        aws_access_key_id=keys and keys.access_key_id,
        aws_secret_access_key=keys and keys.secret_access_key,
    )


def embedded_credentials(settings: Settings) -> credentials.Credentials:
    """Read the credentials of the embedded AWS of these settings.

    Its port is not asked: the embedded AWS of another checkout may answer there.

    Returns:
        The credentials that it accepts.

    Raises:
        CommandError: none runs that was started with this state folder, or on another port, or its keys are lost.
    """
    found, running = credentials.read(settings.state_dir), state.read(settings.state_dir)
    if running is None:
        raise CommandError(NOT_RUNNING)
    if running.aws_port != settings.aws_port:
        raise CommandError(
            f"The embedded AWS runs with AWS_PORT={running.aws_port}; leave AWS_PORT={settings.aws_port} out.",
            exit_code=REFUSED,
        )
    if found is None:
        raise CommandError(keys_lost(settings))
    return found


def keys_lost(settings: Settings) -> str:
    """Explain that the embedded AWS runs, and the file with its keys is not as it wrote it.

    Returns:
        What, and what to do next, in one line.
    """
    return (
        f"The embedded AWS runs, but {credentials.path(settings.state_dir)}, which has its keys, is lost or damaged; "
        "run make deploy, which has it written anew."
    )


def require_answer(settings: Settings) -> None:
    """See that the embedded AWS answers at all; botocore would wait three minutes for one that was stopped.

    Raises:
        CommandError: it does not.
    """
    _ask(settings, "GET", "/status")


def restore_keys(settings: Settings) -> None:
    """Have the embedded AWS, which must answer, write its keys anew if they are lost.

    Raises:
        CommandError: it does not answer.
    """
    require_answer(settings)
    if credentials.read(settings.state_dir) is None:
        _ask(settings, "POST", credentials.ROUTE)


def _ask(settings: Settings, method: str, route: str) -> None:
    """A refusal is an answer too."""
    try:
        with contextlib.suppress(RefusedError):
            ask(state.control_socket(settings.state_dir), method, route)
    except SilentError as problem:
        raise CommandError(unanswered(problem.reason, settings)) from problem


@cache
def _session(*, is_local: bool) -> boto3.Session:
    """The shell's AWS_PROFILE is for AWS alone: the embedded AWS has no profiles."""
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=_NO_PROFILE) if is_local else None)


def require_account(settings: Settings) -> str:
    """Account id behind the target.

    Raises:
        CommandError: no answer, no credentials, or an account that does not belong to this target.
    """
    try:
        sts = client(settings, "sts")
        if settings.is_local:
            require_answer(settings)
        account = str(sts.get_caller_identity()["Account"])
    except UNANSWERED as problem:
        raise CommandError(unanswered(problem, settings)) from problem
    except CommandError:
        raise
    except Exception as problem:  # botocore has no common base for missing, expired and refused credentials
        raise CommandError(
            f"AWS does not accept the credentials of this shell ({problem}); log in and try again."
        ) from problem
    if (account == ACCOUNT_ID) != settings.is_local:
        where = "the embedded AWS" if settings.is_local else "an AWS account"
        raise CommandError(
            f"TARGET={settings.target} needs {where}, but account {account} answers; check AWS_ENDPOINT_URL."
        )
    return account


def unanswered(problem: Exception | str, settings: Settings) -> str:
    """Explain that the target does not answer at all.

    Returns:
        What, why and what to do next, in one line.
    """
    reason = " ".join(str(problem).split()).rstrip(".")
    if settings.is_local:
        return f"The embedded AWS does not answer ({reason}); start it anew: make down, then make deploy."
    return f"AWS does not answer ({reason}); check the network and REGION={settings.region}."
