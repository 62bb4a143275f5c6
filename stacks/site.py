"""The website: its bucket and, on AWS, how browsers reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cdktf import Fn
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_website_configuration import (
    S3BucketWebsiteConfiguration,
    S3BucketWebsiteConfigurationIndexDocument,
)
from constructs import Construct

from modules.site_distribution.construct import SiteDistribution
from settings.settings import Settings
from stacks.exempt import exempt

_EXEMPTIONS: Final = {
    "CKV_AWS_18": "its readers are those of the website, and CloudFront's",
    "CKV_AWS_21": "its files come from the checkout, and go there again with every deploy",
    "CKV_AWS_144": "as above: they are in git",
    "CKV_AWS_145": "its files are public, and AWS's own key encrypts them",
    "CKV2_AWS_61": "each deploy deletes what is no file of the site any more",
    "CKV2_AWS_62": "nothing waits for a change of its files",
}
"""What checkov wants of every bucket, and why that of a website has it not."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the website is.

    Attributes:
        bucket_name: the bucket of its files.
        origins: what browsers may call it by; the only origins that the services' CORS lets in.
        api_url: where its pages find the API, without a slash at the end.
        distribution_id: the CloudFront distribution before it; empty where there is none.
    """

    bucket_name: str
    origins: tuple[str, ...]
    api_url: str
    distribution_id: str = ""

    @property
    def origin(self) -> str:
        """The first of the origins, which people are given."""
        return self.origins[0]

    @classmethod
    def create(
        cls,
        scope: Construct,
        *,
        settings: Settings,
        api_url: str,
        api_domain_name: str,
        api_path_patterns: Sequence[str],
    ) -> Site:
        """The bucket and what serves it: the embedded website endpoint, CloudFront or S3's website endpoint.

        Args:
            scope: the stack.
            settings: target, names and how the site is hosted.
            api_url: the load balancer's.
            api_domain_name: its host.
            api_path_patterns: paths that go there where one host serves both.
        """
        public = not settings.is_local and settings.site_hosting == "s3-website"
        bucket, access = _bucket(scope, settings=settings, public=public)
        if settings.is_local:
            return cls(bucket_name=bucket.bucket, origins=settings.site_origins, api_url=api_url)
        if public:
            website = S3BucketWebsiteConfiguration(
                scope,
                "site_website",
                bucket=bucket.id,
                index_document=S3BucketWebsiteConfigurationIndexDocument(suffix="index.html"),
            )
            _policy(scope, bucket=bucket, access=access, document=_readable_by_all(bucket))
            # The provider knows in which regions the endpoint has a dot in the place of a hyphen.
            return cls(bucket_name=bucket.bucket, origins=(f"http://{website.website_endpoint}",), api_url=api_url)
        distribution = SiteDistribution(
            scope,
            "site_distribution",
            name=settings.name("site"),
            bucket_arn=bucket.arn,
            bucket_regional_domain_name=bucket.bucket_regional_domain_name,
            api_domain_name=api_domain_name,
            api_port=settings.listener_port,
            api_protocol="https" if settings.profile_here.certificate_arn else None,
            api_path_patterns=api_path_patterns,
        )
        _policy(scope, bucket=bucket, access=access, document=distribution.bucket_policy)
        return cls(
            bucket_name=bucket.bucket,
            origins=(distribution.origin,),
            # Pages over https may call nothing over http, so the distribution passes the API's paths on.
            api_url=distribution.origin,
            distribution_id=distribution.distribution_id,
        )


def _bucket(scope: Construct, *, settings: Settings, public: bool) -> tuple[S3Bucket, S3BucketPublicAccessBlock]:
    """The bucket, and what keeps the public out of it."""
    account = DataAwsCallerIdentity(scope, "account")
    bucket = S3Bucket(
        scope,
        "site",
        bucket=settings.site_bucket_name(account.account_id),
        force_destroy=True,
    )
    for rule, reason in _EXEMPTIONS.items():
        exempt(bucket, rule, reason=reason)
    access = S3BucketPublicAccessBlock(
        scope,
        "site_public_access",
        bucket=bucket.id,
        # Only a policy may open the bucket: access lists are never needed.
        block_public_acls=True,
        block_public_policy=not public,
        ignore_public_acls=True,
        restrict_public_buckets=not public,
    )
    return bucket, access


def _policy(scope: Construct, *, bucket: S3Bucket, access: S3BucketPublicAccessBlock, document: str) -> None:
    """The bucket's one policy. S3 refuses a public one for as long as public access is blocked."""
    S3BucketPolicy(scope, "site_policy", bucket=bucket.id, policy=document, depends_on=[access])


def _readable_by_all(bucket: S3Bucket) -> str:
    statement = {
        "Sid": "ReadByEverybody",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{bucket.arn}/*",
    }
    return str(Fn.jsonencode({"Version": "2012-10-17", "Statement": [statement]}))
