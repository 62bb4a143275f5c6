"""Removing everything of an environment, and proving it."""

from __future__ import annotations

from cli import audit, aws, images, local, seed
from cli.history import History
from cli.progress import Progress
from cli.terraform import Terraform, remove_state
from settings.settings import Settings


def destroy(
    settings: Settings, terraform: Terraform, history: History, progress: Progress, *, stage: str | None
) -> None:
    """Remove what was made and what is kept.

    Args:
        settings: of the environment.
        terraform: of the environment, with the stack of the settings' stage.
        history: of its deploys; it is forgotten.
        progress: for the person who waits.
        stage: that stands; None when nothing was deployed to its end.

    Raises:
        CommandError: something could not be removed, or is still there.
    """
    with progress.step("Destroying"):
        if stage is not None and stage != settings.stage:
            terraform.synthesise(stage)
        for table in seed.present_tables(settings, terraform.outputs()).values():
            _allow_deletion(settings, table)
        terraform.destroy()
        audit.delete_task_definitions(settings)
    audit.audit(settings, progress)
    if settings.is_local:
        local.forget(settings)
        images.delete_snapshots(settings)
    history.forget()
    remove_state(settings)
    progress.say(f"Destroyed {settings.name()}: nothing of it is kept, its items included")


def _allow_deletion(settings: Settings, table: str) -> None:
    """Lift the protection from deletion that a table has on AWS. The person has confirmed the destroy."""
    dynamodb = aws.client(settings, "dynamodb")
    if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
