"""Publishing the site on AWS: what the edges of CloudFront are told to forget. AWS is moto, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from cli import site
from settings.settings import Settings
from systems.checkout import ROOT

BUCKET: Final = "mysfits-test-site"
SITE: Final = ROOT / "website"
API: Final = "https://mock.cloudfront.net"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings for an AWS with an empty bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield Settings.from_environ({"TARGET": "aws"})


@pytest.fixture
def distribution_id(settings: Settings) -> str:  # noqa: ARG001  (the settings bring the mocked AWS)
    """A distribution before the bucket."""
    config: dict[str, Any] = {
        "CallerReference": "test",
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "bucket", "DomainName": f"{BUCKET}.s3.us-east-1.amazonaws.com"}],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    config["Origins"]["Items"][0]["S3OriginConfig"] = {"OriginAccessIdentity": ""}
    made = boto3.client("cloudfront").create_distribution(DistributionConfig=config)
    return str(made["Distribution"]["Id"])


def test_first_publication_invalidates_nothing(settings: Settings, distribution_id: str) -> None:
    assert site.publish(settings, SITE, bucket=BUCKET, api_url=API, distribution_id=distribution_id) > 10
    assert _invalidations(distribution_id) == []


def test_unchanged_site_invalidates_nothing(settings: Settings, distribution_id: str) -> None:
    for expected in (True, False):
        published = site.publish(settings, SITE, bucket=BUCKET, api_url=API, distribution_id=distribution_id)
        assert bool(published) is expected
    assert _invalidations(distribution_id) == []


def test_changed_and_stale_files_are_invalidated(settings: Settings, distribution_id: str) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    for key in ("index.html", "images/old picture.svg"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"old")
    site.publish(settings, SITE, bucket=BUCKET, api_url=API, distribution_id=distribution_id)
    assert _invalidations(distribution_id) == [["/", "/images/old%20picture.svg", "/index.html"]]
    site.publish(settings, SITE, bucket=BUCKET, api_url=f"{API}/moved", distribution_id=distribution_id)
    assert sorted(_invalidations(distribution_id), key=len)[0] == ["/config.js"]


def test_site_without_a_distribution_is_published_all_the_same(settings: Settings) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(Bucket=BUCKET, Key="index.html", Body=b"old")
    assert site.publish(settings, SITE, bucket=BUCKET, api_url=API) > 10
    config = boto3.client("s3", region_name="us-east-1").get_object(Bucket=BUCKET, Key="config.js")
    assert config["Body"].read().decode() == f'export const API = "{API}";\n'
    assert config["ContentType"] == "text/javascript; charset=utf-8"


def _invalidations(distribution_id: str) -> list[list[str]]:
    """Paths of each invalidation."""
    cloudfront = boto3.client("cloudfront")
    listed = cloudfront.list_invalidations(DistributionId=distribution_id)["InvalidationList"].get("Items", [])
    asked = [cloudfront.get_invalidation(DistributionId=distribution_id, Id=one["Id"]) for one in listed]
    return [one["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] for one in asked]
