"""Reading ARNs for the audit."""

from __future__ import annotations

import pytest

from cli.audit import MONTHLY_DOLLARS, Belonging, Leftover, kind_of
from settings.settings import Settings


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:ec2:us-east-1:1:natgateway/nat-1", "ec2/natgateway"),
        ("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/1", "elasticloadbalancing/loadbalancer"),
        ("arn:aws:logs:us-east-1:1:log-group:/mysfits/dev/like", "logs/log-group"),
        ("arn:aws:s3:::mysfits-dev-site", "s3/bucket"),
        ("arn:aws:ssm:us-east-1:1:parameter/mysfits/dev/key/a", "ssm/parameter"),
    ],
)
def test_the_kind_of_an_object_is_read_from_its_arn(arn: str, kind: str) -> None:
    assert kind_of(arn) == kind


def test_what_stands_idle_has_its_price() -> None:
    assert Leftover(kind="ec2/natgateway", name="nat-1").monthly_dollars == pytest.approx(32.85)
    assert Leftover(kind="iam/role", name="r").monthly_dollars == 0
    assert all(price > 0 for price in MONTHLY_DOLLARS.values())


@pytest.mark.parametrize(
    "name", ["mysfits-a-like", "mysfits-a-monolith", "mysfits-a-mysfits", "mysfits-a-ledger", "mysfits-a-gone"]
)
def test_an_object_belongs_by_its_whole_name_or_its_tags(name: str) -> None:
    belongs = Belonging(Settings.from_environ({"ENV": "a"}))
    assert belongs(name, lambda: [{"Key": "Project", "Value": "mysfits"}, {"Key": "Env", "Value": "a"}])


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("mysfits-a-b-like", "a-b"),
        ("mysfits-a-like-monolith", "a-like"),
        ("mysfits-ab-like", "ab"),
        ("mysfits-a-site-000000000000-us-east-1", "b"),
        ("mysfits-a-b", ""),
    ],
)
def test_a_name_that_only_begins_alike_belongs_to_another(name: str, env: str) -> None:
    belongs = Belonging(Settings.from_environ({"ENV": "a"}))
    assert not belongs(name, lambda: [{"key": "Project", "value": "mysfits"}, {"key": "Env", "value": env}])


def test_tags_are_not_read_where_the_name_tells() -> None:
    belongs = Belonging(Settings.from_environ({"ENV": "a"}))
    assert belongs("mysfits-a-like", pytest.fail)
    assert not belongs("mysfits-b-like", pytest.fail)
