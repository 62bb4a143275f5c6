"""A walk through every stage on AWS, in both profiles: nothing that must stay goes, and a second plan is empty.

Terraform plans and applies each stage onto the one before, with a mocked AWS. A mock makes nothing anew whose name or
port changes, as AWS's provider would; so what that provider makes anew is looked for in the values.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from policy.plans import all_of
from policy.terraform_runs import Resource
from settings.profile import PROFILES
from tests.terraform.conftest import Jobs

NEIGHBOURS: Final = tuple(itertools.pairwise(SYSTEM.stage_by_name))
HOPS = pytest.mark.parametrize(
    ("before", "after", "profile"), [(*pair, profile) for pair in NEIGHBOURS for profile in PROFILES]
)
MUST_STAY: Final = frozenset(
    {
        *("aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_eip"),
        *("aws_lb", "aws_lb_listener", "aws_ecs_cluster", "aws_ecr_repository"),
        *("aws_dynamodb_table", "aws_s3_bucket", "aws_cloudfront_distribution", "aws_cloudwatch_log_group"),
    }
)
"""What no hop may edit, let alone make anew."""
MADE_ANEW_FOR: Final[Mapping[str, frozenset[str]]] = {
    "aws_lb_target_group": frozenset(
        {"name", "name_prefix", "port", "protocol", "protocol_version", "target_type", "vpc_id"}
    ),
    "aws_ecs_service": frozenset(
        {"name", "cluster", "launch_type", "capacity_provider_strategy", "scheduling_strategy"}
    ),
    "aws_security_group": frozenset({"name", "name_prefix", "description", "vpc_id"}),
    "aws_iam_role": frozenset({"name", "name_prefix", "path"}),
}
"""Of what a service is made of: the arguments for which AWS's provider 5 makes another one in its place."""


@pytest.mark.parametrize(("stage", "profile"), all_of("mysfits"))
def test_a_second_plan_of_either_profile_is_empty(stage: str, profile: str, jobs: Jobs) -> None:
    again = jobs.made(stage, profile).again
    assert len(again) > 60
    assert {name: change["actions"] for name, change in again.items() if change["actions"] != ["no-op"]} == {}


@HOPS
def test_what_visitors_and_data_need_is_not_touched(before: str, after: str, profile: str, jobs: Jobs) -> None:
    kept, still = (_by_address(jobs, stage, profile) for stage in (before, after))
    must_stay = {address: one.values for address, one in kept.items() if one.type in MUST_STAY}
    assert {one.type for one in kept.values()} >= MUST_STAY
    assert {address: still[address].values for address in must_stay if address in still} == must_stay


@HOPS
def test_a_service_that_stays_is_not_made_anew(before: str, after: str, profile: str, jobs: Jobs) -> None:
    old, new = (SYSTEM.stage_by_name[stage].separate for stage in (before, after))
    kept, still = (_by_address(jobs, stage, profile) for stage in (before, after))
    for name in ("monolith", *(name for name in old if name in new)):
        found = dict(_of_service(kept, name))
        assert {one.type for one in found.values()} >= MADE_ANEW_FOR.keys()
        assert found == {address: one for address, one in _of_service(still, name) if address in found}


def _by_address(jobs: Jobs, stage: str, profile: str) -> dict[str, Resource]:
    return {one.address: one for one in jobs.resources(stage, profile)}


def _of_service(resources: Mapping[str, Resource], name: str) -> Iterator[tuple[str, Resource]]:
    """What a service is made of, with those values alone for which it would be made anew."""
    for address, one in resources.items():
        if address.startswith(f"module.{name}.") and one.type in MADE_ANEW_FOR:
            decisive: dict[str, Any] = {key: one.values[key] for key in MADE_ANEW_FOR[one.type]}
            yield address, Resource(address=address, type=one.type, values=decisive)
