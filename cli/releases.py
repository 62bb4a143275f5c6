"""``make releases``: what was deployed when, by whom and with what result."""

from __future__ import annotations

from cli.history import Deploy, History
from cli.progress import print_columns
from settings.settings import Settings


def show(settings: Settings) -> bool:
    """Print a table on stdout, the newest last.

    Returns:
        Whether there was anything to print.
    """
    history = History(settings)
    deploys = history.deploys()
    if deploys:
        rows = [_row(deploy, is_last=deploy is deploys[-1], unfinished=history.is_unfinished) for deploy in deploys]
        print_columns("Releases", ("", "Began (UTC)", "Stage", "Images", "By", "Result"), rows)
    return bool(deploys)


def _row(deploy: Deploy, *, is_last: bool, unfinished: bool) -> tuple[str, ...]:
    cut_off = deploy.result == "under way" and not (is_last and not unfinished)
    began = deploy.began_utc or "before these records"
    images = " ".join(f"{service}:{tag}" for service, tag in deploy.release.image_tags.items())
    result = "cut off" if cut_off else deploy.result
    return (str(deploy.number), began, deploy.release.stage, images, deploy.by, result)
