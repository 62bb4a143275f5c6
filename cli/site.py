"""Publishing the website: files to the site bucket, with content types, cache headers and a generated config.js."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cli import aws
from cli.progress import Progress
from settings.settings import Settings
from systems.checkout import ROOT

_LEFT_OUT: Final = frozenset({".md"})
_CACHE: Final = {".svg": "public, max-age=86400"}
_REVALIDATE: Final = "no-cache"
"""Browsers keep the file but ask each time whether it changed: a deploy shows at the next load."""


@dataclass(frozen=True, kw_only=True)
class SiteFile:
    """One object of the site bucket."""

    key: str
    body: bytes
    content_type: str
    cache_control: str

    @property
    def etag(self) -> str:
        """What S3 reports for an object put in one part."""
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()


def files(directory: Path, *, api_url: str) -> list[SiteFile]:
    """Read the files of the site.

    Returns:
        Every file, and ``config.js``, from which the pages know the address of the API.
    """
    config = f"export const API = {json.dumps(api_url)};\n".encode()
    found = [_file("config.js", config)]
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.suffix not in _LEFT_OUT and path.name != "config.js":
            found.append(_file(path.relative_to(directory).as_posix(), path.read_bytes()))
    return found


def publish(settings: Settings, folder: Path, *, bucket: str, api_url: str, distribution_id: str = "") -> int:
    """Upload what changed in the folder of the site, and delete what is no longer there.

    The edges of the CloudFront distribution ``distribution_id`` (empty: there is none) are asked to drop their copies.
    That takes them a minute, which is not waited for.

    Returns:
        How many objects were uploaded or deleted.
    """
    s3 = aws.client(settings, "s3")
    present = _present(s3, bucket)
    wanted = files(folder, api_url=api_url)
    changed = [file for file in wanted if present.get(file.key) != file.etag]
    for file in changed:
        s3.put_object(
            Bucket=bucket,
            Key=file.key,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )
    stale = sorted(set(present) - {file.key for file in wanted})
    for key in stale:
        s3.delete_object(Bucket=bucket, Key=key)
    replaced = [file.key for file in changed if file.key in present]
    if distribution_id and (replaced or stale):
        _invalidate(aws.client(settings, "cloudfront"), distribution_id, [*replaced, *stale])
    return len(changed) + len(stale)


def _invalidate(cloudfront: Any, distribution_id: str, keys: Iterable[str]) -> None:
    """Make the edges ask the bucket again for ``keys``; the page is kept by the name of the site's root as well."""
    paths = {f"/{quote(key)}" for key in keys}
    if "/index.html" in paths:
        paths.add("/")
    cloudfront.create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": sorted(paths)},
            "CallerReference": str(uuid.uuid4()),
        },
    )


def _present(s3: Any, bucket: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", [])}


def _file(key: str, body: bytes) -> SiteFile:
    suffix = Path(key).suffix
    content_type = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(suffix) or mimetypes.guess_type(key)[0]
    if content_type is None:
        raise ValueError(f"website/{key} has no known content type; rename it or teach cli/site.py its suffix.")
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return SiteFile(
        key=key, body=body, content_type=content_type + charset, cache_control=_CACHE.get(suffix, _REVALIDATE)
    )


def publish_declared(settings: Settings, outputs: Mapping[str, Any], progress: Progress) -> None:
    """Publish the site that the system declares, if there is one, where the outputs of an apply say."""
    declared = settings.system.site
    if declared is None:
        return
    changed = publish(
        settings,
        ROOT / declared.folder,
        bucket=outputs["site_bucket_name"],
        api_url=outputs["site_api_url"],
        distribution_id=outputs["site_distribution_id"],
    )
    if changed:
        progress.say(f"Published {changed} files of the site")
