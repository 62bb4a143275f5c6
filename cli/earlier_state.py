"""What an earlier version left: states that it named by the environment alone, and walks that it did not finish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cli import lock
from cli.errors import REFUSED, CommandError
from cli.phases import ALL, Live


def take_over(folder: Path, *, say: Callable[[str], None]) -> None:
    """Rename ``<env>.tfstate`` and what lies beside it to ``<system>-<env>``, as the tags of its resources say.

    A file that cannot be read, or whose resources say nothing, stays as it is: the commands that need it complain.

    Args:
        folder: where the states of one target lie; nothing happens when there is none.
        say: gets a line for each state that was renamed.
    """
    for state in sorted(folder.glob("*.tfstate")):
        env = state.stem
        name = _name_by_tags(state, env)
        if name is None or (folder / f"{name}.tfstate").exists():
            continue
        lock.wait_for_terraform(state, say=say)
        for path in sorted(folder.glob(f"{env}.*")):
            path.rename(folder / f"{name}{path.name.removeprefix(env)}")
        say(f"The state of {env} is that of {name} from now on: several systems may have an environment {env}")


def _name_by_tags(state: Path, env: str) -> str | None:
    """``<system>-<env>`` when the resources of the state carry both names as tags."""
    try:
        tags = next(_tags(json.loads(state.read_text(encoding="utf-8"))), {})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    project = tags.get("Project", "")
    return f"{project}-{env}" if project and tags.get("Env") == env else None


def _tags(document: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for resource in document["resources"]:
        for instance in resource.get("instances", ()):
            tags = instance.get("attributes", {}).get("tags_all") or {}
            if "Project" in tags:
                yield tags


def require_no_half_walk(now: Live) -> None:
    """Return unless an earlier version left a walk half done in which the monolith gets a part of a service's paths.

    They would go to the monolith's new target group, before its tasks are in it.

    Raises:
        CommandError: exit code 2.
    """
    shared = {service: weight for service, weight in now.weights.items() if weight < ALL}
    if now.lacks_fallback_group and shared:
        told = ", ".join(f"{service} gets {weight} %" for service, weight in shared.items())
        raise CommandError(
            f"An earlier version of this program left a walk half done ({told} of its paths). Finish it, or go back, "
            "with the checkout that began it; then deploy with this one. Nothing was changed.",
            exit_code=REFUSED,
        )
