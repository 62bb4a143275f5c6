"""The S3 bucket in which a team keeps the Terraform state of what it deploys to AWS: found, made once, and filled.

Each version of a state is kept, encrypted, and nothing of it is public. Terraform's lock is an object beside the state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws, records
from cli.errors import REFUSED, CommandError
from cli.history import SUFFIXES
from cli.progress import Progress
from cli.terraform import Terraform
from settings.settings import Settings

_NO_REGION_CONSTRAINT: Final = "us-east-1"


def default_name(settings: Settings, account: str) -> str:
    """The bucket that is made where no other is named. Bucket names are shared by all of AWS."""
    return f"{settings.system.name}-tfstate-{account}-{settings.region}"


def resolve(settings: Settings, progress: Progress) -> Settings:
    """The settings with the bucket that has the state, if there is one; a line says where the state is.

    Without credentials nothing is looked up: what needs them complains, and the rest needs no state.

    Raises:
        CommandError: the bucket is named and cannot be used, or the state was not moved to it yet; exit code 2.
    """
    if settings.is_local:
        return settings
    try:
        account = aws.require_account(settings)
    except CommandError:
        return settings
    name = settings.state_bucket or default_name(settings, account)
    if not is_ours(settings, name, account):
        if settings.state_bucket:
            raise CommandError(
                f"There is no bucket {name}; make state-bucket makes it, or leave STATE_BUCKET out.", exit_code=REFUSED
            )
        progress.say(f"The state is in {settings.terraform_state.parent}; make state-bucket shares it with a team")
        return settings
    found = replace(settings, state_bucket=name)
    if settings.terraform_state.is_file() and records.of(found, records.STATE).read() is None:
        raise CommandError(
            f"{name} is there, and the state of {settings.name()} is still {settings.terraform_state}; "
            "make state-bucket moves it. Nothing was changed.",
            exit_code=REFUSED,
        )
    return found


def make(settings: Settings, progress: Progress) -> None:
    """Make the bucket unless it is there, have it keep versions in private, and move the state of these settings to it.

    Raises:
        CommandError: there is no account to make it in, or the bucket is somebody else's; exit code 2.
    """
    if settings.is_local and not settings.state_bucket:
        raise CommandError(
            "The embedded AWS keeps its state on this machine; with TARGET=aws there is a bucket to make.",
            exit_code=REFUSED,
        )
    account = aws.require_account(settings)
    name = settings.state_bucket or default_name(settings, account)
    s3 = aws.client(settings, "s3")
    with progress.step(f"Making the bucket {name}, or seeing that it is as it should be"):
        if not is_ours(settings, name, account):
            _create(settings, s3, name)
        _configure(settings, s3, name)
    _move(settings, replace(settings, state_bucket=name), progress)


def is_ours(settings: Settings, name: str, account: str) -> bool:
    """Whether the account has the bucket; not when there is none.

    Raises:
        CommandError: it is another account's, or this one may not look; exit code 2.
    """
    try:
        aws.client(settings, "s3").head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise _somebody_elses(name) from error
    return True


def _somebody_elses(name: str) -> CommandError:
    return CommandError(
        f"The bucket {name} is somebody else's, or these credentials may not use it; set STATE_BUCKET to another name.",
        exit_code=REFUSED,
    )


def _create(settings: Settings, s3: Any, name: str) -> None:
    place = {"CreateBucketConfiguration": {"LocationConstraint": settings.region}}
    try:
        s3.create_bucket(Bucket=name, **({} if settings.region == _NO_REGION_CONSTRAINT else place))
    except (s3.exceptions.BucketAlreadyExists, s3.exceptions.BucketAlreadyOwnedByYou) as error:
        raise _somebody_elses(name) from error


def _configure(settings: Settings, s3: Any, name: str) -> None:
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    tags = [{"Key": "Project", "Value": settings.system.name}]  # no Env: it outlives each environment
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


def _move(before: Settings, after: Settings, progress: Progress) -> None:
    """Move the state, and what is written down beside it, from this checkout; nothing where there is none, or moved."""
    before = replace(before, state_bucket="")
    source = before.terraform_state
    if not source.is_file() or records.of(after, records.STATE).read() is not None:
        progress.say(f"The state of {after.name()} is in s3://{after.state_bucket} from now on")
        return
    with progress.step(f"Moving the state of {after.name()} to s3://{after.state_bucket}"):
        local, remote = (Terraform(settings, say=progress.say) for settings in (before, after))
        local.synthesise(before.stage)
        local.init()
        remote.synthesise(after.stage)
        remote.migrate()
        for suffix in SUFFIXES:
            text = records.of(before, suffix).read()
            if text is not None:
                records.of(after, suffix).write(text)
        for path in sorted(source.parent.glob(f"{before.name()}.*")):
            path.rename(path.with_name(f"_moved-{path.name}"))
