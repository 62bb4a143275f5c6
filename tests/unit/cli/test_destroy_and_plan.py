"""What destroy removes and in which order, and what a plan prints while it applies nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.deploy import Deployment
from cli.drift import Drift
from cli.errors import CommandError
from cli.history import History, Release
from cli.phases import Live
from cli.progress import Progress
from cli.terraform import NO_CHANGES
from settings.settings import Settings

RUNNING = {"monolith": "m1", "like": "l1"}


class World:
    """What stands, and what was done to it in order."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.restarts: list[bool] = []
        self.stage: str | None = "split"
        self.protected = {"table": True, "ledger": False}
        self.left = False
        self.drifts: list[Drift] = []
        self.services = ["mysfits-dev-monolith", "mysfits-dev-like", "mysfits-dev-like-c"]
        self.changes = [("create", "aws_lb.this")]
        self.balancer: dict[str, str] = {}
        self.image_tags: dict[str, str] = {}

    def note(self, what: str) -> Callable[..., None]:
        return lambda *_, **__: self.did.append(what)

    def audit(self, *_: object) -> None:
        self.did.append("audit")
        if self.left:
            raise CommandError("1 objects are left")

    def describe_table(self, *, TableName: str) -> dict[str, Any]:
        return {"Table": {"DeletionProtectionEnabled": self.protected[TableName]}}

    def update_table(self, *, TableName: str, DeletionProtectionEnabled: bool) -> None:
        self.did.append((TableName, DeletionProtectionEnabled))

    def modify_load_balancer_attributes(self, *, LoadBalancerArn: str, Attributes: list[dict[str, str]]) -> None:
        (attribute,) = Attributes
        self.did.append((LoadBalancerArn, attribute["Key"], attribute["Value"]))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    class Terraform:
        def __init__(self, _settings: Settings, **_: Any) -> None:
            self.keep_provider = self.init = lambda: None

        def synthesise(self, stage: str) -> None:
            made.did.append(f"stack of {stage}")

        def outputs(self) -> dict[str, Any]:
            return {"stage": made.stage, **made.balancer} if made.stage else {}

        def destroy(self) -> None:
            made.did.append("terraform destroy")

        def plan_text(self, variables: dict[str, str]) -> list[tuple[str, str]]:
            assert set(variables) == {"monolith_image_tag", "like_image_tag"}, "what runs at the end of the walk"
            return made.changes

    @contextlib.contextmanager
    def left_as_it_was(*_: object) -> Iterator[None]:
        made.did.append("starts what is needed")
        try:
            yield
        finally:
            made.did.append("leaves it as it was")

    for target, replacement in {
        "deploy.Terraform": Terraform,
        "local.left_as_it_was": left_as_it_was,
        "local.ensure_running": lambda *_, restarts: made.restarts.append(restarts),
        "local.claim_ports": made.note("claims ports"),
        "local.drop_stale_state": lambda *_: None,
        "local.forget": made.note("forget"),
        "aws.restore_keys": lambda _: None,
        "aws.require_account": lambda *_: "1",
        "aws.client": lambda _settings, service: {"dynamodb": made, "elbv2": made}[service],
        "regions.require_known": lambda _: None,
        "live.read": lambda *_: Live(stage=made.stage, image_tags=made.image_tags),
        "live.active_services": lambda _: [{"serviceName": name} for name in made.services],
        "seed.present_tables": lambda *_: {name: name for name in made.protected},
        "audit.delete_task_definitions": made.note("task definitions"),
        "audit.audit": made.audit,
        "images.delete_snapshots": made.note("snapshots"),
        "destroying.remove_state": made.note("state"),
        "drift.find": lambda _: made.drifts,
    }.items():
        monkeypatch.setattr(f"cli.{target}", replacement)
    return made


def deployment(folder: Path, **environ: str) -> tuple[Deployment, Settings]:
    folders = {"STATE_DIR": str(folder), "CDKTF_OUTDIR": str(folder / "out")}
    settings = Settings.from_environ({"STAGE": "split", **folders, **environ})
    return Deployment(settings, Progress()), settings


def test_destroy_removes_what_stands_then_proves_it_then_forgets(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, settings = deployment(tmp_path)
    History(settings).remember(Release(stage="glue", image_tags={}), before=None)
    one.destroy()
    assert world.did == [
        "starts what is needed",
        "stack of split",
        ("table", False),
        "terraform destroy",
        "task definitions",
        "audit",
        "forget",
        "snapshots",
        "state",
        "leaves it as it was",
    ]
    assert world.restarts == [True]
    assert History(settings).deploys() == ()
    assert "Destroyed mysfits-dev: nothing of it is kept" in capsys.readouterr().err


def test_destroy_uses_the_stack_of_the_stage_that_stands(world: World, tmp_path: Path) -> None:
    world.stage = "monolith"
    deployment(tmp_path)[0].destroy()
    assert [what for what in world.did if str(what).startswith("stack of")] == ["stack of split", "stack of monolith"]


def test_destroy_forgets_nothing_while_something_is_left(world: World, tmp_path: Path) -> None:
    world.left = True
    one, settings = deployment(tmp_path)
    History(settings).remember(Release(stage="glue", image_tags={}), before=None)
    with pytest.raises(CommandError, match="1 objects are left"):
        one.destroy()
    assert world.did[-2:] == ["audit", "leaves it as it was"]
    assert History(settings).deploys()


def test_destroy_of_nothing_looks_all_the_same(world: World, tmp_path: Path) -> None:
    world.stage, world.protected = None, {}
    deployment(tmp_path)[0].destroy()
    assert "terraform destroy" in world.did
    assert "audit" in world.did


def test_on_aws_no_embedded_one_has_anything_to_forget(world: World, tmp_path: Path) -> None:
    deployment(tmp_path, TARGET="aws")[0].destroy()
    assert not {"forget", "snapshots"} & set(world.did)
    assert "state" in world.did


def test_a_plan_shows_phases_and_changes_and_takes_no_ports(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stage = "glue"
    deployment(tmp_path)[0].show_plan()
    assert world.did == ["starts what is needed", "stack of split", "leaves it as it was"]
    assert world.restarts == [False], "what is served goes on, old code or not"
    printed = capsys.readouterr()
    assert "From glue to split:" in printed.err
    assert "  1. " in printed.err
    assert "create" in printed.out
    assert "aws_lb.this" in printed.out


def test_a_plan_lists_what_was_changed_by_hand_with_both_values(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.drifts = [Drift(what="desired count of like", recorded="2", live="3")]
    deployment(tmp_path)[0].show_plan()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "desired count of like 2 by the last deploy, 3 live" in lines


def test_what_somebody_else_runs_in_the_cluster_is_named_and_nothing_is_destroyed(world: World, tmp_path: Path) -> None:
    world.services.append("a b")
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path), "STAGE": "split"})
    with pytest.raises(CommandError, match=r"mysfits-dev: a b\. Delete them first.*Nothing was destroyed") as raised:
        Deployment(settings, Progress()).destroy()
    assert raised.value.exit_code == 2
    assert "terraform destroy" not in world.did
    assert ("table", False) not in world.did


def test_drift_is_told_and_fails(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.drifts = [Drift(what="desired count of like", recorded="2", live="3")]
    world.stage, world.image_tags = "strangled", RUNNING
    with pytest.raises(CommandError, match="2 things are not as this checkout says; make deploy puts them right"):
        deployment(tmp_path)[0].show_drift()
    assert "stack of strangled" in world.did, "what stands is compared, not what STAGE says"
    printed = capsys.readouterr().out
    assert "2 by the last deploy, 3 live" in printed
    assert "aws_lb.this" in printed


def test_no_drift_ends_well(world: World, tmp_path: Path) -> None:
    world.changes, world.image_tags = NO_CHANGES, RUNNING
    deployment(tmp_path)[0].show_drift()
    assert world.did[-1] == "leaves it as it was"


def test_nothing_that_is_deployed_has_no_drift(world: World, tmp_path: Path) -> None:
    world.stage = None
    with pytest.raises(CommandError):
        deployment(tmp_path)[0].show_drift()


def test_a_protected_load_balancer_may_go_after_the_question(world: World, tmp_path: Path) -> None:
    world.balancer = {"alb_arn": "arn:balancer", "internal_alb_arn": "arn:internal"}
    deployment(tmp_path, TARGET="aws")[0].destroy()
    for arn in world.balancer.values():
        place = world.did.index((arn, "deletion_protection.enabled", "false"))
        assert place < world.did.index("terraform destroy")


def test_the_embedded_load_balancer_has_no_protection_to_lift(world: World, tmp_path: Path) -> None:
    world.balancer = {"alb_arn": "arn:balancer"}
    deployment(tmp_path)[0].destroy()
    assert "arn:balancer" not in str(world.did)
