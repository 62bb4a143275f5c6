"""What doctor reads of Docker and of an account: what counts as used by others, and what may not be read."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli import aws, state_bucket
from cli.doctor import account
from cli.doctor.aws_target import Docker
from cli.doctor.check import Check
from cli.errors import CommandError
from settings.settings import Settings
from systems.service import Architecture
from tests.unit.cli.one_account import SERVICES, Account

NUMBER = "111122223333"
SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test", "REGION": "eu-west-1"})


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()

    def client(settings: Settings, service: str) -> Account:
        assert settings is SETTINGS
        assert service in SERVICES
        return made

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr(aws, "require_account", lambda _: NUMBER)
    monkeypatch.setattr(state_bucket, "is_ours", lambda *_: False)
    return made


def found(name: str) -> Check:
    return {one.name: one for one in account.account_checks(SETTINGS)}[name]


def quota(name: str) -> str:
    return found(f"Quota of {name}").found


@pytest.mark.parametrize(
    ("status", "passes"), [("opt-in-not-required", True), ("opted-in", True), ("not-opted-in", False)]
)
def test_a_region_that_wants_to_be_enabled_is_told(there: Account, status: str, passes: bool) -> None:
    there.regions = [{"OptInStatus": status}]
    assert found("Region").passed is passes
    assert there.asked["describe_regions"] == {"RegionNames": ["eu-west-1"], "AllRegions": True}
    there.regions = []
    assert not found("Region").passed


@pytest.mark.parametrize(
    "problem",
    [ClientError({"Error": {"Code": "AccessDenied"}}, "x"), EndpointConnectionError(endpoint_url="https://x")],
)
def test_what_may_not_be_read_is_told_and_stops_nothing(there: Account, problem: Exception) -> None:
    there.refuses = dict.fromkeys(("describe_regions", "describe_vpcs", "list_roles"), problem)
    assert "may not be read" in found("Region").found
    assert "how many are used may not be read" in quota("VPCs")
    assert found("Role of ecs.amazonaws.com").found == "whether it exists may not be read"


@pytest.mark.parametrize(
    "service",
    ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"],
)
def test_a_service_linked_role_is_looked_for_by_its_path(there: Account, service: str) -> None:
    assert not found(f"Role of {service}").passed
    there.roles = {f"/aws-service-role/{service}/": ["the role"]}
    assert found(f"Role of {service}").found == "is there"


def test_the_role_for_scaling_is_wanted_only_where_a_service_scales(
    there: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Role of ecs.application-autoscaling.amazonaws.com"
    assert not found(name).passed
    assert there.roles == {}
    for service in SETTINGS.system.images.values():
        monkeypatch.setitem(vars(service), "scaling", None)
    assert name not in {one.name for one in account.account_checks(SETTINGS)}


def checks() -> dict[str, Check]:
    return {one.name: one for one in account.checks(SETTINGS)}


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)


def test_images_are_wanted_for_the_architectures_that_the_system_declares() -> None:
    monolith, *others = SETTINGS.system.images.values()
    image = replace(monolith.image, architecture=Architecture.ARM64)
    mixed = replace(SETTINGS.system, monolith=replace(monolith, image=image), services=tuple(others))
    assert account._architectures(SETTINGS) == {"amd64"}
    assert account._architectures(replace(SETTINGS, system=mixed)) == {"amd64", "arm64"}


@pytest.mark.usefixtures("there", "no_docker")
def test_with_credentials_the_account_is_asked() -> None:
    asked = checks()
    assert asked["Docker"].found == "none on PATH"
    assert asked["Credentials"].found == f"account {NUMBER}"
    assert {"Region", "State", "Names", "Quota of VPCs"} < set(asked)


@pytest.mark.usefixtures("there", "no_docker")
def test_without_credentials_nothing_of_the_account_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Settings) -> str:
        raise CommandError("AWS does not accept them; log in.")

    monkeypatch.setattr(aws, "require_account", refuse)
    asked = checks()
    assert set(asked) == {"Docker", "Credentials", "Names"}
    assert (asked["Credentials"].found, asked["Credentials"].mend) == ("AWS does not accept them", "log in")
    assert asked["Names"].passed


@pytest.mark.parametrize(
    ("versioning", "told"), [({"Status": "Enabled"}, "each version"), ({"Status": "Suspended"}, "no"), ({}, "no")]
)
@pytest.mark.parametrize("named", ["", "mine"])
def test_the_bucket_of_the_state_keeps_versions(
    there: Account, versioning: dict[str, str], told: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, str]] = []

    def is_ours(_: Settings, bucket: str, number: str) -> bool:
        looked.append((bucket, number))
        return True

    monkeypatch.setattr(state_bucket, "is_ours", is_ours)
    there.versioning = versioning
    settings = replace(SETTINGS, state_bucket=named)
    monkeypatch.setattr(aws, "client", lambda *_: there)
    check = account._state_bucket(settings, NUMBER)
    name = named or f"mysfits-tfstate-{NUMBER}-eu-west-1"
    assert (looked, there.asked["get_bucket_versioning"]) == ([(name, NUMBER)], {"Bucket": name})
    assert f"in {name}, {told}" in check.found
    assert check.passed is (told == "each version")


@pytest.mark.usefixtures("no_docker")
def test_without_a_bucket_of_ours_the_state_is_here(there: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks()["State"].found.startswith("on this machine")
    assert "get_bucket_versioning" not in there.asked

    def theirs(*_: Any) -> bool:
        raise CommandError("The bucket is theirs; set STATE_BUCKET.")

    monkeypatch.setattr(state_bucket, "is_ours", theirs)
    assert (checks()["State"].found, checks()["State"].mend) == ("The bucket is theirs", "set STATE_BUCKET")


def test_the_longest_names_are_those_of_canaries_and_of_what_the_system_has() -> None:
    assert account.longest_names(SETTINGS, NUMBER) == {
        "load balancer": "mysfits-test-internal",
        "target group": "mysfits-test-monolith-c",
        "bucket": SETTINGS.site_bucket_name(NUMBER),
        "table": max(SETTINGS.table_names, key=len),
    }
    shop = Settings.from_environ({"TARGET": "aws", "SYSTEM": "examples/bookshop"})
    assert set(account.longest_names(shop, NUMBER)) == {"load balancer", "target group"} | (
        {"bucket"} if shop.system.site else set()
    ) | ({"table"} if shop.table_names else set())


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, Docker(path="/bin/docker")),
        ({"version": "28.2 arm64\n"}, Docker(path="/bin/docker", server="28.2", architecture="arm64")),
        (
            {"version": "28.2 amd64\n", "buildx": "github.com/docker/buildx v0.20.1-and-much-more abc\n"},
            Docker(path="/bin/docker", server="28.2", architecture="amd64", buildx="v0.20.1-and-much-mor"),
        ),
    ],
)
def test_docker_is_asked_for_its_daemon_and_for_buildx(
    answers: dict[str, str], expected: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(asked: tuple[str, ...], **options: Any) -> SimpleNamespace:
        assert options == {"capture_output": True, "text": True, "check": False, "timeout": 20}
        assert asked[0] == "/bin/docker"
        assert asked[1:] in {("version", "--format", "{{.Server.Version}} {{.Server.Arch}}"), ("buildx", "version")}
        told = answers.get(asked[1])
        return SimpleNamespace(returncode=int(told is None), stdout=told or "no such plugin")

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert account._docker() == expected


@pytest.mark.parametrize("problem", [OSError("not executable"), subprocess.TimeoutExpired("docker", 20)])
def test_a_docker_that_hangs_or_cannot_be_run_does_not_answer(
    problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise problem

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert account._docker() == Docker(path="/bin/docker")
