"""Where the Terraform state of TARGET=aws is, and whose bucket is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import state_bucket
from cli.doctor import aws_target
from cli.errors import REFUSED, CommandError
from cli.progress import Progress
from settings.settings import Settings, SettingsError

ACCOUNT = "111122223333"
NAME = f"mysfits-tfstate-{ACCOUNT}-us-east-1"


class Buckets:
    """S3 as one account sees it: ``head``, the code of HeadBucket's error, and the keys that are there."""

    class exceptions:
        class BucketAlreadyExists(Exception):
            pass

        class BucketAlreadyOwnedByYou(Exception):
            pass

    def __init__(self, head: str) -> None:
        self.head = head
        self.asked: dict[str, str] = {}
        self.keys: set[str] = set()

    def head_bucket(self, **which: str) -> None:
        self.asked = which
        if self.head:
            raise ClientError({"Error": {"Code": self.head}}, "HeadBucket")

    def create_bucket(self, **_: Any) -> None:
        raise self.exceptions.BucketAlreadyExists

    def get_object(self, *, Key: str, **_: str) -> dict[str, Any]:
        if Key not in self.keys:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": (Path(__file__).parent / "__none__").open("rb")}


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Buckets]:
    def play(head: str = "") -> Buckets:
        made = Buckets(head)
        monkeypatch.setattr("cli.aws.client", lambda *_: made)
        monkeypatch.setattr("cli.aws.require_account", lambda _: ACCOUNT)
        return made

    return play


def settings(env: str = "nowhere", **variables: str) -> Settings:
    return Settings.from_environ({"TARGET": "aws", "ENV": env, **variables})


def test_the_bucket_of_account_and_region_is_found_by_its_name(buckets: Callable[[str], Buckets]) -> None:
    world = buckets("")
    assert state_bucket.resolve(settings(), Progress()).state_bucket == NAME
    assert world.asked == {"Bucket": NAME, "ExpectedBucketOwner": ACCOUNT}


def test_without_a_bucket_the_state_stays_where_it_is_and_a_line_says_so(
    buckets: Callable[[str], Buckets], capsys: pytest.CaptureFixture[str]
) -> None:
    buckets("404")
    assert state_bucket.resolve(settings(), Progress()) == settings()
    assert "make state-bucket" in capsys.readouterr().err


def test_the_local_target_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.aws.client", None)
    local = Settings.from_environ({"STATE_BUCKET": "team-state"})
    assert state_bucket.resolve(local, Progress()) == local
    assert local.state_bucket == ""


def test_a_bucket_that_is_named_and_not_there_is_no_reason_to_begin_afresh(buckets: Callable[[str], Buckets]) -> None:
    buckets("404")
    with pytest.raises(CommandError, match="There is no bucket team-state") as refused:
        state_bucket.resolve(settings(STATE_BUCKET="team-state"), Progress())
    assert refused.value.exit_code == REFUSED


def test_a_bucket_of_somebody_else_is_refused(buckets: Callable[[str], Buckets]) -> None:
    buckets("403")
    for use in (state_bucket.resolve, state_bucket.make):
        with pytest.raises(CommandError, match="somebody else's") as refused:
            use(settings(), Progress())
        assert refused.value.exit_code == REFUSED
    buckets("404")  # as S3 answers where it must not tell
    with pytest.raises(CommandError, match="somebody else's"):
        state_bucket.make(settings(), Progress())


def test_a_state_that_is_not_moved_yet_is_not_begun_afresh(
    buckets: Callable[[str], Buckets], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets("")
    monkeypatch.setattr("settings.settings.ROOT", tmp_path)
    mine = settings()
    mine.terraform_state.parent.mkdir(parents=True)
    mine.terraform_state.write_text("{}")
    with pytest.raises(CommandError, match="make state-bucket moves it") as refused:
        state_bucket.resolve(mine, Progress())
    assert refused.value.exit_code == REFUSED


def test_without_credentials_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Settings) -> str:
        raise CommandError("log in")

    monkeypatch.setattr("cli.aws.require_account", refuse)
    assert state_bucket.resolve(settings(), Progress()) == settings()


def test_no_bucket_is_made_in_the_embedded_aws() -> None:
    with pytest.raises(CommandError, match="TARGET=aws") as refused:
        state_bucket.make(Settings.from_environ({}), Progress())
    assert refused.value.exit_code == REFUSED


def test_a_name_that_no_bucket_can_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="STATE_BUCKET=My_State"):
        settings(STATE_BUCKET="My_State")


def test_the_doctor_tells_where_the_state_is() -> None:
    good = aws_target.state_bucket("b", is_ours=True, keeps_versions=True)
    absent = aws_target.state_bucket("b", is_ours=False, keeps_versions=False)
    assert good.passed
    assert absent.passed
    assert "make state-bucket" in absent.found
    assert "make state-bucket" in aws_target.state_bucket("b", is_ours=True, keeps_versions=False).mend
    foreign = aws_target.state_bucket(
        "b", is_ours=False, keeps_versions=False, problem="It is theirs; set STATE_BUCKET."
    )
    assert foreign.mend == "set STATE_BUCKET"
