"""Reading ARNs for the audit."""

from __future__ import annotations

import pytest

from cli.audit import MONTHLY_DOLLARS, Leftover, kind_of


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
