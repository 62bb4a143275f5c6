"""What doctor says of quotas: what counts as used by others, and what an environment of each profile needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest

from cli import aws
from cli.doctor import account, needs
from cli.doctor.check import Check
from settings.profile import PRODUCTION
from settings.settings import Settings
from systems.facade_way import FacadeWay
from tests.unit.cli.one_account import Account

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test", "REGION": "eu-west-1"})
PRODUCING = replace(SETTINGS, profile=PRODUCTION)
OWN = [{"Key": "Project", "Value": "mysfits"}, {"Key": "Env", "Value": "test"}, {"Key": "Name", "Value": "x"}]
OTHERS = [[{"Key": "Env", "Value": "test"}], [*OWN[:1], {"Key": "Env", "Value": "blue"}]]
QUOTAS = {
    "vpc L-F678F1CE": "VPCs",
    "ec2 L-0263D0A3": "Elastic IP addresses",
    "elasticloadbalancing L-53DA6B97": "Application Load Balancers",
    "fargate L-36FBB829": "Fargate Spot vCPUs",
}


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """Whose processors AWS counts under one quota, and how it names what is used of that."""

    settings: Settings
    quota: str
    code: str
    usage: str
    provider: str | None


ON_SPOT = Tasks(
    settings=SETTINGS,
    quota="Fargate Spot vCPUs",
    code="fargate L-36FBB829",
    usage="Standard/Spot",
    provider="FARGATE_SPOT",
)
ON_DEMAND = Tasks(
    settings=PRODUCING,
    quota="Fargate vCPUs",
    code="fargate L-3032A538",
    usage="Standard/OnDemand",
    provider="FARGATE",
)
TASKS = (ON_SPOT, ON_DEMAND, replace(ON_DEMAND, provider=None))


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(aws, "client", lambda *_: made)
    return made


def found(name: str, settings: Settings = SETTINGS) -> Check:
    return {one.name: one for one in account.account_checks(settings)}[f"Quota of {name}"]


def quota(name: str, settings: Settings = SETTINGS) -> str:
    return found(name, settings).found


def test_what_carries_this_environments_tags_is_not_others(there: Account) -> None:
    there.vpcs = [{"Tags": tags} for tags in ([*OTHERS, OWN])] + [{}]
    there.addresses = [{"Tags": OWN}, {"Tags": OTHERS[0]}]
    assert "1 needed, 3 used of 5" in quota("VPCs")
    assert "1 needed, 1 used of 5" in quota("Elastic IP addresses")


def test_a_load_balancer_counts_by_its_kind_and_not_when_it_is_ours(there: Account) -> None:
    names = [("application", "mysfits-test"), ("application", "mysfits-test-2"), ("network", "a"), ("application", "b")]
    there.balancers = [{"Type": kind, "LoadBalancerName": name} for kind, name in names]
    assert "1 needed, 2 used of 50" in quota("Application Load Balancers")
    there.balancers.append({"Type": "application", "LoadBalancerName": "mysfits-test-internal"})
    assert "1 needed, 2 used of 50" in quota("Application Load Balancers")
    (counted,) = [one for one in account.counted(SETTINGS) if one.name == "Application Load Balancers"]
    assert counted.needed(replace(SETTINGS, facade=FacadeWay.INTERNAL)) == 2


def test_each_nat_gateway_needs_an_address(there: Account) -> None:
    there.addresses = [{"Tags": OTHERS[0]}] * 3
    assert found("Elastic IP addresses").passed
    assert "3 needed, 3 used of 5" in quota("Elastic IP addresses", PRODUCING)
    assert not found("Elastic IP addresses", PRODUCING).passed


@pytest.mark.parametrize("tasks", TASKS)
@pytest.mark.parametrize(
    ("usage", "own", "used"),
    [
        ([], None, "0"),
        ([2.0, 5.0, 3.0], None, "5"),
        ([2.0, 5.0, 3.0], [], "5"),
        ([2.0, 5.0], ["256", "1024", "256"], "3.5"),
        ([1.0], ["1024", "1024"], "0"),
        ([40.0], ["256"] * 101, "14.75"),
    ],
)
def test_processors_are_those_of_the_last_hour_without_our_own_tasks(
    there: Account, tasks: Tasks, usage: list[float], own: list[str] | None, used: str
) -> None:
    there.usage, there.cpus, there.provider = usage, own, tasks.provider
    assert f"needed, {used} used of 6" in quota(tasks.quota, tasks.settings)
    assert there.asked["list_tasks"] == {"cluster": "mysfits-test"}
    asked = there.asked["get_metric_statistics"]
    assert (asked["Namespace"], asked["MetricName"]) == ("AWS/Usage", "ResourceCount")
    assert {one["Name"]: one["Value"] for one in asked["Dimensions"]} == {
        "Service": "Fargate",
        "Type": "Resource",
        "Resource": "vCPU",
        "Class": tasks.usage,
    }
    assert (asked["Period"], asked["Statistics"]) == (300, ["Maximum"])
    assert asked["EndTime"] - asked["StartTime"] == dt.timedelta(hours=1)
    assert asked["EndTime"].tzinfo is dt.UTC


@pytest.mark.parametrize("tasks", TASKS)
def test_processors_are_needed_for_the_most_tasks_of_a_walk(there: Account, tasks: Tasks) -> None:
    most = needs.most_vcpus(tasks.settings)
    assert quota(tasks.quota, tasks.settings).startswith(f"{most:g} needed")
    there.quotas = {tasks.code: most}
    assert found(tasks.quota, tasks.settings).passed
    there.usage = [0.5]
    assert tasks.code in found(tasks.quota, tasks.settings).mend


@pytest.mark.parametrize(("tasks", "other"), [(ON_SPOT, "FARGATE"), (ON_SPOT, None), (ON_DEMAND, "FARGATE_SPOT")])
def test_own_tasks_that_count_against_the_other_quota_are_not_subtracted(
    there: Account, tasks: Tasks, other: str | None
) -> None:
    there.usage, there.cpus, there.provider = [5.0], ["1024"], other
    assert "5 used" in quota(tasks.quota, tasks.settings)


@pytest.mark.parametrize(("code", "name"), QUOTAS.items())
def test_a_quota_is_the_accounts_own_else_that_of_the_region_else_the_documented_one(
    there: Account, code: str, name: str
) -> None:
    assert "(the default; the account's own may not be read)" in quota(name)
    there.defaults = {code: 40.0}
    assert quota(name).endswith(" of 40")
    there.quotas = {code: 0.0}
    assert quota(name).endswith(" of 0")
    assert code in found(name).mend
