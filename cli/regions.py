"""Whether AWS has a region, by the list that boto3 comes with."""

from __future__ import annotations

import difflib

import boto3

from cli.errors import REFUSED, CommandError
from settings.settings import Settings


def require_known(settings: Settings) -> None:
    """Return when the embedded AWS has the region. AWS itself is not checked: it may have newer regions than the list.

    Raises:
        CommandError: it has not, exit code 2.
    """
    if not settings.is_local:
        return
    session = boto3.Session()
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ecs", partition_name=partition)
    }
    if settings.region not in known:
        nearest = difflib.get_close_matches(settings.region, sorted(known), n=1, cutoff=0.0)[0]
        raise CommandError(
            f"REGION={settings.region} is no region that the embedded AWS has; did you mean REGION={nearest}?",
            exit_code=REFUSED,
        )
