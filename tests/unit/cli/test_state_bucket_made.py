"""Making the state bucket: where, how it is closed, and what is moved to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws, records, state_bucket
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from settings.settings import Settings
from tests.unit.cli.state_objects import BUCKET, StateObjects

ACCOUNT = "111122223333"
CLOSED = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}


class BucketAlreadyExists(Exception):
    """As the S3 client has it."""


class BucketAlreadyOwnedByYou(Exception):
    """As the S3 client has it."""


class Bucket(StateObjects):
    """S3 in which a bucket is made and set up; ``there``: it exists already."""

    class exceptions:
        BucketAlreadyExists = BucketAlreadyExists
        BucketAlreadyOwnedByYou = BucketAlreadyOwnedByYou

    def __init__(self) -> None:
        super().__init__()
        self.there = False
        self.taken: type[Exception] | None = None
        self.looked: dict[str, str] = {}
        self.did: dict[str, dict[str, Any]] = {}

    def head_bucket(self, **which: str) -> None:
        self.looked = which
        if not self.there:
            raise ClientError({"Error": {"Code": "404"}}, "HeadBucket")

    def create_bucket(self, **asked: Any) -> None:
        if self.taken is not None:
            raise self.taken
        self.did["create"] = asked

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("put_"):
            raise AttributeError(name)
        return lambda **asked: self.did.__setitem__(name, asked)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bucket:
    made = Bucket()

    def client(settings: Settings, service: str) -> Bucket:
        assert isinstance(settings, Settings)
        assert service == "s3"
        return made

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr(aws, "require_account", lambda settings: ACCOUNT if isinstance(settings, Settings) else None)
    monkeypatch.setattr("settings.settings.ROOT", tmp_path)
    return made


def settings(**variables: str) -> Settings:
    return Settings.from_environ({"TARGET": "aws", "ENV": "test", "STATE_BUCKET": BUCKET, **variables})


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("us-east-1", {}),
        ("eu-west-1", {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    ],
)
def test_it_is_made_in_the_region_closed_versioned_and_encrypted(
    bucket: Bucket, region: str, place: dict[str, Any]
) -> None:
    state_bucket.make(settings(REGION=region), Progress())
    assert bucket.looked == {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT}
    assert bucket.did.pop("create") == {"Bucket": BUCKET, **place}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket.did == {
        "put_public_access_block": {
            "Bucket": BUCKET,
            "PublicAccessBlockConfiguration": dict.fromkeys(CLOSED, True),
        },
        "put_bucket_versioning": {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}},
        "put_bucket_encryption": {"Bucket": BUCKET, "ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        "put_bucket_tagging": {"Bucket": BUCKET, "Tagging": {"TagSet": [{"Key": "Project", "Value": "mysfits"}]}},
    }


def test_one_that_is_there_is_mended_and_not_made_again(bucket: Bucket) -> None:
    bucket.there = True
    state_bucket.make(settings(), Progress())
    assert "create" not in bucket.did
    assert len(bucket.did) == 4


def test_without_a_name_it_is_called_after_account_and_region(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"mysfits-tfstate-{ACCOUNT}-eu-west-1"
    monkeypatch.setattr("tests.unit.cli.state_objects.BUCKET", name)
    plain = Settings.from_environ({"TARGET": "aws", "ENV": "test", "REGION": "eu-west-1"})
    state_bucket.make(plain, Progress())
    assert bucket.did["create"]["Bucket"] == name


@pytest.mark.parametrize("taken", [BucketAlreadyExists, BucketAlreadyOwnedByYou])
def test_a_name_that_is_taken_is_refused_and_nothing_is_set_up(bucket: Bucket, taken: type[Exception]) -> None:
    bucket.taken = taken
    with pytest.raises(CommandError, match=f"The bucket {BUCKET} is somebody else's") as refused:
        state_bucket.make(settings(), Progress())
    assert refused.value.exit_code == REFUSED
    assert bucket.did == {}


class Moving:
    """What Terraform did to move a state: by which bucket its settings have, empty for this machine."""

    def __init__(self) -> None:
        self.did: list[tuple[str, ...]] = []

    def terraform(self, settings: Settings, *, say: Callable[[str], None]) -> Moving._Terraform:
        assert callable(say)
        return self._Terraform(settings, self.did)

    class _Terraform:
        def __init__(self, settings: Settings, did: list[tuple[str, ...]]) -> None:
            self._bucket, self._did = settings.state_bucket, did

        def synthesise(self, stage: str) -> None:
            self._did.append(("synthesise", self._bucket, stage))

        def init(self) -> None:
            self._did.append(("init", self._bucket))

        def migrate(self) -> None:
            self._did.append(("migrate", self._bucket))


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Moving:
    made = Moving()
    monkeypatch.setattr(state_bucket, "Terraform", made.terraform)
    return made


def test_the_state_and_what_lies_beside_it_are_moved_and_kept_aside_here(bucket: Bucket, moving: Moving) -> None:
    mine = settings(STAGE="glue")
    folder = mine.terraform_state.parent
    folder.mkdir(parents=True)
    for suffix in (".tfstate", ".releases.json", ".unfinished", ".tfstate.backup"):
        (folder / f"mysfits-test{suffix}").write_text(suffix)
    (folder / "mysfits-test-2.tfstate").write_text("another environment's")
    state_bucket.make(mine, Progress())
    assert moving.did == [
        ("synthesise", "", "glue"),
        ("init", ""),
        ("synthesise", BUCKET, "glue"),
        ("migrate", BUCKET),
    ]
    assert bucket.objects == {f"mysfits-test{suffix}": suffix for suffix in (".releases.json", ".unfinished")}
    assert sorted(path.name for path in folder.iterdir()) == [
        "_moved-mysfits-test.releases.json",
        "_moved-mysfits-test.tfstate",
        "_moved-mysfits-test.tfstate.backup",
        "_moved-mysfits-test.unfinished",
        "mysfits-test-2.tfstate",
    ]
    assert records.of(replace(mine, state_bucket=""), ".tfstate").read() is None


@pytest.mark.parametrize("is_here", [False, True])
def test_where_there_is_no_state_here_or_one_there_nothing_is_moved(
    bucket: Bucket, moving: Moving, is_here: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = settings()
    if is_here:
        mine.terraform_state.parent.mkdir(parents=True)
        mine.terraform_state.write_text("{}")
        bucket.objects["mysfits-test.tfstate"] = "{}"
    state_bucket.make(mine, Progress())
    assert moving.did == []
    assert f"The state of mysfits-test is in s3://{BUCKET} from now on" in capsys.readouterr().err
    assert mine.terraform_state.is_file() is is_here
