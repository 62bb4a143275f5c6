"""``make releases``: what was deployed when, by whom and with what result."""

from __future__ import annotations

from cli import lock
from cli.history import Deploy, History, live_number
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
        results = {deploy.number: told(deploy) for deploy in deploys}
        if lock.at_work(settings) is not None:
            results[deploys[-1].number] = deploys[-1].result
        live = None if history.is_unfinished else live_number(deploys)
        if live is not None:
            # What was given up or cut off may have tasks that run nevertheless: those of a stage on the way, say.
            results[live] += ", live" if results[live] == "done" else ", its tasks run"
        rows = [_row(deploy, results[deploy.number]) for deploy in deploys]
        print_columns("Releases", ("", "Began (UTC)", "Stage", "Images", "By", "Result"), rows)
    return bool(deploys)


def told(deploy: Deploy) -> str:
    """What came of a deploy that nobody is at work on."""
    return "cut off" if deploy.result == "under way" else deploy.result


def _row(deploy: Deploy, result: str) -> tuple[str, ...]:
    began = deploy.began_utc or "before these records"
    images = " ".join(f"{service}:{tag}" for service, tag in deploy.release.image_tags.items())
    return (str(deploy.number), began, deploy.release.stage, images, deploy.by, result)
