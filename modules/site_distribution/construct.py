"""CDKTF construct of the module `site_distribution`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from constructs import Construct

from modules.local_module import LocalModule

Protocol = Literal["http", "https"]
PriceClass = Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"]


class SiteDistribution(LocalModule):
    """HTTPS in front of the website's private bucket and of the API.

    Args:
        name: name of the distribution, at most 64 characters.
        bucket_arn: the bucket of the website, to which the caller writes ``bucket_policy``.
        bucket_regional_domain_name: host of the bucket's REST endpoint.
        api_domain_name: host of the API.
        api_port: its TCP port.
        api_protocol: how it is called there; None: over HTTP.
        api_path_patterns: paths of the API, the most special first; all others belong to the website.
        api_headers: which the distribution adds to each request to the API; None: none.
        price_class: which edges serve the site; None for those of North America and Europe.
        tags: of the distribution, on top of the provider's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        bucket_arn: str,
        bucket_regional_domain_name: str,
        api_domain_name: str,
        api_port: int,
        api_path_patterns: Sequence[str],
        api_protocol: Protocol | None = None,
        api_headers: Mapping[str, str] | None = None,
        price_class: PriceClass | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="site_distribution",
            inputs={
                "name": name,
                "bucket_arn": bucket_arn,
                "bucket_regional_domain_name": bucket_regional_domain_name,
                "api_domain_name": api_domain_name,
                "api_port": api_port,
                "api_protocol": api_protocol,
                "api_path_patterns": list(api_path_patterns),
                "api_headers": api_headers,
                "price_class": price_class,
                "tags": tags,
            },
        )

    @property
    def distribution_id(self) -> str:
        """Id of the distribution, for invalidations."""
        return self.get_string("distribution_id")

    @property
    def origin(self) -> str:
        """Scheme and host that serve the site and the API."""
        return self.get_string("origin")

    @property
    def bucket_policy(self) -> str:
        """Policy in JSON that lets this distribution, and nobody else, read the bucket."""
        return self.get_string("bucket_policy")
