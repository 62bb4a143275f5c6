"""Removing everything of an environment, and proving it."""

from __future__ import annotations

from cli import audit, aws, images, live, local, seed, task_counts
from cli.errors import REFUSED, CommandError
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
    _require_no_strangers(settings)
    with progress.step("Destroying"):
        if stage is not None and stage != settings.stage:
            terraform.synthesise(stage)
        outputs = terraform.outputs()
        for table in seed.present_tables(settings, outputs).values():
            _allow_deletion(settings, table)
        for balancer in ("alb_arn", "internal_alb_arn"):
            if not settings.is_local and balancer in outputs:
                _allow_deletion_of_balancer(settings, str(outputs[balancer]))
        terraform.destroy()
        audit.delete_task_definitions(settings)
    audit.audit(settings, progress)
    if settings.is_local:
        local.forget(settings)
        images.delete_snapshots(settings)
    history.forget()
    task_counts.forget(settings)
    remove_state(settings)
    progress.say(f"Destroyed {settings.name()}: nothing of it is kept, its items included")


def _require_no_strangers(settings: Settings) -> None:
    """Return when nobody else runs anything in the cluster: it could not be deleted, and Terraform would wait for long.

    Raises:
        CommandError: exit code 2.
    """
    strangers = [str(one["serviceName"]) for one in live.active_services(settings) if not live.is_own(settings, one)]
    if strangers:
        cluster = settings.name()
        raise CommandError(
            f"Somebody else made services in the cluster {cluster}: {', '.join(strangers)}. Delete them first, as in "
            f"aws ecs delete-service --force --cluster {cluster} --service {strangers[0]!r}. Nothing was destroyed.",
            exit_code=REFUSED,
        )


def _allow_deletion_of_balancer(settings: Settings, arn: str) -> None:
    """Lift the protection from deletion that a load balancer has in production."""
    aws.client(settings, "elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}]
    )


def _allow_deletion(settings: Settings, table: str) -> None:
    """Lift the protection from deletion that a table has in production. The person has confirmed the destroy."""
    dynamodb = aws.client(settings, "dynamodb")
    if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
