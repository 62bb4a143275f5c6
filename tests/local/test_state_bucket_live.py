"""The state in a bucket of the embedded AWS: made once, moved to it, locked for others, and read from there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psutil
import pytest

from cli import lock, records, state_bucket, state_file
from cli.errors import REFUSED, CommandError
from cli.history import History, Release
from cli.progress import Progress
from cli.records import ObjectRecord
from cli.terraform import Terraform, remove_state
from embedded.settings import ACCOUNT_ID
from settings.settings import Settings
from tests.support import EmbeddedAws, local_settings, running_embedded_aws

NAME = "team-tfstate"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """With a small state that is local so far, and then a bucket."""
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("bucket") / "state")) as running:
        _apply_small(Terraform(running.settings, say=print), running.settings)
        History(running.settings).remember(Release(stage="glue", image_tags={}), before=None)
        state_bucket.make(shared(running), Progress())
        state_bucket.make(shared(running), Progress())
        yield running


def shared(aws: EmbeddedAws) -> Settings:
    """As settings of TARGET=aws are when the bucket was found."""
    return replace(aws.settings, state_bucket=NAME)


def _apply_small(terraform: Terraform, settings: Settings) -> None:
    """One resource in the place of the stack, with its backend."""
    terraform.synthesise(settings.stage)
    path = settings.stack_dir / "cdk.tf.json"
    stack = json.loads(path.read_text())
    small = {
        "terraform": stack["terraform"],
        "resource": {"terraform_data": {"one": {"input": "1"}}},
        "output": {"stage": {"value": settings.stage}},
    }
    path.write_text(json.dumps(small))
    terraform._run([terraform._program, "init", "-input=false", "-reconfigure"], what="terraform init")
    terraform.apply({})


def test_the_bucket_keeps_versions_encrypted_and_in_private(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values())


def test_the_state_was_moved_and_is_read_from_there(aws: EmbeddedAws) -> None:
    assert not aws.settings.terraform_state.exists()
    settings = shared(aws)
    terraform = Terraform(settings, say=print)
    assert terraform.outputs() == {"stage": "split"}
    assert terraform.state_list() == ["terraform_data.one"]
    assert [kind for kind, _ in state_file.resources(state_file.read(settings))] == ["terraform_data"]
    assert [deploy.release.stage for deploy in History(settings).deploys()] == ["glue"]


def test_an_apply_writes_a_version_and_leaves_no_lock(aws: EmbeddedAws) -> None:
    settings, s3 = replace(shared(aws), env="other"), aws.client("s3")
    for _ in range(2):
        _apply_small(Terraform(settings, say=print), settings)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=NAME)["Contents"]]
    assert "mysfits-other.tfstate" in keys
    assert not [key for key in keys if "lock" in key]
    History(settings).begin()
    assert History(settings).is_unfinished
    History(settings).forget()
    remove_state(settings)
    assert records.of(settings, records.STATE).read() is None
    assert Terraform(settings, say=print).outputs() == {}


def test_what_a_cut_off_run_made_is_imported_into_the_bucket(aws: EmbeddedAws) -> None:
    settings = replace(shared(aws), env="third")
    terraform = Terraform(settings, say=print)
    terraform.synthesise(settings.stage)
    terraform.init()
    terraform.import_resource("aws_s3_bucket.found", NAME)
    assert terraform.state_list() == ["aws_s3_bucket.found"]
    remove_state(settings)


def refused(settings: Settings) -> str:
    with pytest.raises(CommandError) as caught, lock.only_one(settings, "deploy"):
        pytest.fail("a second one is at work")
    assert caught.value.exit_code == REFUSED
    return str(caught.value)


def test_a_second_writer_on_another_machine_is_told_who_is_at_work_and_since_when(aws: EmbeddedAws) -> None:
    settings = shared(aws)
    with lock.only_one(settings, "deploy"):
        (held,) = [one for one in objects(aws) if one.endswith(".deploy-lock")]
        other = json.loads(ObjectRecord(settings, held).read() or "{}")
    assert not objects(aws, ".deploy-lock")
    elsewhere = ObjectRecord(settings, held)
    assert elsewhere.create(json.dumps({**other, "host": "ann-laptop"}))
    text = refused(settings)
    assert "make deploy of mysfits-test (process" in text
    assert "since" in text
    assert "ann-laptop" in text
    assert "ann-laptop" in (lock.at_work(settings) or "")
    elsewhere.remove()
    assert lock.at_work(settings) is None


def test_the_lock_of_a_killed_command_of_this_machine_is_taken_over(aws: EmbeddedAws) -> None:
    settings = shared(aws)
    gone = next(pid for pid in range(os.getpid() + 1, 4_000_000) if not psutil.pid_exists(pid))
    left = ObjectRecord(settings, f"{settings.name()}.deploy-lock")
    assert left.create(json.dumps({"who": "make deploy", "pid": gone, "host": os.uname().nodename}))
    with lock.only_one(settings, "deploy"):
        assert json.loads(left.read() or "{}")["pid"] == os.getpid()
    assert left.read() is None


def test_terraforms_own_lock_is_told_too(aws: EmbeddedAws) -> None:
    settings = shared(aws)
    held = ObjectRecord(settings, f"{settings.terraform_state.name}.tflock")
    held.write(json.dumps({"ID": "4711", "Who": "bob@desk", "Created": "2026-11-30T02:00:00Z"}))
    text = refused(settings)
    assert "bob@desk" in text
    assert "2026-11-30T02:00:00Z" in text
    assert "force-unlock 4711" in text
    assert not objects(aws, ".deploy-lock")
    held.remove()


def objects(aws: EmbeddedAws, ending: str = "") -> list[str]:
    found: list[dict[str, Any]] = aws.client("s3").list_objects_v2(Bucket=NAME).get("Contents", [])
    return [str(one["Key"]) for one in found if str(one["Key"]).endswith(ending)]


def test_the_default_name_is_of_account_and_region(aws: EmbeddedAws) -> None:
    assert state_bucket.default_name(aws.settings, ACCOUNT_ID) == f"mysfits-tfstate-{ACCOUNT_ID}-us-east-1"
