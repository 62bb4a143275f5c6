"""What all stages share: provider, state, table, registries, site; on both targets."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from embedded.settings import ACCOUNT_ID
from modules.network.zones import zones
from mysfits.system import SYSTEM
from stacks.variables import path_is_shared
from tests.terraform.conftest import read_stack

Stacks = Mapping[str, dict[str, Any]]


def test_local_target_never_leaves_this_machine(stack_dirs: Mapping[str, Path], stacks: Stacks) -> None:
    """The provider is sent to the embedded AWS with every call, by a profile in a file beside the stack."""
    (provider,) = stacks["split"]["provider"]["aws"]
    (name,) = provider["shared_config_files"]
    config = configparser.ConfigParser()
    config.read(stack_dirs["split"] / name)
    assert config[f"profile {provider['profile']}"]["endpoint_url"] == "http://127.0.0.1:4566"


def test_local_target_accepts_the_embedded_account_only(stacks: Stacks) -> None:
    (provider,) = stacks["split"]["provider"]["aws"]
    assert provider["allowed_account_ids"] == [ACCOUNT_ID]
    (keys,) = provider["shared_credentials_files"]
    assert keys.endswith("/.local/credentials.ini"), "by path: they are made afresh with each start"
    assert not {"access_key", "secret_key"} & provider.keys()
    assert provider["s3_use_path_style"] is True
    assert 2 < provider["max_retries"] <= 5, "two answers in a row have been lost on a busy machine"


def test_aws_target_refuses_the_embedded_account(aws_stack: dict[str, Any]) -> None:
    (provider,) = aws_stack["provider"]["aws"]
    assert provider["forbidden_account_ids"] == [ACCOUNT_ID]
    of_the_embedded_one = {"shared_config_files", "shared_credentials_files", "profile", "allowed_account_ids"}
    assert not {*of_the_embedded_one, "access_key", "secret_key"} & provider.keys()


def test_targets_have_states_of_their_own(stacks: Stacks, aws_stack: dict[str, Any]) -> None:
    local, aws = (stack["terraform"]["backend"]["local"]["path"] for stack in (stacks["split"], aws_stack))
    assert local.endswith("/.local/terraform/mysfits-test.tfstate")
    assert aws.endswith("/.aws-state/mysfits-test.tfstate")


def test_a_state_in_a_bucket_is_encrypted_and_locked_by_a_file_beside_it(synthesise: Callable[..., Path]) -> None:
    stack = read_stack(synthesise(stage="split", target="aws", STATE_BUCKET="team-tfstate"))
    assert stack["terraform"]["backend"] == {
        "s3": {
            "bucket": "team-tfstate",
            "key": "mysfits-test.tfstate",
            "region": "us-east-1",
            "encrypt": True,
            "use_lockfile": True,
            "forbidden_account_ids": [ACCOUNT_ID],
        }
    }


def test_the_local_target_keeps_its_local_state_whatever_bucket_is_named(synthesise: Callable[..., Path]) -> None:
    stack = read_stack(synthesise(stage="split", STATE_BUCKET="team-tfstate"))
    assert set(stack["terraform"]["backend"]) == {"local"}


@pytest.mark.parametrize("stage", SYSTEM.stage_by_name)
def test_everything_is_tagged_with_project_and_environment(stage: str, stacks: Stacks) -> None:
    """The stage is no tag: moving to another one would then edit everything, the load balancer included."""
    (provider,) = stacks[stage]["provider"]["aws"]
    assert provider["default_tags"] == [{"tags": {"Project": "mysfits", "Env": "test"}}]


def test_provider_is_5_100(stacks: Stacks) -> None:
    assert stacks["split"]["terraform"]["required_providers"]["aws"]["version"] == "~> 5.100"


def test_table_lists_by_both_axes_without_rewriting_an_index_at_a_like(stacks: Stacks) -> None:
    table = _table(stacks["split"], "MysfitId")
    assert (table["hash_key"], table["billing_mode"]) == ("MysfitId", "PAY_PER_REQUEST")
    indexes = {index["name"]: index for index in table["global_secondary_index"]}
    assert {name: index["hash_key"] for name, index in indexes.items()} == {
        "GoodEvilIndex": "GoodEvil",
        "LawChaosIndex": "LawChaos",
    }
    for index in indexes.values():
        carried = {index["hash_key"], index["range_key"], *index["non_key_attributes"]}
        assert index["projection_type"] == "INCLUDE"
        assert carried == {"MysfitId", "Name", "Species", "GoodEvil", "LawChaos", "ThumbImageUri"}


def test_table_can_be_restored(stacks: Stacks, aws_stack: dict[str, Any]) -> None:
    for stack in (stacks["split"], aws_stack):
        table = _table(stack, "MysfitId")
        assert table["point_in_time_recovery"] == {"enabled": True}
        assert table["deletion_protection_enabled"] is False


def test_registries_keep_tags_and_scan(stacks: Stacks) -> None:
    for repository in stacks["split"]["resource"]["aws_ecr_repository"].values():
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}
        assert repository["force_delete"] is True


def test_site_bucket_is_private(stacks: Stacks) -> None:
    (block,) = stacks["split"]["resource"]["aws_s3_bucket_public_access_block"].values()
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert all(block[switch] is True for switch in switches)


def test_load_balancer_listens_where_the_target_says(stacks: Stacks, aws_stack: dict[str, Any]) -> None:
    assert stacks["split"]["module"]["alb"]["listener_port"] == 8080
    assert aws_stack["module"]["alb"]["listener_port"] == 80


def test_region_moves_the_zones(synthesise: Callable[..., Path]) -> None:
    stack = read_stack(synthesise(stage="placeholder", REGION="eu-central-1"))
    assert set(stack["module"]["network"]["zones"]) == {"eu-central-1a", "eu-central-1b"}


@pytest.mark.parametrize("region", ["us-east-1", "us-west-1", "ap-northeast-1"])
def test_subnet_ranges_follow_the_letter_of_the_zone(region: str) -> None:
    for name, zone in zones(region, 3).items():
        number = ord(name[-1]) - ord("a")
        assert zone.public_cidr_block == f"10.0.{number}.0/24"
        assert zone.private_cidr_block == f"10.0.{100 + number}.0/24"


@pytest.mark.parametrize("region", ["us-east-1", "us-west-1", "ap-northeast-1", "ca-central-1"])
def test_a_third_zone_moves_neither_of_the_first_two(region: str) -> None:
    two, three = zones(region, 2), zones(region, 3)
    assert len(two) == 2
    assert two.items() <= three.items()


def test_ledger_forgets_likes_by_itself(stacks: Stacks) -> None:
    ledger = _table(stacks["split"], "LikeId")
    assert ledger["billing_mode"] == "PAY_PER_REQUEST"
    assert ledger["ttl"] == {"attribute_name": "ExpiresAt", "enabled": True}


def _table(stack: Mapping[str, Any], hash_key: str) -> dict[str, Any]:
    """The table with this hash key."""
    tables = stack["resource"]["aws_dynamodb_table"].values()
    return next(dict(table) for table in tables if table["hash_key"] == hash_key)


def test_a_monolith_that_scales_keeps_its_tasks_while_a_path_may_come_back() -> None:
    suspended = {stage.name: path_is_shared(stage.separate) for stage in SYSTEM.stages}
    assert suspended["glue"] is None
    assert suspended["adopt"] == "${min(var.like_weight, var.adopt_weight) < 100}"
