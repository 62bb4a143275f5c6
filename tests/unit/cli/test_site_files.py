"""What browsers get of the site: content types, how long they keep a file, and the address of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import aws, site
from cli.site import SiteFile, files
from settings.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "index.html",
        "scripts/main.js",
        "site.css",
        "images/pauly.svg",
        "images/small.png",
        "scripts/README.md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "config.js").write_text("what a person tried by hand")
    return tmp_path


def test_every_file_has_its_content_type_and_only_pictures_are_kept_without_asking(folder: Path) -> None:
    found = {file.key: (file.content_type, file.cache_control) for file in files(folder, api_url="http://api")}
    assert found == {
        "config.js": ("text/javascript; charset=utf-8", "no-cache"),
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "scripts/main.js": ("text/javascript; charset=utf-8", "no-cache"),
        "site.css": ("text/css; charset=utf-8", "no-cache"),
        "images/pauly.svg": ("image/svg+xml", "public, max-age=86400"),
        "images/small.png": ("image/png", "no-cache"),
    }


def test_scripts_and_drawings_are_what_they_are_on_every_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.site.mimetypes.guess_type", lambda _: ("application/of-this-machine", None))
    found = {file.key: file.content_type for file in files(folder, api_url="")}
    assert found["scripts/main.js"] == "text/javascript; charset=utf-8"
    assert found["images/pauly.svg"] == "image/svg+xml"


def test_the_pages_get_the_address_of_the_api_and_every_file_its_own_content(folder: Path) -> None:
    bodies = {file.key: file.body for file in files(folder, api_url='http://api/"x"')}
    assert bodies.pop("config.js") == b'export const API = "http://api/\\"x\\"";\n'
    assert bodies == {key: key.encode() for key in bodies}


def test_a_file_of_no_known_type_is_named(folder: Path) -> None:
    (folder / "data.mysfit").touch()
    with pytest.raises(ValueError, match=r"website/data\.mysfit has no known content type; rename it"):
        files(folder, api_url="")


class Storage:
    """S3 with one bucket in pages of one object, and CloudFront."""

    def __init__(self, present: dict[str, str]) -> None:
        self.present = dict(present)
        self.put: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.invalidated: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> Storage:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str) -> list[dict[str, Any]]:
        assert Bucket == "b"
        return [{"Contents": [{"Key": key, "ETag": f'"{etag}"'}]} for key, etag in self.present.items()] or [{}]

    def put_object(self, *, Bucket: str, Key: str, **facts: Any) -> None:
        assert Bucket == "b"
        self.put[Key] = facts

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        assert Bucket == "b"
        self.deleted.append(Key)

    def create_invalidation(self, **asked: Any) -> None:
        self.invalidated.append(asked)


SETTINGS = Settings.from_environ({"TARGET": "aws"})


def publish(patch: pytest.MonkeyPatch, folder: Path, present: dict[str, str], distribution_id: str = "D1") -> Storage:
    storage = Storage(present)
    patch.setattr(aws, "client", lambda *asked: {(SETTINGS, "s3"): storage, (SETTINGS, "cloudfront"): storage}[asked])
    done = site.publish(SETTINGS, folder, bucket="b", api_url="http://api", distribution_id=distribution_id)
    assert done == len(storage.put) + len(storage.deleted)
    return storage


def test_only_what_changed_is_uploaded_and_what_is_gone_deleted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {file.key: file.etag for file in files(folder, api_url="http://api")}
    storage = publish(monkeypatch, folder, {**kept, "site.css": "other", "old one.html": "x", "old.svg": "y"})
    assert storage.put == {
        "site.css": {"Body": b"site.css", "ContentType": "text/css; charset=utf-8", "CacheControl": "no-cache"}
    }
    assert storage.deleted == ["old one.html", "old.svg"]
    (asked,) = storage.invalidated
    assert asked["DistributionId"] == "D1"
    batch = asked["InvalidationBatch"]
    assert batch["Paths"] == {"Quantity": 3, "Items": ["/old%20one.html", "/old.svg", "/site.css"]}
    assert batch["CallerReference"]


def test_new_files_alone_leave_the_edges_as_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = publish(monkeypatch, folder, {})
    assert (len(storage.put), storage.deleted, storage.invalidated) == (6, [], [])


def test_a_page_is_forgotten_by_the_name_of_the_root_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = publish(monkeypatch, folder, {"index.html": "other"})
    paths = storage.invalidated[0]["InvalidationBatch"]["Paths"]
    assert paths == {"Quantity": 2, "Items": ["/", "/index.html"]}
    assert publish(monkeypatch, folder, {"index.html": "other"}, distribution_id="").invalidated == []


def test_the_etag_is_the_one_that_s3_reports() -> None:
    file = SiteFile(key="x", body=b"hello", content_type="text/plain", cache_control="no-cache")
    assert file.etag == "5d41402abc4b2a76b9719d911017c592"  # pragma: allowlist secret
