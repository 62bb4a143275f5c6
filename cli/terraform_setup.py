"""What Terraform needs on this machine: the program, its environment, a mirror of the provider."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cli.errors import REFUSED, CommandError
from settings.settings import Settings

MINIMUM_VERSION: Final = (1, 11, 0)
_PROVIDER_DIR: Final = "registry.terraform.io/hashicorp/aws"
_NOT_FOR_LOCAL: Final = ("AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE")
_HOW_TO_GET: Final = "get it from https://developer.hashicorp.com/terraform/install"


def require_terraform() -> str:
    """Find a Terraform that is new enough.

    Returns:
        Its path.

    Raises:
        CommandError: missing or too old, exit code 2.
    """
    wanted = ".".join(map(str, MINIMUM_VERSION))
    path = shutil.which("terraform")
    if path is None:
        raise CommandError(
            f"Terraform {wanted} or newer is needed and none is on PATH; {_HOW_TO_GET}.", exit_code=REFUSED
        )
    try:
        answer = subprocess.run([path, "version", "-json"], capture_output=True, text=True, check=False)
        found = str(json.loads(answer.stdout)["terraform_version"])
        version = tuple(int(part) for part in found.split("-", maxsplit=1)[0].split("."))
    except (OSError, ValueError, KeyError):
        raise CommandError(f"{path} does not report its version; {_HOW_TO_GET}.", exit_code=REFUSED) from None
    if version < MINIMUM_VERSION:
        message = f"Terraform {wanted} or newer is needed and {path} is {found}; {_HOW_TO_GET}."
        raise CommandError(message, exit_code=REFUSED)
    return path


def environment(settings: Settings, *, makes_folder: bool = True) -> dict[str, str]:
    """Variables that bare ``terraform`` and ``cdktf`` need for this run, on top of the process's own.

    Where a mirror of the provider is on this machine, TF_CLI_CONFIG_FILE names a generated file that uses it; otherwise
    that variable stays as it is, unless it names a file that does not exist, which makes Terraform complain. That file
    lies beside the states; without ``makes_folder`` it is left out where there is no such folder yet.
    """
    # GOGC: the provider's big schema is garbage all the time; collecting less saves a third of the processor time.
    found: dict[str, str] = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "GOGC": "400"}
    mirror = find_provider_mirror(os.environ)
    # What begins with an underscore belongs to no environment: the name of one begins with a letter.
    path = settings.state_dir / "terraform" / "_cli.tfrc"
    if mirror is not None and (makes_folder or path.parent.is_dir()):
        found["TF_CLI_CONFIG_FILE"] = str(_write_cli_config(path, mirror))
    elif (named := os.environ.get("TF_CLI_CONFIG_FILE")) and not Path(named).is_file():
        found["TF_CLI_CONFIG_FILE"] = os.devnull
    return found


def find_provider_mirror(environ: Mapping[str, str]) -> Path | None:
    """A filesystem mirror that holds the AWS provider: TF_PLUGIN_MIRROR, Terraform's own places, a folder of /opt."""
    home = Path.home()
    candidates = [
        *([Path(environ["TF_PLUGIN_MIRROR"])] if environ.get("TF_PLUGIN_MIRROR") else []),
        home / ".terraform.d" / "plugins",
        Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "terraform" / "plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
        *sorted(path for path in Path("/opt").glob("*") if path.is_dir()),
    ]
    return next((path for path in candidates if (path / _PROVIDER_DIR).is_dir()), None)


def _write_cli_config(path: Path, mirror: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n'
        f'  direct {{\n    exclude = ["{_PROVIDER_DIR}"]\n  }}\n'
        "}\n"
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def surroundings(settings: Settings) -> dict[str, str]:
    """This process's environment, for Terraform.

    For the embedded AWS it lacks the variables that say where AWS is: the stack itself says that. It lacks
    AWS_CA_BUNDLE too, which plain HTTP does not need, and which the provider does not accept twice.
    """
    overrules = _NOT_FOR_LOCAL if settings.is_local else ()
    return {name: value for name, value in os.environ.items() if not name.startswith(overrules)}
