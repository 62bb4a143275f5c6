"""``make releases``: what was deployed when, by whom and with what result."""

from __future__ import annotations

from cli import lock
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
        reached = [deploy for deploy in deploys if deploy.result == "done"]
        is_at_work = lock.at_work(settings) is not None
        results = {
            deploy.number: _result(deploy, is_at_work=is_at_work and deploy is deploys[-1]) for deploy in deploys
        }
        if reached and not history.is_unfinished:
            results[reached[-1].number] = "done, live"
        rows = [_row(deploy, results[deploy.number]) for deploy in deploys]
        print_columns("Releases", ("", "Began (UTC)", "Stage", "Images", "By", "Result"), rows)
    return bool(deploys)


def _result(deploy: Deploy, *, is_at_work: bool) -> str:
    return "cut off" if deploy.result == "under way" and not is_at_work else deploy.result


def _row(deploy: Deploy, result: str) -> tuple[str, ...]:
    began = deploy.began_utc or "before these records"
    images = " ".join(f"{service}:{tag}" for service, tag in deploy.release.image_tags.items())
    return (str(deploy.number), began, deploy.release.stage, images, deploy.by, result)
