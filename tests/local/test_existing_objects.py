"""Objects in the way of a plan, found in a live embedded AWS that boto3 filled: import id and tags of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cli.errors import CommandError
from cli.existing import _FINDERS, Existing, find
from cli.recover import Importer, import_leftovers
from embedded.settings import ACCOUNT_ID
from tests.existing_objects import KINDS, Maker
from tests.support import EmbeddedAws, local_settings, running_embedded_aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("existing"))) as running:
        yield running


class OnePlan(Importer):
    """A Terraform that wants to create one object until it is imported."""

    def __init__(self, kind: str, planned: Mapping[str, Any]) -> None:
        self._creations = [("module.x.this", kind, dict(planned))]
        self.imported: list[str] = []

    def tainted(self) -> list[tuple[str, str]]:
        return []

    def untaint(self, address: str) -> None:
        raise AssertionError(f"{address} is not in part")

    def planned_creations(self, variables: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:  # noqa: ARG002
        return [] if self.imported else self._creations

    def import_resource(self, address: str, import_id: str) -> None:  # noqa: ARG002
        self.imported.append(import_id)


def test_every_kind_that_is_looked_for_is_tried_here() -> None:
    assert set(KINDS) == set(_FINDERS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_with_our_tags_is_taken_over(aws: EmbeddedAws, kind: str) -> None:
    maker = Maker(aws, name=f"own-{list(KINDS).index(kind)}", tagged=True)
    import_id, planned = KINDS[kind](maker)
    terraform = OnePlan(kind, planned)
    import_leftovers(aws.settings, terraform, {}, say=lambda _: None)
    assert terraform.imported == [import_id]


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_somebody_else_is_named_and_left_alone(aws: EmbeddedAws, kind: str) -> None:
    maker = Maker(aws, name=f"foreign-{list(KINDS).index(kind)}", tagged=False)
    import_id, planned = KINDS[kind](maker)
    terraform = OnePlan(kind, planned)
    with pytest.raises(CommandError) as caught:
        import_leftovers(aws.settings, terraform, {}, say=lambda _: None)
    assert terraform.imported == []
    assert f"({import_id}), tagged Env=somebody" in str(caught.value)
    assert isinstance(find(aws.settings, kind, planned), Existing)


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_in_the_way_nothing_is_found(aws: EmbeddedAws, kind: str) -> None:
    elb = "arn:aws:elasticloadbalancing:us-east-1:000000000000"
    nowhere = {
        "name": "mysfits-test-nowhere",
        "bucket": "mysfits-test-nowhere",
        "security_group_id": "sg-00000000000000000",
        "ip_protocol": "tcp",
    }
    assert find(aws.settings, kind, nowhere) is None
    unknown = {"load_balancer_arn": f"{elb}:loadbalancer/app/x/1", "listener_arn": f"{elb}:listener/app/x/1/2"}
    assert find(aws.settings, kind, {**nowhere, **unknown, "port": 1, "priority": 1}) is None


def test_an_empty_site_bucket_without_tags_is_taken_over_and_a_used_one_is_not(
    aws: EmbeddedAws,
) -> None:
    """The provider tags buckets, and only these, by a second call; a Ctrl-C in the first deploy comes between."""
    name, s3 = aws.settings.site_bucket_name(ACCOUNT_ID), aws.client("s3")
    s3.create_bucket(Bucket=name)
    terraform = OnePlan("aws_s3_bucket", {"bucket": name})
    import_leftovers(aws.settings, terraform, {}, say=lambda _: None)
    assert terraform.imported == [name]

    s3.put_object(Bucket=name, Key="somebody's", Body=b"x")
    with pytest.raises(CommandError, match="tagged with nothing"):
        import_leftovers(aws.settings, OnePlan("aws_s3_bucket", {"bucket": name}), {}, say=lambda _: None)


def test_kinds_without_a_name_of_their_own_are_not_looked_for(aws: EmbeddedAws) -> None:
    assert find(aws.settings, "aws_eip", {"name": "x"}) is None
