"""How the website is served: by CloudFront or, by explicit choice, a public bucket; by neither on the local target."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from policy.terraform_runs import Resource
from tests.terraform.conftest import Jobs, read_stack

SWITCHES: Final = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
DISTRIBUTION_ARN: Final = "arn:aws:cloudfront::123456789012:distribution/E1MOCK"
"""ARN that the mocked AWS gives to the distribution."""

Stacks = Mapping[str, dict[str, Any]]
Applies = Mapping[str, tuple[Resource, ...]]


@pytest.fixture(scope="module")
def hostings(aws_stack: dict[str, Any], website_dir: Path) -> Stacks:
    """Stage split for AWS with each kind of hosting, as it was synthesised; CloudFront goes without saying."""
    return {"cloudfront": aws_stack, "s3-website": read_stack(website_dir)}


@pytest.fixture(scope="module")
def applies(jobs: Jobs) -> Applies:
    """What applying them makes."""
    return {"cloudfront": jobs.resources("split"), "s3-website": jobs.website}


def test_cloudfront_keeps_the_bucket_private(applies: Applies) -> None:
    assert all(_one(applies, "cloudfront", "aws_s3_bucket_public_access_block")[switch] is True for switch in SWITCHES)
    assert "aws_s3_bucket_website_configuration" not in _types(applies, "cloudfront")


def test_cloudfront_alone_reads_the_bucket(applies: Applies) -> None:
    (statement,) = json.loads(_one(applies, "cloudfront", "aws_s3_bucket_policy")["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "s3:GetObject")
    assert statement["Resource"] == "arn:aws:s3:::mock/*"
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": DISTRIBUTION_ARN}}


def test_cloudfront_signs_what_it_asks_of_the_bucket(applies: Applies) -> None:
    control = _one(applies, "cloudfront", "aws_cloudfront_origin_access_control")
    assert (control["signing_behavior"], control["signing_protocol"]) == ("always", "sigv4")
    distribution = _one(applies, "cloudfront", "aws_cloudfront_distribution")
    origins = {origin["origin_id"]: origin for origin in distribution["origin"]}
    assert origins["bucket"]["origin_access_control_id"] == control["id"]
    assert origins["bucket"]["domain_name"] == "mock.s3.us-east-1.amazonaws.com"


def test_cloudfront_redirects_pages_to_https(applies: Applies) -> None:
    distribution = _one(applies, "cloudfront", "aws_cloudfront_distribution")
    (pages,) = distribution["default_cache_behavior"]
    assert (pages["target_origin_id"], pages["viewer_protocol_policy"]) == ("bucket", "redirect-to-https")
    assert distribution["default_root_object"] == "index.html"


def test_cloudfront_passes_the_api_to_the_load_balancer_uncached(applies: Applies) -> None:
    distribution = _one(applies, "cloudfront", "aws_cloudfront_distribution")
    behaviors = distribution["ordered_cache_behavior"]
    assert [behavior["path_pattern"] for behavior in behaviors] == ["/mysfits", "/mysfits/*"]
    origins = {origin["origin_id"]: origin for origin in distribution["origin"]}
    for behavior in behaviors:
        api = origins[behavior["target_origin_id"]]
        assert api["domain_name"] == "mock-1.us-east-1.elb.amazonaws.com"
        assert api["custom_origin_config"][0]["http_port"] == 80
        assert behavior["cache_policy_id"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "not CachingDisabled"
        assert {"POST", "OPTIONS"} <= set(behavior["allowed_methods"])


def test_pages_behind_cloudfront_call_the_api_at_their_own_origin(hostings: Stacks) -> None:
    outputs = hostings["cloudfront"]["output"]
    assert outputs["site_url"] == outputs["site_api_url"] != outputs["api_url"]
    assert outputs["site_distribution_id"]["value"] == "${module.site_distribution.distribution_id}"
    assert _site_origins(hostings["cloudfront"]) == {outputs["site_url"]["value"]}


def test_s3_website_opens_the_bucket_for_reading_only(applies: Applies) -> None:
    block = _one(applies, "s3-website", "aws_s3_bucket_public_access_block")
    assert [block[switch] for switch in SWITCHES] == [True, False, True, False]
    (statement,) = json.loads(_one(applies, "s3-website", "aws_s3_bucket_policy")["policy"])["Statement"]
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:GetObject")
    assert statement["Resource"] == "arn:aws:s3:::mock/*"


def test_s3_website_serves_pages_at_the_endpoint_of_its_region(applies: Applies, hostings: Stacks) -> None:
    website = _one(applies, "s3-website", "aws_s3_bucket_website_configuration")
    assert website["index_document"] == [{"suffix": "index.html"}]
    outputs = hostings["s3-website"]["output"]
    (name,) = hostings["s3-website"]["resource"]["aws_s3_bucket_website_configuration"]
    endpoint = f"${{aws_s3_bucket_website_configuration.{name}.website_endpoint}}"
    assert outputs["site_url"]["value"] == f"http://{endpoint}"
    assert _site_origins(hostings["s3-website"]) == {f"http://{endpoint}"}
    assert outputs["site_api_url"] == outputs["api_url"]
    assert outputs["site_distribution_id"]["value"] == ""
    assert not [kind for kind in _types(applies, "s3-website") if kind.startswith("aws_cloudfront_")]


@pytest.mark.parametrize("hosting", ["cloudfront", "s3-website"])
def test_policy_waits_for_the_switches_of_public_access(hosting: str, hostings: Stacks) -> None:
    """S3 refuses a public policy while public access is blocked, and Terraform sees no dependency there."""
    (policy,) = hostings[hosting]["resource"]["aws_s3_bucket_policy"].values()
    assert [address.split(".")[0] for address in policy["depends_on"]] == ["aws_s3_bucket_public_access_block"]


@pytest.mark.parametrize("hosting", ["cloudfront", "s3-website"])
def test_local_target_is_the_same_with_every_hosting(
    hosting: str, synthesise: Callable[..., Path], stacks: Stacks
) -> None:
    stack = read_stack(synthesise(stage="split", SITE_HOSTING=hosting))
    assert stack["resource"] == stacks["split"]["resource"]
    assert stack["output"] == stacks["split"]["output"]
    assert "site_distribution" not in stack["module"]
    assert not {"aws_s3_bucket_policy", "aws_s3_bucket_website_configuration"} & stack["resource"].keys()
    assert stack["output"]["site_url"]["value"] == "http://127.0.0.1:8081"
    assert _site_origins(stack) == {"http://127.0.0.1:8081,http://localhost:8081"}
    assert stack["output"]["site_api_url"] == stack["output"]["api_url"]


def _one(applies: Applies, hosting: str, kind: str) -> Mapping[str, Any]:
    (resource,) = (resource for resource in applies[hosting] if resource.type == kind)
    return resource.values


def _types(applies: Applies, hosting: str) -> set[str]:
    return {resource.type for resource in applies[hosting]}


def _site_origins(stack: Mapping[str, Any]) -> set[str]:
    """What the CORS of all services lets in."""
    return {module["environment"]["SITE_ORIGIN"] for module in stack["module"].values() if "environment" in module}
